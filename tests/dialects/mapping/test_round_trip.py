"""Any realm comes back from its document: whatever the names, in however many schemas."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from backstay.dialects.mapping.names import quote_identifier
from backstay.dialects.postgres.hcl import decode, encode
from backstay.schema.model import (
    Check,
    Column,
    ColumnRef,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Realm,
    Schema,
    Sequence,
    Table,
)
from tests.dialects.mapping.documents import document

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=8)
NAMES = st.sampled_from(["a", "b", "table", "column", "enum", "schema", "name", "for_each", "x.y"]) | TEXTS
LISTS = st.lists(NAMES, min_size=1, max_size=3, unique=True).map(lambda names: tuple(sorted(names)))
TYPES = st.sampled_from(["text", "character varying(9)", "numeric(9,2)", "integer[]", "bigserial"])
DEFAULTS = st.none() | TEXTS.map(lambda text: "'" + text.replace("'", "''") + "'") | st.just("now()")


@st.composite
def columns(draw: st.DrawFn, enums: tuple[str, ...]) -> tuple[Column, ...]:
    types = TYPES | st.sampled_from(enums).map(quote_identifier)
    return tuple(
        Column(name=name, type=draw(types), null=draw(st.booleans()), default=draw(DEFAULTS), comment=name)
        for name in draw(LISTS)
    )


@st.composite
def tables(draw: st.DrawFn, schema: str, enums: tuple[str, ...]) -> tuple[Table, ...]:
    made = []
    for name in draw(LISTS):
        found = draw(columns(tuple(f"{schema} {enum}" for enum in enums)))
        names = tuple(column.name for column in found)
        made.append(
            Table(
                name=name,
                columns=found,
                primary_key=PrimaryKey(columns=names, name=draw(NAMES), comment=draw(TEXTS)),
                indexes=tuple(
                    Index(name=index, parts=tuple(IndexPart(column=column) for column in names), where=index)
                    for index in draw(LISTS)
                ),
                checks=tuple(Check(name=check, expr=draw(TEXTS)) for check in draw(LISTS)),
            )
        )
    return tuple(made)


@st.composite
def realms(draw: st.DrawFn) -> Realm:
    schemas = []
    for name in draw(LISTS):
        enums = draw(LISTS)
        found = draw(tables(name, enums))
        owner = ColumnRef(table=found[0].name, column=found[0].columns[0].name)
        schemas.append(
            Schema(
                name=name,
                tables=found,
                enums=tuple(Enum(name=f"{name} {enum}", values=draw(LISTS)) for enum in enums),
                sequences=tuple(Sequence(name=sequence, owner=owner) for sequence in draw(LISTS)),
                comment=draw(TEXTS),
            )
        )
    return Realm(schemas=tuple(_referring(schema, schemas) for schema in schemas))


def _referring(schema: Schema, schemas: list[Schema]) -> Schema:
    """Every table refers to every other one."""
    return Schema(
        name=schema.name,
        comment=schema.comment,
        enums=schema.enums,
        sequences=schema.sequences,
        tables=tuple(_with_keys(schema, table, schemas) for table in schema.tables),
    )


def _with_keys(schema: Schema, table: Table, schemas: list[Schema]) -> Table:
    targets = [(other, target) for other in schemas for target in other.tables]
    return Table(
        name=table.name,
        columns=table.columns,
        primary_key=table.primary_key,
        indexes=table.indexes,
        checks=table.checks,
        foreign_keys=tuple(
            ForeignKey(
                name=f"f{number:02}",
                columns=(table.columns[0].name,),
                ref_schema="" if other.name == schema.name else other.name,
                ref_table=target.name,
                ref_columns=(target.columns[0].name,),
            )
            for number, (other, target) in enumerate(targets)
        ),
    )


@settings(max_examples=60, deadline=None)
@given(realms())
def test_a_realm_comes_back_from_its_document(realm: Realm) -> None:
    found = document(encode(realm))
    assert decode(found, qualify=False) == realm
    assert found.warnings == []
