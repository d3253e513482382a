"""What all values of the model share."""

from __future__ import annotations

import msgspec


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all values of the model."""

    @property
    def identifier(self) -> str:
        """What tells this object from others of its kind in one schema (or of one table): the name."""
        return str(getattr(self, "name", ""))
