"""`aggregate "a" { arg { type = int }  state_type = int  state_func = function.f }`."""

from __future__ import annotations

from typing import Any

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.objects.routines import PARALLEL, decode_arguments, encode_arguments
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.hcl.values import Reference
from backstay.schema.model import Aggregate

TYPES = ("state_type", "moving_state_type")
FUNCTIONS = (
    "state_func",
    "final_func",
    "combine_func",
    "serial_func",
    "deserial_func",
    "moving_state_func",
    "moving_inverse_func",
    "moving_final_func",
)
SIZES = ("state_size", "moving_state_size")
FLAGS = ("final_extra", "moving_final_extra", "hypothetical")
MODIFIES = ("final_modify", "moving_final_modify")
INITIAL_VALUES = ("initial_value", "moving_initial_value")

MODIFY = bare("READ_ONLY", "SHAREABLE", "READ_WRITE")


def decode(item: Named, scope: Scope) -> Aggregate:
    """An aggregate function; `direct_args` counts the arguments in front of ORDER BY."""
    block = item.block
    for attribute in ("state_type", "state_func"):
        if not block.has(attribute):
            raise block.error(f'missing attribute "{attribute}" of {block.title}')
    values: dict[str, Any] = {
        **{name: scope.column_type(block, item.schema, name)[0] for name in TYPES if block.has(name)},
        **{name: scope.function(block, name, item.schema) for name in FUNCTIONS},
        **{name: reading.integer(block, name, 0) for name in SIZES},
        **{name: reading.flag(block, name) for name in FLAGS},
        **{name: reading.word(block, name, MODIFY).replace(" ", "_") for name in MODIFIES},
        **{name: _initial_value(block, name) for name in INITIAL_VALUES},
        "parallel": reading.word(block, "parallel", PARALLEL, "UNSAFE"),
    }
    return Aggregate(
        name=item.name,
        arguments=decode_arguments(item, scope),
        direct=reading.optional_integer(block, "direct_args"),
        sort_operator=reading.expression(block, "sort_operator"),
        comment=reading.text(block, "comment"),
        **values,
    )


def _initial_value(block: Block, attribute: str) -> str | None:
    """The text of the first state; a number stands for its digits."""
    value = block.get(attribute)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None if value is None else reading.text(block, attribute)


def encode(aggregate: Aggregate, schema: str, writing: Writing) -> write.Block:
    """The block of an aggregate function."""
    values = {name: getattr(aggregate, name) for name in Aggregate.__struct_fields__}
    written: dict[str, write.Written] = {
        **{name: writing.type(values[name], schema)[0] for name in TYPES if values[name]},
        **{name: writing.function(values[name], schema) for name in FUNCTIONS},
        **{name: values[name] or None for name in (*SIZES, *FLAGS, "sort_operator", "comment")},
        **{name: write.Bare(values[name]) if values[name] else None for name in MODIFIES},
        **{name: values[name] for name in INITIAL_VALUES},
        "parallel": write.Bare(aggregate.parallel) if aggregate.parallel != "UNSAFE" else None,
        "direct_args": aggregate.direct,
    }
    return write.block(
        "aggregate",
        writing.labels.objects["aggregate"][schema, aggregate.name],
        {"schema": Reference(("schema", schema))},
        encode_arguments(aggregate.arguments, schema, writing),
        {name: written[name] for name in ORDER if name in written},
    )


ORDER = (
    "direct_args",
    *("state_type", "state_func", "state_size", "initial_value"),
    *("final_func", "final_extra", "final_modify", "combine_func", "serial_func", "deserial_func"),
    *("moving_state_type", "moving_state_func", "moving_inverse_func", "moving_state_size"),
    *("moving_initial_value", "moving_final_func", "moving_final_extra", "moving_final_modify"),
    *("hypothetical", "sort_operator", "parallel", "comment"),
)
"""The attributes as a document has them."""

AGGREGATE = ObjectBlock(
    kind="aggregate",
    shape=Shape(words("name schema depends_on for_each") | set(ORDER), words("arg"), named=True),
    decode=decode,
    encode=encode,
    repeated=True,
)
