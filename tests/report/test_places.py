"""Findings lead to the line of the schema files that defines their table."""

from __future__ import annotations

import pytest

from backstay.report.markdown.places import place_of
from backstay.schema.changes import Change
from backstay.schema.state import SourceFile

HCL = SourceFile(
    name="schema.hcl",
    text='schema "public" {}\ntable "users" {\n  column "id" {\n  }\n  column "email" {\n  }\n}\n'
    'table "other" "pets" {\n  column "email" {\n  }\n}\n',
)
SQL = SourceFile(
    name="schema.sql",
    text="create table if not exists public.users (\n"
    '  id int,\n  "email" text\n);\nCREATE TABLE `pets` (id int);\n',
)


def change(table: str, *columns: str) -> Change:
    parts = tuple(
        Change(action="modify", kind="column", schema="public", table=table, name=column)
        for column in columns
    )
    return Change(action="modify", kind="table", schema="public", name=table, changes=parts)


@pytest.mark.parametrize(
    ("source", "changed", "words", "line"),
    [
        (HCL, change("users"), "", 2),
        (HCL, change("users", "email"), 'column "email"', 5),
        (HCL, change("users", "email"), "another column", 2),
        (HCL, change("users", "gone"), 'column "gone"', 2),
        (HCL, change("pets", "email"), 'column "email"', 9),
        (SQL, change("users"), "", 1),
        (SQL, change("users", "email"), 'column "email"', 3),
        (SQL, change("users", "id"), 'column "id"', 2),
        (SQL, change("pets"), "", 5),
        (HCL, Change(action="add", kind="index", schema="public", table="users", name="i"), "", 2),
    ],
)
def test_the_line_of_a_table_or_its_column(
    source: SourceFile, changed: Change, words: str, line: int
) -> None:
    assert place_of([changed], words, [source]) == (source.name, line)


@pytest.mark.parametrize(
    ("changes", "sources"),
    [
        ([change("gone")], [HCL]),
        ([change("user")], [HCL, SQL]),
        ([change("users")], [HCL, SQL]),
        ([change("users"), change("pets")], [HCL]),
        ([Change(action="add", kind="view", schema="public", name="users")], [HCL]),
        ([], [HCL]),
    ],
)
def test_where_it_is_not_clear_there_is_no_line(changes: list[Change], sources: list[SourceFile]) -> None:
    assert place_of(changes, "", sources) is None
