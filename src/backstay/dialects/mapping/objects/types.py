"""`domain "d" { … }`, `composite "c" { … }`, `range "r" { … }`, `collation "c" { … }`, `cast { … }`."""

from __future__ import annotations

from backstay.dialects.mapping import checks, reading
from backstay.dialects.mapping.columns import (
    decode_not_null,
    decode_value,
    encode_not_null,
    encode_value,
    is_only_named,
)
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.hcl.values import Reference
from backstay.schema.model import Cast, Collation, Composite, Domain, Field, Range

METHODS = bare("INOUT", "BINARY")
CONTEXTS = bare("EXPLICIT", "ASSIGNMENT", "IMPLICIT")
PROVIDERS = ("libc", "icu", "builtin")


def decode_domain(item: Named, scope: Scope) -> Domain:
    """A domain; as a column, it takes NULL only where that is said."""
    block = item.block
    type_, kind = scope.column_type(block, item.schema)
    return Domain(
        name=item.name,
        type=type_,
        null=reading.flag(block, "null"),
        not_null=decode_not_null(block, block.blocks("not_null")),
        default=decode_value(block, "default", kind),
        collation=scope.collation(block, item.schema),
        checks=tuple(sorted(map(checks.decode, block.blocks("check")), key=lambda check: check.name)),
        comment=reading.text(block, "comment"),
    )


def encode_domain(domain: Domain, schema: str, writing: Writing) -> write.Block:
    """The block of a domain."""
    type_, kind = writing.type(domain.type, schema)
    return write.block(
        "domain",
        writing.labels.objects["domain"][schema, domain.name],
        {
            "schema": Reference(("schema", schema)),
            "type": type_,
            "null": domain.null,
            "not_null_name": (is_only_named(domain.not_null) and domain.not_null.name) or None,
            "default": encode_value(domain.default, domain.type, kind, writing.grammar),
            "collate": writing.collation(domain.collation, schema),
            "comment": domain.comment or None,
        },
        [*encode_not_null(domain.not_null), *map(checks.encode, domain.checks)],
    )


def decode_composite(item: Named, scope: Scope) -> Composite:
    """A composite type."""
    return Composite(
        name=item.name,
        fields=tuple(_decode_field(block, item.schema, scope) for block in item.block.blocks("field")),
        comment=reading.text(item.block, "comment"),
    )


def _decode_field(block: Block, schema: str, scope: Scope) -> Field:
    return Field(
        name=block.name,
        type=scope.column_type(block, schema)[0],
        collation=scope.collation(block, schema),
        comment=reading.text(block, "comment"),
    )


def encode_composite(composite: Composite, schema: str, writing: Writing) -> write.Block:
    """The block of a composite type."""
    return write.block(
        "composite",
        writing.labels.objects["composite"][schema, composite.name],
        {"schema": Reference(("schema", schema)), "comment": composite.comment or None},
        [_encode_field(field, schema, writing) for field in composite.fields],
    )


def _encode_field(field: Field, schema: str, writing: Writing) -> write.Block:
    values: dict[str, write.Written] = {
        "type": writing.type(field.type, schema)[0],
        "collate": writing.collation(field.collation, schema),
        "comment": field.comment or None,
    }
    return write.block("field", (field.name,), values)


def decode_range(item: Named, scope: Scope) -> Range:
    """A range type, with the options of CREATE TYPE … AS RANGE."""
    block = item.block
    return Range(
        name=item.name,
        subtype=scope.column_type(block, item.schema, "subtype")[0],
        ops=reading.expression(block, "ops"),
        collation=scope.collation(block, item.schema),
        subtype_diff=scope.function(block, "subtype_diff", item.schema),
        multirange=reading.expression(block, "multirange"),
        comment=reading.text(block, "comment"),
    )


def encode_range(range_: Range, schema: str, writing: Writing) -> write.Block:
    """The block of a range type."""
    return write.block(
        "range",
        writing.labels.objects["range"][schema, range_.name],
        {
            "schema": Reference(("schema", schema)),
            "subtype": writing.type(range_.subtype, schema)[0],
            "ops": range_.ops or None,
            "collate": writing.collation(range_.collation, schema),
            "subtype_diff": writing.function(range_.subtype_diff, schema),
            "multirange": range_.multirange or None,
            "comment": range_.comment or None,
        },
    )


def decode_collation(item: Named, scope: Scope) -> Collation:
    """A collation: `locale` is that of the provider; for libc, both of its categories."""
    block = item.block
    provider = reading.text(block, "provider") or "libc"
    if provider not in PROVIDERS:
        raise block.error(
            f'unknown value "{provider}" for attribute "provider"',
            attribute="provider",
            hint=f"one of {', '.join(PROVIDERS)}",
        )
    locale = reading.text(block, "locale")
    of_libc = provider == "libc"
    return Collation(
        name=item.name,
        provider=provider,  # type: ignore[arg-type]
        locale="" if of_libc else locale,
        lc_collate=reading.text(block, "lc_collate") or (locale if of_libc else ""),
        lc_ctype=reading.text(block, "lc_ctype") or (locale if of_libc else ""),
        deterministic=reading.flag(block, "deterministic", default=True),
        rules=reading.text(block, "rules"),
        comment=reading.text(block, "comment"),
    )


def encode_collation(collation: Collation, schema: str, writing: Writing) -> write.Block:
    """The block of a collation."""
    same = collation.lc_collate == collation.lc_ctype
    return write.block(
        "collation",
        writing.labels.objects["collation"][schema, collation.name],
        {
            "schema": Reference(("schema", schema)),
            "provider": collation.provider,
            "locale": collation.locale or (collation.lc_collate if same else "") or None,
            "lc_collate": None if same else collation.lc_collate,
            "lc_ctype": None if same else collation.lc_ctype,
            "deterministic": None if collation.deterministic else False,
            "rules": collation.rules or None,
            "comment": collation.comment or None,
        },
    )


def decode_cast(item: Named, scope: Scope) -> Cast:
    """A cast; `with` is INOUT, BINARY, or a function, which a string may name with its arguments."""
    block = item.block
    source, target = (scope.column_type(block, "", side)[0] for side in ("source", "target"))
    value = block.get("with", METHODS)
    method = value if isinstance(value, str) and value in METHODS.variables else "FUNCTION"
    function = scope.function(block, "with", "") if method == "FUNCTION" else ""
    return Cast(
        source=source,
        target=target,
        function=function if "(" in function or not function else f"{function}({source})",
        method=method,  # type: ignore[arg-type]
        context=reading.word(block, "as", CONTEXTS, "EXPLICIT"),  # type: ignore[arg-type]
        comment=reading.text(block, "comment"),
    )


def encode_cast(cast: Cast, schema: str, writing: Writing) -> write.Block:
    """The block of a cast, which has no label."""
    return write.block(
        "cast",
        (),
        {
            "source": writing.type(cast.source, "")[0],
            "target": writing.type(cast.target, "")[0],
            "with": cast.function if cast.method == "FUNCTION" else write.Bare(cast.method),
            "as": write.Bare(cast.context) if cast.context != "EXPLICIT" else None,
            "comment": cast.comment or None,
        },
    )


COMMON = "name schema comment depends_on for_each"

DOMAIN = ObjectBlock(
    kind="domain",
    shape=Shape(
        words(f"{COMMON} type null not_null_name default collate"), words("check not_null"), named=True
    ),
    decode=decode_domain,
    encode=encode_domain,
)
COMPOSITE = ObjectBlock(
    kind="composite",
    shape=Shape(words(COMMON), words("field"), named=True),
    shapes={"field": Shape(words("name type collate comment"), named=True)},
    decode=decode_composite,
    encode=encode_composite,
)
RANGE = ObjectBlock(
    kind="range",
    shape=Shape(words(f"{COMMON} subtype ops collate subtype_diff multirange"), named=True),
    decode=decode_range,
    encode=encode_range,
)
COLLATION = ObjectBlock(
    kind="collation",
    shape=Shape(words(f"{COMMON} provider locale lc_collate lc_ctype deterministic rules"), named=True),
    decode=decode_collation,
    encode=encode_collation,
)
CAST = ObjectBlock(
    kind="cast",
    shape=Shape(words("source target with as comment depends_on for_each")),
    decode=decode_cast,
    encode=encode_cast,
    labelled=False,
    repeated=True,
)
