"""Schema files by URL: what a `file://` URL points at, and the texts behind it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from backstay import urls
from backstay.errors import ConfigError, NotFoundError
from backstay.files import MIB, UnreadableError, read_bytes
from backstay.schema.state import SourceFile

Language = Literal["hcl", "sql"]

LARGEST = 256 * MIB
"""Bytes of one schema file; a bigger one is a mistake."""


class Sources(msgspec.Struct, frozen=True):
    """The files of one desired state: all HCL (one document), or all SQL (executed in order)."""

    language: Language
    files: tuple[SourceFile, ...]


def read_sources(file_urls: Sequence[str], *, flag: str = "--to") -> Sources:
    """Read what the `file://` URLs point at: HCL files and directories, or one SQL file or directory.

    Relative paths start at the working directory. Raises `ConfigError` for what cannot be a schema.
    """
    found = [read_source(url) for url in file_urls]
    languages = {sources.language for sources in found}
    if len(languages) > 1:
        raise ConfigError(
            f"ambiguous schema: both SQL and HCL files found: {', '.join(file_urls)}",
            hint=f"give {flag} files of one language",
        )
    if languages == {"sql"} and len(found) > 1:
        raise ConfigError(
            f"got multiple SQL URLs for {flag}: {', '.join(file_urls)}",
            hint="put the files into one directory and give that; they run in lexical order",
        )
    files = [file for sources in found for file in sources.files]
    return Sources(found[0].language, tuple(sorted(files, key=lambda file: file.name)))


def read_source(url: str) -> Sources:
    """The schema files behind one `file://` URL."""
    path = file_path(url)
    if path.is_dir():
        return _directory(path, url)
    if path.suffix == ".hcl":
        return Sources("hcl", (read_file(path),))
    if path.suffix == ".sql":
        return Sources("sql", (read_file(path),))
    if not path.exists():
        raise NotFoundError(
            f'schema file "{path}" does not exist',
            hint="paths in file:// URLs are relative to the working directory; file:///… is absolute",
        )
    raise ConfigError(f'unknown schema file: "{path}"', hint="a schema file ends in .hcl or .sql")


def file_path(url: str) -> Path:
    """`file://a/b` is relative, `file:///a` absolute."""
    parts = urls.split(url)
    if parts.scheme != "file":
        raise ConfigError(
            f'expected a file:// URL, got "{urls.redact(url)}"', hint="write file://path/to/file"
        )
    path = url.partition("://")[2].partition("?")[0]
    if not path:
        raise ConfigError(f'the URL "{url}" names no file', hint="write file://schema.hcl")
    if "\0" in path:
        raise ConfigError("a file URL holds a NUL byte", hint="no file has such a name; correct the URL")
    return Path(path)


def _directory(path: Path, url: str) -> Sources:
    names = sorted(entry.name for entry in os.scandir(path) if entry.is_file())
    hcl = [name for name in names if name.endswith(".hcl")]
    sql = [name for name in names if name.endswith(".sql")]
    if hcl and sql:
        raise ConfigError(
            f"ambiguous schema: both SQL and HCL files found: {hcl[0]}, {sql[0]} in {path}",
            hint="keep one language in a schema directory",
        )
    if not hcl and not sql:
        raise ConfigError(
            f'"{path}" contains neither SQL nor HCL files',
            hint="point the URL at a .hcl or .sql file, or at a directory of them",
        )
    if sql and (
        "atlas.sum" in names or path.name == "migrations" or {"version", "format"} & urls.query(url).keys()
    ):
        raise ConfigError(
            f'"{path}" is a migration directory, which cannot be read as a schema yet',
            hint="give the schema itself: a .hcl or .sql file, or a directory without a sum file",
        )
    language: Language = "hcl" if hcl else "sql"
    return Sources(language, tuple(read_file(path / name) for name in hcl or sql))


def read_file(path: Path, kind: str = "schema file") -> SourceFile:
    """One file. Raises `NotFoundError` where it is not there, `ConfigError` where it is no text."""
    try:
        data = read_bytes(path, LARGEST)
    except FileNotFoundError:
        raise NotFoundError(
            f'{kind} "{path}" does not exist',
            hint="paths in file:// URLs are relative to the working directory; file:///… is absolute",
        ) from None
    except UnreadableError as error:
        raise ConfigError(
            f'{kind} "{path}" cannot be read: {error}', hint="check its name, and who may read it"
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f'"{path}" is not UTF-8 text (byte {error.start})', hint="save the file as UTF-8"
        ) from None
    return SourceFile(name=path.as_posix(), text=text)
