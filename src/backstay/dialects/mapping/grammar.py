"""What a schema file of one dialect may say: its blocks, their attributes, and what is not carried yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from backstay.dialects.mapping.types import Types
from backstay.hcl.document import Names

if TYPE_CHECKING:
    from backstay.dialects.mapping.objects.block import ObjectBlock


def words(text: str) -> frozenset[str]:
    """Names separated by blanks, as a set."""
    return frozenset(text.split())


class Shape(msgspec.Struct, frozen=True):
    """The attributes and child blocks of one kind of block.

    `refused` are attributes and child blocks that are known and would change the database, but that
    the model cannot carry. `named` blocks must have a name, `free` ones take any attribute.
    """

    attributes: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    named: bool = False
    free: bool = False


def as_printed(default: str, type_: str, kind: str) -> str:
    """The default of a catalogue that keeps defaults as they were written."""
    return default


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """The schema language of one dialect.

    `shapes` describes every kind of block; `top` are the kinds a document consists of, `refused` the
    top-level kinds that are known and not carried. `stored` names the kinds of generated columns, the
    first one being the default. `methods` of indexes and `operators` (classes) are written bare.
    `literal` turns a default as the catalogue prints it, for a column of this type (SQL text) and kind,
    into what a person would have written. `objects` are the blocks of kinds of their own.
    """

    types: Types
    shapes: Mapping[str, Shape]
    top: frozenset[str]
    refused: frozenset[str]
    stored: tuple[str, ...]
    methods: Names = Names()
    operators: Names = Names()
    literal: Callable[[str, str, str], str] = as_printed
    objects: tuple[ObjectBlock, ...] = ()


def bare(*names: str) -> Names:
    """Names in scope whose value is their own text."""
    return Names(variables={name: name for name in names})


ACTIONS = bare("NO_ACTION", "RESTRICT", "CASCADE", "SET_NULL", "SET_DEFAULT")
DEFERRABLE = bare("INITIALLY_IMMEDIATE", "INITIALLY_DEFERRED")
MATCHES = bare("SIMPLE", "FULL")
GENERATED = bare("ALWAYS", "BY_DEFAULT")
