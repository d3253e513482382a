"""Planned statements as the text of a migration, and back."""

from __future__ import annotations

import pytest

from backstay.dialects.dialect import Fragment, Hazard, Statement
from backstay.engine import migration

CREATE = Statement(sql='CREATE TABLE "t" ("c" integer)', comment='create "t" table')
DROP = Statement(
    sql='DROP TABLE "u"', comment='drop "u" table', hazards=(Hazard("DS102", 'Dropping table "u"'),)
)
CONCURRENT = Statement(
    sql="CREATE INDEX CONCURRENTLY i ON t (c)", comment="create index", transactional=False
)


def test_each_statement_has_a_comment_line_and_a_terminator() -> None:
    assert migration.render([CREATE, DROP]) == (
        '-- Create "t" table\nCREATE TABLE "t" ("c" integer);\n-- Drop "u" table\nDROP TABLE "u";\n'
    )


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_name_does_not_leave_the_comment_it_stands_in(end: str) -> None:
    name = f"t{end}DROP TABLE users; --"
    escaped = name.encode("unicode_escape").decode()
    statement = Statement(sql="SELECT 1", comment=f'drop "{name}" table')
    assert migration.render([statement]) == f'-- Drop "{escaped}" table\nSELECT 1;\n'


def test_marks_that_turn_the_reading_round_are_shown() -> None:
    statement = Statement(sql="SELECT 1", comment='create "\u202egnp.exe \N{GRINNING FACE} é" table')
    assert statement.comment == 'create "\\u202egnp.exe \N{GRINNING FACE} é" table'


def test_directives_stand_first_with_an_empty_line() -> None:
    text = migration.render([CREATE], ['"atlas:nolint DS103"'])
    assert text.startswith('-- atlas:nolint DS103\n\n-- Create "t" table\n')


def test_a_statement_that_needs_no_transaction_says_so_for_the_whole_migration() -> None:
    text = migration.render([CONCURRENT])
    assert text.startswith("-- atlas:txmode none\n\n")
    assert migration.transaction_mode(text) == "none"


MODES = [
    ("-- atlas:txmode none\n\nSELECT 1;", "none"),
    ("--atlas:txmode file\n\nSELECT 1;", "file"),
    ("/* atlas:txmode none */\n\nSELECT 1;", "none"),
    ("-- atlas:nolint\n-- atlas:txmode none\n\nSELECT 1;", "none"),
    ("SELECT 1;\n-- atlas:txmode none\n", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "mode"), MODES)
def test_the_transaction_mode_is_read_from_the_header_only(text: str, mode: str) -> None:
    assert migration.transaction_mode(text) == mode


def fragment(text: str, *comments: str) -> Fragment:
    return Fragment(position=0, line=1, text=text, comments=comments)


def test_an_untouched_statement_keeps_what_the_planner_knows() -> None:
    assert migration.adopt([fragment(f"{DROP.sql};")], [DROP]) == (DROP,)


def test_an_edited_statement_carries_the_hazards_of_what_it_replaced() -> None:
    (adopted,) = migration.adopt([fragment('drop table "u";', "-- Remove u\n")], [DROP])
    assert adopted.comment == "remove u"
    assert adopted.hazards == DROP.hazards


def test_directives_are_not_part_of_a_comment() -> None:
    (adopted,) = migration.adopt([fragment("SELECT 1;", "-- atlas:nolint\n", "-- Look\n")], [])
    assert adopted.comment == "look"
