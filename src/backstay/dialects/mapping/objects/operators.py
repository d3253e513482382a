"""`operator "===" { … }`, `operator_family "f" { … }`, `operator_class "c" { … }`."""

from __future__ import annotations

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.values import Reference
from backstay.schema.model import Operator, OperatorClass, OperatorFamily


def decode_operator(item: Named, scope: Scope) -> Operator:
    """An operator; one without a left side is a prefix operator."""
    block = item.block
    return Operator(
        name=item.name,
        left=scope.column_type(block, item.schema, "left")[0] if block.has("left") else "",
        right=scope.column_type(block, item.schema, "right")[0],
        function=scope.function(block, "function", item.schema),
        commutator=reading.expression(block, "commutator"),
        negator=reading.expression(block, "negator"),
        restrict=scope.function(block, "restrict", item.schema),
        join=scope.function(block, "join", item.schema),
        hashes=reading.flag(block, "hashes"),
        merges=reading.flag(block, "merges"),
        comment=reading.text(block, "comment"),
    )


def encode_operator(operator: Operator, schema: str, writing: Writing) -> write.Block:
    """The block of an operator."""
    return write.block(
        "operator",
        writing.labels.objects["operator"][schema, operator.name],
        {
            "schema": Reference(("schema", schema)),
            "left": writing.type(operator.left, schema)[0] if operator.left else None,
            "right": writing.type(operator.right, schema)[0],
            "function": writing.function(operator.function, schema),
            "commutator": operator.commutator or None,
            "negator": operator.negator or None,
            "restrict": writing.function(operator.restrict, schema),
            "join": writing.function(operator.join, schema),
            "hashes": operator.hashes or None,
            "merges": operator.merges or None,
            "comment": operator.comment or None,
        },
    )


def decode_family(item: Named, scope: Scope) -> OperatorFamily:
    """An operator family, with the members that no class brings along."""
    return OperatorFamily(
        name=item.name,
        method=_method(item),
        items=reading.strings(item.block, "items"),
        comment=reading.text(item.block, "comment"),
    )


def encode_family(family: OperatorFamily, schema: str, writing: Writing) -> write.Block:
    """The block of an operator family."""
    return write.block(
        "operator_family",
        writing.labels.objects["operator_family"][schema, family.name],
        {
            "schema": Reference(("schema", schema)),
            "method": family.method,
            "items": family.items or None,
            "comment": family.comment or None,
        },
    )


def decode_class(item: Named, scope: Scope) -> OperatorClass:
    """An operator class; its members are worded as CREATE OPERATOR CLASS has them."""
    block = item.block
    return OperatorClass(
        name=item.name,
        method=_method(item),
        type=scope.column_type(block, item.schema)[0],
        default=reading.flag(block, "default"),
        family=reading.expression(block, "family"),
        storage=scope.column_type(block, item.schema, "storage")[0] if block.has("storage") else "",
        items=reading.strings(block, "items"),
        comment=reading.text(block, "comment"),
    )


def encode_class(class_: OperatorClass, schema: str, writing: Writing) -> write.Block:
    """The block of an operator class."""
    return write.block(
        "operator_class",
        writing.labels.objects["operator_class"][schema, class_.name],
        {
            "schema": Reference(("schema", schema)),
            "method": class_.method,
            "type": writing.type(class_.type, schema)[0],
            "default": class_.default or None,
            "family": class_.family or None,
            "storage": writing.type(class_.storage, schema)[0] if class_.storage else None,
            "items": class_.items or None,
            "comment": class_.comment or None,
        },
    )


def _method(item: Named) -> str:
    """The access method, which has to be named."""
    method = reading.text(item.block, "method")
    if not method:
        raise item.block.error(f'missing attribute "method" of {item.block.title}')
    return method.lower()


COMMON = "name schema comment depends_on for_each"

OPERATOR = ObjectBlock(
    kind="operator",
    shape=Shape(
        words(f"{COMMON} left right function commutator negator restrict join hashes merges"), named=True
    ),
    decode=decode_operator,
    encode=encode_operator,
    repeated=True,
)
OPERATOR_FAMILY = ObjectBlock(
    kind="operator_family",
    shape=Shape(words(f"{COMMON} method items"), named=True),
    decode=decode_family,
    encode=encode_family,
    repeated=True,
)
OPERATOR_CLASS = ObjectBlock(
    kind="operator_class",
    shape=Shape(words(f"{COMMON} method type default family storage items"), named=True),
    decode=decode_class,
    encode=encode_class,
    repeated=True,
)
