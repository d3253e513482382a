"""What plans say: their text, comments, hazards and reverses."""

from __future__ import annotations

import pytest

from backstay.dialects.dialect import StatementOptions
from backstay.dialects.sqlite import SQLITE
from backstay.errors import PlanError, UnsupportedError
from backstay.schema.changes import Change
from backstay.schema.diff import diff
from backstay.schema.model import (
    Column,
    Enum,
    Identity,
    Index,
    IndexPart,
    PrimaryKey,
    Realm,
    Schema,
    Table,
)
from tests.dialects.sqlite.databases import apply, inspect, load, plan


def text(before: str, after: str, *, indent: str = "") -> list[tuple[str, str]]:
    statements = plan(inspect(load(before)), inspect(load(after)), indent=indent)
    return [(statement.comment, statement.sql) for statement in statements]


def test_a_rebuild_reads_like_this() -> None:
    before = "CREATE TABLE cat (id integer NOT NULL, name text, PRIMARY KEY (id))"
    after = """
        CREATE TABLE cat (
          id integer NOT NULL, name text NOT NULL DEFAULT '?', age int NOT NULL, PRIMARY KEY (id)
        );
        CREATE INDEX cat_name ON cat (name);
    """
    assert text(before, after) == [
        ("disable the enforcement of foreign-keys constraints", "PRAGMA foreign_keys = off"),
        (
            'create "new_cat" table',
            "CREATE TABLE `new_cat` (`id` integer NOT NULL, `name` text NOT NULL DEFAULT '?',"
            " `age` int NOT NULL, PRIMARY KEY (`id`))",
        ),
        (
            'copy rows from old table "cat" to new temporary table "new_cat"',
            "INSERT INTO `new_cat` (`id`, `name`) SELECT `id`, IFNULL(`name`, '?') AS `name` FROM `cat`",
        ),
        ('drop "cat" table after copying rows', "DROP TABLE `cat`"),
        ('rename temporary table "new_cat" to "cat"', "ALTER TABLE `new_cat` RENAME TO `cat`"),
        ('create index "cat_name" to table: "cat"', "CREATE INDEX `cat_name` ON `cat` (`name`)"),
        ("enable back the enforcement of foreign-keys constraints", "PRAGMA foreign_keys = on"),
    ]


def test_an_index_alone_needs_no_rebuild() -> None:
    assert text("CREATE TABLE t (a int)", "CREATE TABLE t (a int); CREATE INDEX i ON t (a DESC)") == [
        ('create index "i" to table: "t"', "CREATE INDEX `i` ON `t` (`a` DESC)")
    ]


def test_a_table_without_common_columns_is_not_copied() -> None:
    statements = text("CREATE TABLE t (a int)", "CREATE TABLE t (b int)")
    assert statements[2] == ('drop "t" table without copying rows (no columns)', "DROP TABLE `t`")


def test_create_table_is_broken_into_lines() -> None:
    assert text("", "CREATE TABLE t (a int PRIMARY KEY, b text) STRICT, WITHOUT ROWID", indent="  ") == [
        (
            'create "t" table',
            "CREATE TABLE `t` (\n  `a` int NOT NULL,\n  `b` text NULL,\n  PRIMARY KEY (`a`)\n)"
            " WITHOUT ROWID, STRICT",
        )
    ]


@pytest.mark.parametrize(
    ("before", "after", "code", "words"),
    [
        ("CREATE TABLE t (a)", "", "DS102", 'Dropping table "t"'),
        ("CREATE TABLE t (a, b)", "CREATE TABLE t (b)", "DS103", 'Dropping non-virtual column "a"'),
        (
            "CREATE TABLE t (a, b, c, d)",
            "CREATE TABLE t (d)",
            "DS103",
            'Dropping non-virtual columns "a", "b" and "c"',
        ),
        (
            "CREATE TABLE t (a)",
            "CREATE TABLE t (a, b int NOT NULL)",
            "MF103",
            'Adding a non-nullable "int" column "b" will fail in case table "t" is not empty',
        ),
        (
            "CREATE TABLE t (a int)",
            "CREATE TABLE t (a int NOT NULL)",
            "LT101",
            'Modifying nullable column "a" to non-nullable without default value might fail'
            " in case it contains NULL values",
        ),
        (
            "CREATE TABLE t (a, b)",
            "CREATE TABLE t (a, b); CREATE UNIQUE INDEX i ON t (a, b)",
            "MF101",
            'Adding a unique index "i" on table "t" might fail in case columns "a", "b" contain'
            " duplicate entries",
        ),
        (
            "CREATE TABLE t (a); CREATE INDEX i ON t (a)",
            "CREATE TABLE t (a); CREATE UNIQUE INDEX i ON t (a)",
            "MF102",
            'Modifying an index "i" on table "t" might fail in case of duplicate entries',
        ),
    ],
)
def test_hazards_name_the_objects(before: str, after: str, code: str, words: str) -> None:
    statements = plan(inspect(load(before)), inspect(load(after)))
    assert [(h.code, h.text) for s in statements for h in s.hazards] == [(code, words)]


def test_a_dropped_virtual_column_is_no_loss() -> None:
    statements = plan(inspect(load("CREATE TABLE t (a, b AS (a))")), inspect(load("CREATE TABLE t (a)")))
    assert not [hazard for statement in statements for hazard in statement.hazards]


def test_reverses_undo_changes_in_place() -> None:
    session = load("CREATE TABLE t (a int); CREATE INDEX i ON t (a)")
    before = inspect(session)
    after = inspect(load("CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX j ON t (b); CREATE TABLE u (x)"))
    statements = plan(before, after)
    apply(session, statements)
    for statement in reversed(statements):
        assert statement.reverse
        for sql in statement.reverse:
            session.execute(sql)
    assert inspect(session) == before


def test_renames_keep_rows_and_references() -> None:
    session = load("CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (p int REFERENCES p)")
    (child, parent) = inspect(session).schemas[0].tables
    renamed = Table(name="q", columns=parent.columns, primary_key=parent.primary_key)
    key = Change(
        action="rename",
        kind="column",
        schema="main",
        table="c",
        name="q_id",
        before=child.columns[0],
        after=Column(name="q_id", type="int", null=True),
    )
    changes = (
        Change(action="rename", kind="table", schema="main", name="q", before=parent, after=renamed),
        Change(
            action="modify", kind="table", schema="main", name="c", before=child, after=child, changes=(key,)
        ),
    )
    statements = SQLITE.plan(changes, StatementOptions())
    assert [statement.comment for statement in statements] == [
        'rename a table from "p" to "q"',
        'rename a column from "p" to "q_id"',
    ]
    apply(session, statements)
    (key_now,) = inspect(session).schemas[0].tables[0].foreign_keys
    assert (key_now.columns, key_now.ref_table) == (("q_id",), "q")


def test_every_change_is_told_once() -> None:
    before = inspect(
        load("CREATE TABLE gone (a); CREATE TABLE t (a, b); CREATE TABLE u (a); CREATE INDEX i ON u (a)")
    )
    after = inspect(
        load("CREATE TABLE t (a); CREATE TABLE u (a, c); CREATE INDEX j ON u (a); CREATE TABLE new (a)")
    )
    told = [change.key for statement in plan(before, after) for change in statement.changes]
    assert sorted(told) == [
        "add_column",
        "add_index",
        "add_table",
        "drop_index",
        "drop_table",
        "modify_table",
    ]


TABLE = Table(name="t", columns=(Column(name="a", type="int"),))


@pytest.mark.parametrize(
    ("table", "named"),
    [
        (Table(name="t", comment="x"), "comment"),
        (Table(name="t", columns=(Column(name="a", type="int", identity=Identity()),)), "identity"),
        (Table(name="t", columns=(Column(name="a", type="int", comment="x"),)), "comment"),
        (
            Table(name="t", indexes=(Index(name="i", parts=(IndexPart(column="a", nulls_first=True),)),)),
            "nulls first",
        ),
        (Table(name="t", indexes=(Index(name="i", parts=(), method="HASH"),)), "method"),
        (Table(name="t", primary_key=PrimaryKey(columns=("a",), storage={"x": "1"})), "storage"),
    ],
)
def test_what_sqlite_has_no_words_for_is_refused(table: Table, named: str) -> None:
    realm = Realm(schemas=(Schema(name="main", tables=(table,)),))
    with pytest.raises(UnsupportedError, match=named):
        SQLITE.plan(diff(Realm(), realm), StatementOptions())


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Realm(), Realm(schemas=(Schema(name="a"), Schema(name="b"))), "found 2 schemas"),
        (Realm(schemas=(Schema(name="main"),)), Realm(), 'cannot drop schema "main"'),
        (
            Realm(),
            Realm(schemas=(Schema(name="main", enums=(Enum(name="e", values=()),)),)),
            'cannot add enum "e"',
        ),
    ],
)
def test_only_tables_of_one_schema_can_be_planned(before: Realm, after: Realm, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        SQLITE.plan(diff(before, after), StatementOptions())
