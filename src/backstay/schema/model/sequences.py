"""Sequences: of their own, and those of identity columns."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model


class SequenceOptions(Model, frozen=True):
    """Options of a sequence or identity column; `None` is the default for its type and direction."""

    start: int | None = None
    increment: int = 1
    min_value: int | None = None
    max_value: int | None = None
    cache: int = 1
    cycle: bool = False


class Identity(Model, frozen=True):
    """`GENERATED ALWAYS|BY DEFAULT AS IDENTITY` (ISO/IEC 9075-2, 11.4).

    `sequence_name` is that of its sequence where it is not the usual one, `comment` the one on that sequence,
    `unlogged` whether that is so where its table is not alike.
    """

    generated: Literal["ALWAYS", "BY DEFAULT"] = "BY DEFAULT"
    options: SequenceOptions = SequenceOptions()
    sequence_name: str = ""
    unlogged: bool | None = None
    comment: str = ""


class ColumnRef(Model, frozen=True):
    """A column of a table of the same schema."""

    table: str
    column: str


class Sequence(Model, frozen=True):
    """A sequence that stands for itself; `owner` is the column it is dropped with."""

    name: str
    type: str = "bigint"
    options: SequenceOptions = SequenceOptions()
    owner: ColumnRef | None = None
    unlogged: bool = False
    comment: str = ""
