"""Realms in the words of PostgreSQL's catalogue, one for each thing that a document must carry."""

from __future__ import annotations

from backstay.schema.model import (
    Check,
    Column,
    ColumnRef,
    Enum,
    Exclusion,
    ForeignKey,
    Generated,
    Identity,
    Index,
    IndexPart,
    NotNull,
    PrimaryKey,
    Realm,
    Schema,
    Sequence,
    SequenceOptions,
    Table,
    TableRef,
)

ID = Column(name="id", type="bigint")
ID_KEY = PrimaryKey(columns=("id",))


def one(*tables: Table, **parts: object) -> Realm:
    """A realm of one schema `public`."""
    return Realm(schemas=(Schema(name="public", tables=tables, **parts),))  # type: ignore[arg-type]


def columns(*columns: Column) -> Realm:
    """One table of these columns."""
    return one(Table(name="t", columns=columns))


def indexes(*indexes: Index) -> Realm:
    """One table with these indexes."""
    names = ("a", "b", "c")
    return one(
        Table(name="t", columns=tuple(Column(name=name, type="text") for name in names), indexes=indexes)
    )


def default(type_: str, text: str) -> Realm:
    """One column with this default."""
    return columns(Column(name="c", type=type_, default=text))


ODD = ('q"uote', "back\\slash", "dollar${x}", "percent%{y}", "new\nline", "dot.ted", "ünï ☃", "a b", "select")

REALMS: dict[str, Realm] = {
    "nothing": Realm(),
    "an empty schema": one(),
    "an empty table": one(Table(name="t")),
    "comments everywhere": Realm(
        schemas=(
            Schema(
                name="public",
                comment="a schema",
                enums=(Enum(name="e", values=("x",), comment="an enum"),),
                sequences=(Sequence(name="s", comment="a sequence"),),
                tables=(
                    Table(
                        name="t",
                        columns=(Column(name="id", type="bigint", comment="a column"),),
                        primary_key=PrimaryKey(columns=("id",), comment="a key"),
                        indexes=(Index(name="i", parts=(IndexPart(column="id"),), comment="an index"),),
                        foreign_keys=(
                            ForeignKey(
                                name="f",
                                columns=("id",),
                                ref_table="t",
                                ref_columns=("id",),
                                comment="a reference",
                            ),
                        ),
                        checks=(Check(name="k", expr="id > 0", comment="a check"),),
                        comment='a table: ${not} %{a} "template"',
                    ),
                ),
            ),
        )
    ),
    "identity": columns(
        Column(name="a", type="bigint", identity=Identity(generated="ALWAYS")),
        Column(
            name="b",
            type="integer",
            identity=Identity(
                options=SequenceOptions(
                    start=-7, increment=-2, min_value=-100, max_value=-1, cache=5, cycle=True
                )
            ),
        ),
    ),
    "generated columns": columns(
        Column(name="a", type="integer"),
        Column(name="b", type="integer", null=True, generated=Generated(expr="a * 2")),
        Column(name="c", type="integer", null=True, generated=Generated(expr="a * 3", stored=False)),
    ),
    "a serial column": columns(Column(name="a", type="bigserial")),
    "collations": columns(Column(name="a", type="text", collation="C")),
    "a named primary key": one(
        Table(
            name="t",
            columns=(ID, Column(name="x", type="text")),
            primary_key=PrimaryKey(
                columns=("id",),
                name="my key",
                include=("x",),
                deferrable="INITIALLY DEFERRED",
                storage={"fillfactor": "70"},
            ),
        )
    ),
    "table options": one(
        Table(
            name="t",
            columns=(ID,),
            unlogged=True,
            storage={
                "autovacuum_enabled": "false",
                "autovacuum_vacuum_scale_factor": "0.05",
                "fillfactor": "70",
                "toast.autovacuum_enabled": "off",
                "toast.autovacuum_vacuum_threshold": "007",
            },
        )
    ),
    "index parts": indexes(
        Index(
            name="a1",
            parts=(
                IndexPart(column="a", desc=True),
                IndexPart(column="b", nulls_first=True),
                IndexPart(column="c", desc=True, nulls_first=False),
                IndexPart(expr="lower(a)", collation="C"),
            ),
        ),
        Index(
            name="a2",
            parts=(
                IndexPart(column="a", ops="text_pattern_ops"),
                IndexPart(column="b", ops="public.odd_ops"),
                IndexPart(column="c", ops="gist_trgm_ops(siglen=8)"),
            ),
        ),
    ),
    "index options": indexes(
        Index(name="a1", parts=(IndexPart(column="a"),), unique=True, nulls_distinct=False),
        Index(name="a2", parts=(IndexPart(column="a"),), where="(a = 'x ${y}'::text)"),
        Index(name="a3", parts=(IndexPart(column="a"),), include=("b", "c")),
        Index(name="a4", parts=(IndexPart(column="a"),), method="GIN"),
        Index(name="a5", parts=(IndexPart(column="a"),), method="BLOOM"),
        Index(
            name="a6",
            parts=(IndexPart(column="a"),),
            method="BRIN",
            storage={"autosummarize": "on", "pages_per_range": "16"},
        ),
        Index(name="a7", parts=(IndexPart(column="a"),), storage={"fillfactor": "90"}),
    ),
    "unique constraints": indexes(
        Index(name="u1", parts=(IndexPart(column="a"),), unique=True, constraint=True),
        Index(
            name="u2",
            parts=(IndexPart(column="b"), IndexPart(column="c")),
            unique=True,
            constraint=True,
            deferrable="INITIALLY IMMEDIATE",
            nulls_distinct=False,
        ),
        Index(
            name="u3",
            parts=(IndexPart(column="a"),),
            unique=True,
            constraint=True,
            include=("b",),
            storage={"fillfactor": "50"},
        ),
    ),
    "foreign keys": one(
        Table(
            name="t",
            columns=(ID, Column(name="u", type="bigint"), Column(name="v", type="bigint")),
            primary_key=PrimaryKey(columns=("id", "u")),
            foreign_keys=(
                ForeignKey(
                    name="f1",
                    columns=("u", "v"),
                    ref_table="t",
                    ref_columns=("id", "u"),
                    on_update="SET NULL",
                    on_delete="SET DEFAULT",
                    match_full=True,
                ),
                ForeignKey(
                    name="f2",
                    columns=("v", "u"),
                    ref_table="t",
                    ref_columns=("id", "u"),
                    on_update="RESTRICT",
                    on_delete="CASCADE",
                    deferrable="INITIALLY DEFERRED",
                    validated=False,
                ),
            ),
        )
    ),
    "checks": one(
        Table(
            name="t",
            columns=(ID,),
            checks=(
                Check(name="c1", expr="(id > 0)", no_inherit=True),
                Check(name="c2", expr="(id < 10)", validated=False),
            ),
        )
    ),
    "exclusion constraints": one(
        Table(
            name="t",
            columns=(ID, Column(name="r", type="int4range")),
            exclusions=(
                Exclusion(
                    name="x1",
                    parts=(IndexPart(column="r", ops="range_ops"), IndexPart(expr="(id + 1)", desc=True)),
                    operators=("&&", "OPERATOR(own.=)"),
                    where="(id > 0)",
                    include=("id",),
                    deferrable="INITIALLY DEFERRED",
                    storage={"fillfactor": "70"},
                    tablespace="fast",
                    clustered=True,
                    comment="an exclusion",
                    index_comment="its index",
                ),
                Exclusion(name="x2", parts=(IndexPart(column="id"),), operators=("=",), method="BTREE"),
            ),
        )
    ),
    "temporal keys and what is not enforced": one(
        Table(
            name="t",
            columns=(
                Column(name="id", type="int4range", not_null=NotNull(name="n", no_inherit=True)),
                Column(name="at", type="tstzrange", not_null=NotNull(validated=False, comment="late")),
            ),
            primary_key=PrimaryKey(columns=("id", "at"), without_overlaps=True),
            indexes=(
                Index(
                    name="u",
                    parts=(IndexPart(column="id"), IndexPart(column="at")),
                    unique=True,
                    constraint=True,
                    method="GIST",
                    without_overlaps=True,
                ),
            ),
            foreign_keys=(
                ForeignKey(
                    name="f",
                    columns=("id", "at"),
                    ref_table="t",
                    ref_columns=("id", "at"),
                    period=True,
                    on_delete="SET NULL",
                    on_delete_columns=("id",),
                    enforced=False,
                ),
            ),
            checks=(Check(name="k", expr="(id IS NOT NULL)", enforced=False),),
        )
    ),
    "indexes of partitions": indexes(
        Index(
            name="a1", parts=(IndexPart(column="a"),), partition_of=TableRef(name="all", schema="Other one")
        ),
        Index(
            name="a2",
            parts=(IndexPart(expr="lower(a)", collation='"own"."C"', statistics=0), IndexPart(column="b")),
            partition_of=TableRef(name="plain"),
            tablespace="fast",
            clustered=True,
            valid=False,
        ),
    ),
    "sequences": one(
        Table(name="t", columns=(ID,)),
        sequences=(
            Sequence(name="s1"),
            Sequence(
                name="s2",
                type="smallint",
                options=SequenceOptions(
                    start=5, increment=5, min_value=5, max_value=100, cache=10, cycle=True
                ),
                owner=ColumnRef(table="t", column="id"),
            ),
        ),
    ),
    "enums": one(
        Table(
            name="t",
            columns=(
                Column(name="a", type='"odd name"', default="'x'"),
                Column(name="b", type='"status"', default="'new'"),
                Column(name="c", type='"status"[]', default="'{}'"),
            ),
        ),
        enums=(Enum(name="odd name", values=("x", "it's", "${y}")), Enum(name="status", values=("new",))),
    ),
    "equal names in two schemas": Realm(
        schemas=tuple(
            Schema(
                name=name,
                tables=(
                    Table(
                        name="person",
                        columns=(ID, Column(name="kind", type=f'"{name}"."kind"')),
                        primary_key=ID_KEY,
                        foreign_keys=(
                            ForeignKey(
                                name="same",
                                columns=("id",),
                                ref_table="person",
                                ref_columns=("id",),
                                ref_schema="crm" if name == "erp" else "",
                            ),
                        ),
                    ),
                ),
                enums=(Enum(name="kind", values=(name,)),),
                sequences=(Sequence(name="number", owner=ColumnRef(table="person", column="id")),),
            )
            for name in ("crm", "erp")
        )
    ),
    "tables named like schemas": Realm(
        schemas=(
            Schema(name="a", tables=(Table(name="users", columns=(ID,)),)),
            Schema(
                name="b",
                tables=(
                    Table(
                        name="a",
                        columns=(ID,),
                        foreign_keys=(
                            ForeignKey(
                                name="f",
                                columns=("id",),
                                ref_table="users",
                                ref_columns=("id",),
                                ref_schema="a",
                            ),
                        ),
                    ),
                    Table(name="b", columns=(ID,)),
                    Table(name="users", columns=(ID,)),
                ),
            ),
            Schema(name="c", tables=(Table(name="column", columns=(Column(name="column", type="text"),)),)),
        )
    ),
    "odd names": Realm(
        schemas=tuple(
            Schema(
                name=odd,
                tables=(
                    Table(
                        name=odd,
                        columns=(Column(name=odd, type="text", comment=odd),),
                        primary_key=PrimaryKey(columns=(odd,), name=odd),
                        foreign_keys=(
                            ForeignKey(name=odd, columns=(odd,), ref_table=odd, ref_columns=(odd,)),
                        ),
                        indexes=(Index(name=odd, parts=(IndexPart(column=odd),)),),
                        checks=(Check(name=odd, expr=odd),),
                    ),
                ),
            )
            for odd in sorted(ODD)
        )
    ),
}
