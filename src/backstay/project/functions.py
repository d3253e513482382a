"""Functions of the project file alone: they look at files and at the environment.

Paths are relative to the directory of the project file. No message quotes an argument, which may come
from the environment; the evaluator shows the source line instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import translate
from itertools import islice, product
from pathlib import Path

from backstay.files import MIB, UnreadableError, read_bytes
from backstay.hcl.functions.convert import FunctionError, string
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import List, Value

MAX_VISITED = 100_000
LARGEST = 10 * MIB
"""Bytes of a text that belongs into a project file."""

MAX_ALTERNATIVES = 100
ALTERNATIVES = re.compile(r"\{([^{}]*)\}")


def project_functions(directory: Path, environ: Mapping[str, str]) -> Mapping[str, Callable[..., Value]]:
    """`file`, `fileset`, `glob` and `getenv` for a project file in this directory."""
    table = Table()

    @table.define(string)
    def file(path: str) -> Value:
        return _read(directory / path)

    @table.define(string)
    def fileset(pattern: str) -> Value:
        return List(_matches(directory, pattern))

    @table.define(string)
    def getenv(name: str) -> Value:
        return environ.get(name, "")

    table["glob"] = table["fileset"]
    return table


def _read(path: Path) -> str:
    try:
        return read_bytes(path, LARGEST).decode("utf-8")
    except FileNotFoundError:
        raise FunctionError("there is no such file; paths start at the project file's directory") from None
    except UnreadableError as error:
        raise FunctionError(f"the file cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise FunctionError("the file is not UTF-8 text") from None


def _matches(directory: Path, pattern: str) -> list[str]:
    """The files that match, as sorted absolute paths. `**` stands for any number of directories."""
    found: set[str] = set()
    budget = iter(range(MAX_VISITED))
    for alternative in _alternatives(pattern):
        absolute = os.path.normpath(directory.absolute() / alternative)
        segments = absolute.split(os.sep)[1:]
        found.update(_walk(os.sep, segments, budget))
    return sorted(found)


def _alternatives(pattern: str) -> list[str]:
    """The patterns that `{a,b}` stands for."""
    pieces = ALTERNATIVES.split(pattern)
    choices = [piece.split(",") if number % 2 else [piece] for number, piece in enumerate(pieces)]
    patterns = ["".join(parts) for parts in islice(product(*choices), MAX_ALTERNATIVES + 1)]
    if len(patterns) > MAX_ALTERNATIVES:
        raise FunctionError(f"the pattern stands for more than {MAX_ALTERNATIVES} patterns")
    return patterns


def _walk(root: str, segments: list[str], budget: Iterator[int]) -> Iterator[str]:
    """Files under `root` by the pattern's segments; directories behind symbolic links count only by name."""
    pending = [(root, 0)]
    seen: set[tuple[str, int]] = set()
    while pending:
        directory, at = pending.pop()
        if (directory, at) in seen:
            continue
        seen.add((directory, at))
        segment, last = segments[at], at == len(segments) - 1
        if not any(character in segment for character in "*?["):
            path = os.path.join(directory, segment)
            if last and os.path.isfile(path):
                yield path
            elif not last:
                pending.append((path, at + 1))
            continue
        deep = segment == "**"
        if deep and not last:
            pending.append((directory, at + 1))
        matches = re.compile(translate("*" if deep else segment.replace("[^", "[!"))).match
        for entry in _entries(directory, budget):
            if not matches(entry.name):
                continue
            if entry.is_dir(follow_symlinks=not deep):
                if deep:
                    pending.append((entry.path, at))
                elif not last:
                    pending.append((entry.path, at + 1))
            elif last and entry.is_file():
                yield entry.path


def _entries(directory: str, budget: Iterator[int]) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if next(budget, None) is None:
                    raise FunctionError(f"the pattern makes it look at more than {MAX_VISITED} files")
                yield entry
    except OSError:
        return
