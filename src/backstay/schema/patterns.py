"""Exclude and include patterns (`schema.object.child` globs with type selectors)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backstay.schema.model import Realm


class Patterns(msgspec.Struct, frozen=True):
    """What to leave out and what to keep, applied to both sides of a comparison alike."""

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()

    @staticmethod
    def of(exclude: Sequence[str], include: Sequence[str], *, schema: str = "") -> Patterns:
        """Check the patterns; in schema scope (`schema` is its name) they start at the object."""
        raise NotImplementedError

    def keeps(self, kind: str, schema: str, name: str = "", child: str = "") -> bool:
        """Is this object, of any kind (also those the model does not carry), part of the state?"""
        raise NotImplementedError

    def apply(self, realm: Realm) -> Realm:
        """The realm without what the patterns leave out."""
        raise NotImplementedError
