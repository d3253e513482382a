"""Blocks of one or more files as one namespace, evaluated on demand (schema-language.md A.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from backstay.errors import HCLError
from backstay.hcl.values import Reference, Value


class Source(msgspec.Struct, frozen=True):
    """One HCL file: the name that errors show, and its text."""

    name: str
    text: str


class Names(msgspec.Struct, frozen=True):
    """Names in scope for one attribute only (types, actions, methods: schema-language.md A.5)."""

    variables: Mapping[str, Value] = {}
    functions: Mapping[str, Callable[..., Value]] = {}


class Block:
    """One block: attributes are evaluated when they are asked for.

    `name` is the attribute `name` where the block has one, else the last label, else empty.
    """

    type: str
    labels: tuple[str, ...]

    @property
    def name(self) -> str:
        raise NotImplementedError

    def has(self, attribute: str) -> bool:
        """Is the attribute written (whatever its value)?"""
        raise NotImplementedError

    def get(self, attribute: str, names: Names | None = None) -> Value:
        """The attribute's value; `None` where it is absent or null. Raises `HCLError`."""
        raise NotImplementedError

    def attributes(self) -> tuple[str, ...]:
        """The names of the attributes, in source order."""
        raise NotImplementedError

    def blocks(self, type_: str = "") -> tuple[Block, ...]:
        """Child blocks (of this type), in source order."""
        raise NotImplementedError

    def error(self, message: str, *, attribute: str = "", hint: str = "") -> HCLError:
        """An error that points at this block, or at this attribute of it."""
        raise NotImplementedError


class Document:
    """All blocks of all files, with variables, locals and references between them.

    `for_each` on top-level blocks is expanded. `warnings` collects what is tolerated and probably wrong.
    """

    warnings: list[str]

    @classmethod
    def load(
        cls,
        sources: Sequence[Source],
        *,
        inputs: Mapping[str, Value] | None = None,
        functions: Mapping[str, Callable[..., Value]] | None = None,
    ) -> Document:
        """Parse and index the files. `inputs` are values for declared variables; others are ignored."""
        raise NotImplementedError

    def blocks(self, type_: str = "") -> tuple[Block, ...]:
        """Top-level blocks (of this type): files in name order, source order within a file."""
        raise NotImplementedError

    def resolve(self, reference: Reference) -> Block | None:
        """The block a reference names."""
        raise NotImplementedError
