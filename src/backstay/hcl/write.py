"""The writer: blocks of values to HCL text in its canonical layout.

Two blanks a level, no empty lines. The `=` of consecutive attributes stand below each other; a block, or
a value of several lines, ends such a run. What is written is read back as the same values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

import msgspec

from backstay.hcl.functions.convert import number_text
from backstay.hcl.tokens import IDENTIFIER
from backstay.hcl.values import List, RawSQL, Reference, Set, Value

INDENT = "  "
NUMBER = re.compile(r"0|[1-9]\d*", re.ASCII)
NAME = re.compile(IDENTIFIER)
SPECIAL = re.compile(r'["\\\x00-\x1f\x7f\ufeff]|[$%](?=\{)')
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "$": "$$", "%": "%%"}


class Bare(msgspec.Struct, frozen=True):
    """An expression that is written as it stands: `NO_ACTION`, `varchar(255)`."""

    text: str


class Heredoc(msgspec.Struct, frozen=True):
    """A text written between markers where that keeps it as it is, else in quotes.

    Kept are texts with newlines and without carriage returns. A text between markers ends with a newline:
    where this one does not, `chomp` takes it away.
    """

    text: str
    marker: str = "SQL"


Written: TypeAlias = "Value | Bare | Heredoc"


class Block(msgspec.Struct, frozen=True):
    """A block to write: `attributes`, then `blocks`, then the attributes that come `after` them."""

    type: str
    labels: tuple[str, ...]
    attributes: Mapping[str, Written]
    blocks: tuple[Block, ...] = ()
    after: Mapping[str, Written] = {}


def block(
    type_: str,
    labels: Iterable[str] = (),
    attributes: Mapping[str, Written] | None = None,
    blocks: Iterable[Block] = (),
    after: Mapping[str, Written] | None = None,
) -> Block:
    """A block without the attributes that are `None`: null is the same as absent."""
    return Block(type_, tuple(labels), _present(attributes), tuple(blocks), _present(after))


def _present(attributes: Mapping[str, Written] | None) -> dict[str, Written]:
    return {name: value for name, value in (attributes or {}).items() if value is not None}


def write(blocks: Iterable[Block]) -> str:
    """The document of these blocks; it ends with a newline unless it is empty."""
    return "".join(f"{line}\n" for block in blocks for line in _block(block, ""))


def expression(value: Written) -> str:
    """A value as a one-line expression."""
    match value:
        case str():
            return quote(value)
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() | Decimal():
            return number_text(value)
        case Bare() | Heredoc():
            return value.text if isinstance(value, Bare) else quote(value.text)
        case RawSQL():
            return f"sql({quote(value.text)})"
        case Reference():
            return reference(value.path)
        case dict():
            items = ", ".join(f"{_key(key)} = {expression(item)}" for key, item in value.items())
            return f"{{ {items} }}" if items else "{}"
    items = f"[{', '.join(map(expression, value))}]"
    return (
        f"toset({items})"
        if isinstance(value, Set)
        else f"tolist({items})"
        if isinstance(value, List)
        else items
    )


def quote(text: str) -> str:
    """A string literal, with everything escaped that a template would read otherwise."""
    return f'"{SPECIAL.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return ESCAPES.get(character) or f"\\u{ord(character):04x}"


def reference(path: Iterable[str]) -> str:
    """A reference: `table.users.column["first name"]`."""
    first, *rest = path
    return first + "".join(f".{name}" if _dotted(name) else f"[{quote(name)}]" for name in rest)


def _dotted(name: str) -> bool:
    """Is this an identifier of HCL, or a number that a dot may precede?"""
    identifier = NAME.fullmatch(name) and name.replace("-", "_").isidentifier()
    return bool(identifier or NUMBER.fullmatch(name))


def _key(name: str) -> str:
    """A key of an object. `for` would begin a `for` expression."""
    return name if NAME.fullmatch(name) and name != "for" else quote(name)


def _block(block: Block, indent: str) -> Iterator[str]:
    labels = "".join(f" {quote(label)}" for label in block.labels)
    inside = indent + INDENT
    yield f"{indent}{block.type}{labels} {{"
    yield from _attributes(block.attributes, inside)
    for child in block.blocks:
        yield from _block(child, inside)
    yield from _attributes(block.after, inside)
    yield f"{indent}}}"


def _attributes(attributes: Mapping[str, Written], indent: str) -> Iterator[str]:
    """Lines of attributes, in runs whose `=` are aligned. A heredoc is the last of its run."""
    run: dict[str, list[str]] = {}
    for name, value in attributes.items():
        run[name] = _heredoc(value, indent) if isinstance(value, Heredoc) else [expression(value)]
        if len(run[name]) > 1:
            yield from _run(run, indent)
            run = {}
    yield from _run(run, indent)


def _run(run: Mapping[str, list[str]], indent: str) -> Iterator[str]:
    width = max(map(len, run), default=0)
    for name, (first, *more) in run.items():
        yield f"{indent}{name:<{width}} = {first}"
        yield from more


def _heredoc(value: Heredoc, indent: str) -> list[str]:
    """The value's lines. Indented with the attribute, unless the text's own indentation would be lost."""
    text = value.text
    if "\n" not in text or "\r" in text or "\0" in text:
        return [quote(text)]
    if not text.endswith("\n"):
        first, *rest = _heredoc(Heredoc(f"{text}\n", value.marker), indent)
        return [f"chomp({first}", *rest, f"{indent})"]
    lines = re.sub(r"[$%](?=\{)", lambda found: found[0] * 2, text[:-1]).split("\n")
    marker = value.marker
    while any(line.strip(" \t") == marker for line in lines):
        marker += "_"
    filled = [line for line in lines if line.strip()]
    if not filled or any(line == line.lstrip() for line in filled):
        lines = [f"{indent}{line}" if line.strip() else line for line in lines]
        return [f"<<-{marker}", *lines, f"{indent}{marker}"]
    return [f"<<{marker}", *lines, marker]
