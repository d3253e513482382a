"""Where the model holds SQL that the server words: expressions, and the queries of views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from backstay.schema import model
from backstay.schema.model import Model

T = TypeVar("T", bound=Model)

TEXTS: Mapping[type[Model], tuple[str, ...]] = {
    model.Column: ("default",),
    model.Generated: ("expr",),
    model.Check: ("expr",),
    model.IndexPart: ("expr",),
    model.Index: ("where",),
    model.Exclusion: ("where",),
    model.PartitionOf: ("bound",),
    model.Domain: ("default",),
    model.Argument: ("default",),
    model.View: ("definition",),
    model.Materialized: ("definition",),
    model.Rule: ("definition",),
    model.Policy: ("using", "check"),
    model.Statistics: ("exprs",),
    model.Trigger: ("when",),
    model.PublishedTable: ("where",),
}
"""The fields of SQL, by the struct that has them."""

BODY = ("body",)
"""That of a routine which holds SQL statements (`BEGIN ATOMIC`) and not a text between quotes."""

PARTS: Mapping[type[Model], tuple[str, ...]] = {
    model.Table: ("columns", "checks", "indexes", "exclusions", "partitioning", "partition_of"),
    model.Column: ("generated",),
    model.Index: ("parts",),
    model.Exclusion: ("parts",),
    model.Partitioning: ("parts",),
    model.Domain: ("checks",),
    model.Function: ("arguments",),
    model.Procedure: ("arguments",),
    model.View: ("columns",),
    model.Materialized: ("indexes",),
    model.Publication: ("tables",),
}
"""The fields of parts that have such fields themselves."""


def texts(item: Model) -> Iterator[str]:
    """All SQL in an object."""
    for name in _fields(item):
        value = getattr(item, name)
        yield from value if isinstance(value, tuple) else (value or "",)
    for name in PARTS.get(type(item), ()):
        value = getattr(item, name)
        for part in value if isinstance(value, tuple) else (value,):
            if part is not None:
                yield from texts(part)


def worded(item: T, word: Callable[[str], str]) -> T:
    """The object with all its SQL replaced by what `word` makes of it."""
    if all(word(text) == text for text in texts(item)):
        return item
    changed: dict[str, Any] = {name: _each(getattr(item, name), word) for name in _fields(item)}
    for name in PARTS.get(type(item), ()):
        changed[name] = _each(getattr(item, name), lambda part: worded(part, word))
    return replace(item, **changed)


def _fields(item: Model) -> tuple[str, ...]:
    return TEXTS.get(type(item), BODY if getattr(item, "atomic", False) else ())


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """A field with what is in it changed; nothing stays nothing."""
    return tuple(map(change, value)) if isinstance(value, tuple) else value and change(value)
