"""How one kind of object is read from a block and written as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from backstay.dialects.mapping.grammar import Shape
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.schema.kinds import BY_NAME, ObjectKind
from backstay.schema.model import Model


class ObjectBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of block that stands for an object.

    `kind` is the kind of change, and unless `type` says otherwise the word for the block. `shape` is what
    may be in it; `shapes` are those of its child blocks. `decode` reads it; `encode` gets the object and
    the name of its schema (empty for what is in none). `labelled`: the block has a label, which is the name.
    `aliases` are other words for the block.
    `repeated`: several may have one name in one schema (overloads).
    """

    kind: str
    shape: Shape
    decode: Callable[[Named, Scope], Model]
    encode: Callable[[Any, str, Writing], write.Block]
    type: str = ""
    aliases: tuple[str, ...] = ()
    shapes: dict[str, Shape] = {}
    labelled: bool = True
    repeated: bool = False

    @property
    def block(self) -> str:
        """The word for the block."""
        return self.type or self.kind

    @property
    def object(self) -> ObjectKind:
        """The kind in the model."""
        return BY_NAME[self.kind]
