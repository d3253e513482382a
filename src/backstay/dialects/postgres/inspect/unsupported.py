"""What a state holds and the model cannot carry: all of it is named, in one error."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from backstay.dialects.postgres.names import quote_name
from backstay.errors import UnsupportedError
from backstay.schema.patterns import Patterns


class Unsupported(msgspec.Struct, frozen=True, order=True):
    """An object of a kind that the model does not know, or a feature of one that it does.

    `kind` is the kind of the object, as patterns name it; `label` is what a person reads before its name.
    """

    schema: str
    name: str
    child: str = ""
    label: str = ""
    kind: str = ""

    def __str__(self) -> str:
        path = (part for part in (self.schema, self.name, self.child) if part)
        return f"{self.label} {'.'.join(map(quote_name, path))}"


def refuse(found: Iterable[Unsupported], patterns: Patterns) -> None:
    """Raise `UnsupportedError` that names every one of these which is part of the state."""
    kept = sorted({item for item in found if patterns.keeps(item.kind, item.schema, item.name, item.child)})
    if kept:
        raise UnsupportedError(
            f"not supported yet: {', '.join(map(str, kept))}",
            hint="leave these out with --exclude (or exclude in the env), or take them out of the schema",
        )


SELECTORS = {
    "range type with a canonical function": "range",
    "base type": "type",
    "shell type": "type",
}
"""What the patterns' type selectors call a kind, where it is not the words a person reads."""


def of_kind(label: str, schema: str, name: str, child: str = "") -> Unsupported:
    """An object of a kind that the model does not know, or a label of any object (or column)."""
    own = label.removeprefix("security label of ").removesuffix(" column")
    kind = SELECTORS.get(own, own.replace(" ", "_"))
    return Unsupported(schema=schema, name=name, child=child, label=label, kind=kind)
