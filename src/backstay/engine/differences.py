"""Changes as differences that people can look into: what each object is, and what it should be."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from backstay.schema import canonical
from backstay.schema.changes import Change
from backstay.schema.diff import PARTS
from backstay.schema.kinds import OF_SCHEMA
from backstay.schema.model import Model

SHOWN = 20
"""Objects that a text shows; it says how many more there are."""

LINES = 40
"""Lines of one attribute that a text shows."""

OWN = {
    "table": frozenset(field for _, field in PARTS),
    "schema": frozenset(kind.field for kind in OF_SCHEMA),
}
"""Fields of objects whose values are objects of their own."""


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of an object as text, as it is and as it should be; empty for nothing."""

    name: str
    before: str
    after: str

    def lines(self) -> Iterator[str]:
        """Both values in one line, or of longer texts what differs in them."""
        if "\n" not in self.before + self.after:
            yield f"{self.name}: is {self.before or 'not set'}, should be {self.after or 'not set'}"
            return
        texts = (self.before.splitlines(), self.after.splitlines())
        found = list(difflib.unified_diff(*texts, "is", "should be", n=2, lineterm=""))
        yield f"{self.name}:"
        yield from (f"  {line}" for line in found[:LINES])
        if len(found) > LINES:
            yield f"  … and {len(found) - LINES} more lines"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One object that is not as it should be: it has to be added, dropped, renamed or modified."""

    action: str
    kind: str
    name: str
    attributes: tuple[Attribute, ...] = ()

    def lines(self) -> Iterator[str]:
        """The object, and below it what differs."""
        words = {"add": " is missing", "drop": " should not be there", "rename": " has another name"}
        yield f"{self.kind.replace('_', ' ')} {self.name}{words.get(self.action, '')}"
        for attribute in self.attributes:
            yield from (f"  {line}" for line in attribute.lines())


def differences(changes: Sequence[Change]) -> tuple[Difference, ...]:
    """The objects of these changes, the parts of changed tables each by itself."""
    return tuple(found for change in changes for found in _of(change))


def explain(found: Sequence[Difference]) -> str:
    """Object by object, in lines."""
    lines = [line for difference in found[:SHOWN] for line in difference.lines()]
    if len(found) > SHOWN:
        lines.append(f"and {len(found) - SHOWN} more objects")
    return "\n".join(lines)


def title(change: Change) -> str:
    """The full name of the object of a change: `public.users.age`."""
    schema = "" if change.kind == "schema" else change.schema
    return ".".join(part for part in (schema, change.table, change.name) if part)


def _of(change: Change) -> Iterator[Difference]:
    attributes = _attributes(change)
    if not change.changes or attributes:
        yield Difference(action=change.action, kind=change.kind, name=title(change), attributes=attributes)
    for part in change.changes:
        yield from _of(part)


def _attributes(change: Change) -> tuple[Attribute, ...]:
    """The attributes that differ between both sides, where there are two."""
    before, after = change.before, change.after
    if before is None or after is None or type(before) is not type(after):
        return ()
    own = OWN.get(change.kind, frozenset())
    return tuple(
        Attribute(name, _text(getattr(before, name)), _text(getattr(after, name)))
        for name in before.__struct_fields__
        if name not in own and getattr(before, name) != getattr(after, name)
    )


def _text(value: Any) -> str:
    """A value as people read it: text as it is, what has a structure as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    plain = canonical.plain(value)
    if isinstance(value, Model | tuple | dict):
        data = msgspec.json.encode(plain, order="sorted")
        return "" if not plain else data.decode() if len(data) < 60 else msgspec.json.format(data).decode()
    return str(plain).lower() if isinstance(value, bool) else str(plain)
