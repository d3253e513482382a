"""`view "v" { … as = "SELECT …" }`, and `materialized "m" { … }`.

The column blocks say what the query makes; what counts are their defaults and comments.
"""

from __future__ import annotations

from collections.abc import Iterable

from backstay.dialects.mapping import columns, indexes, reading, storage
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.kinds import REPLICA_IDENTITIES
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, text
from backstay.hcl import write
from backstay.hcl.values import Reference
from backstay.schema.model import Column, Materialized, View

CHECK_OPTION = "check_option"
CHECKS = bare("LOCAL", "CASCADED")
SWITCHES = ("security_barrier", "security_invoker")


def decode_view(item: Named, scope: Scope) -> View:
    """A view."""
    block = item.block
    check = reading.word(block, CHECK_OPTION, CHECKS).lower()
    return View(
        name=item.name,
        definition=_query(item),
        columns=_columns(item, scope),
        options={
            **{name: storage.text(block, name) for name in SWITCHES if block.has(name)},
            **({CHECK_OPTION: check} if check else {}),
        },
        comment=reading.text(block, "comment"),
    )


def decode_materialized(item: Named, scope: Scope) -> Materialized:
    """A materialized view."""
    block = item.block
    found = (indexes.decode(index, item, scope.grammar) for index in block.blocks("index"))
    return Materialized(
        name=item.name,
        definition=_query(item),
        columns=_columns(item, scope),
        indexes=tuple(sorted(found, key=lambda index: index.name)),
        storage=storage.decode(block),
        access_method=reading.text(block, "access_method"),
        tablespace=reading.text(block, "tablespace"),
        replica_identity=reading.word(block, "replica_identity", REPLICA_IDENTITIES),
        depends_on_extensions=tuple(sorted(reading.strings(block, "depends_on_extensions"))),
        comment=reading.text(block, "comment"),
    )


def _query(item: Named) -> str:
    """The query without white space around it, and without a semicolon."""
    query = reading.expression(item.block, "as").strip().removesuffix(";").rstrip()
    if not query:
        raise item.block.error(
            f'missing attribute "as" of {item.block.type} "{item.name}"', hint='write as = "SELECT …"'
        )
    return query


def _columns(item: Named, scope: Scope) -> tuple[Column, ...]:
    return tuple(columns.decode(column, item, scope) for column in item.block.blocks("column"))


def encode_view(view: View, schema: str, writing: Writing) -> write.Block:
    """The block of a view."""
    check = view.options.get(CHECK_OPTION)
    return write.block(
        "view",
        writing.labels.objects["view"][schema, view.name],
        {
            "schema": Reference(("schema", schema)),
            **{name: storage.value(view.options[name]) for name in SWITCHES if name in view.options},
            CHECK_OPTION: write.Bare(check.upper()) if check else None,
        },
        _column_blocks(view.columns, schema, writing),
        _query_and_comment(view),
    )


def encode_materialized(view: Materialized, schema: str, writing: Writing) -> write.Block:
    """The block of a materialized view."""
    return write.block(
        "materialized",
        writing.labels.objects["materialized"][schema, view.name],
        {
            "schema": Reference(("schema", schema)),
            "access_method": view.access_method or None,
            "tablespace": view.tablespace or None,
            "replica_identity": write.Bare(view.replica_identity) if view.replica_identity else None,
            "depends_on_extensions": view.depends_on_extensions or None,
        },
        [
            *_column_blocks(view.columns, schema, writing),
            *(indexes.encode(index, writing) for index in view.indexes),
            *storage.encode(view.storage),
        ],
        _query_and_comment(view),
    )


def _column_blocks(found: Iterable[Column], schema: str, writing: Writing) -> list[write.Block]:
    return [columns.encode(column, schema, writing) for column in found]


def _query_and_comment(view: View | Materialized) -> dict[str, write.Written]:
    return {"as": text(view.definition), "comment": view.comment or None}


VIEW = ObjectBlock(
    kind="view",
    shape=Shape(
        words("name schema security_barrier security_invoker check_option as depends_on comment for_each"),
        words("column"),
        named=True,
    ),
    decode=decode_view,
    encode=encode_view,
)
MATERIALIZED = ObjectBlock(
    kind="materialized",
    shape=Shape(
        words(
            "name schema access_method tablespace replica_identity depends_on_extensions as comment "
            "depends_on for_each"
        ),
        words("column index storage_params"),
        named=True,
    ),
    decode=decode_materialized,
    encode=encode_materialized,
)
