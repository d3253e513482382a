"""Statements of an SQL text."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.errors import ConfigError

BODY = """CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC
  SELECT CASE WHEN true THEN 1 END; SELECT 'END;';
END;"""
RULE = "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM v);"


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("", []),
        (" -- nothing\n;;/* at all */;", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2 ;\n", ["SELECT 1;", "SELECT 2 ;"]),
        ("SELECT ';', \";\"; SELECT 'a''b;'", ["SELECT ';', \";\";", "SELECT 'a''b;'"]),
        (r"SELECT E'\';', '\'; SELECT 2", [r"SELECT E'\';', '\';", "SELECT 2"]),
        (r"SELECT e'it''s\\'; SELECT U&'\0061;'", [r"SELECT e'it''s\\';", r"SELECT U&'\0061;'"]),
        ("DO $$ a; $x$ b; $$; SELECT $é$;$é$", ["DO $$ a; $x$ b; $$;", "SELECT $é$;$é$"]),
        ("SELECT a$b; SELECT $1; SELECT c$d$e", ["SELECT a$b;", "SELECT $1;", "SELECT c$d$e"]),
        ("SELECT 1 -- ;\n; SELECT /* ; /* ; */ ; */ 2", ["SELECT 1 -- ;\n;", "SELECT /* ; /* ; */ ; */ 2"]),
        (f"{BODY}\nSELECT 1;", [BODY, "SELECT 1;"]),
        (f"{RULE} SELECT 1", [RULE, "SELECT 1"]),
        ("BEGIN; SELECT 1; END;", ["BEGIN;", "SELECT 1;", "END;"]),
        ("\\restrict abc\n\nSELECT 1;\n\\unrestrict abc\n", ["SELECT 1;"]),
        ("SELECT 'e' e'\\'';SELECT nice'e\\';", ["SELECT 'e' e'\\'';", "SELECT nice'e\\';"]),
    ],
)
def test_statements(sql: str, statements: list[str]) -> None:
    assert [fragment.text for fragment in POSTGRES.split(sql)] == statements


def test_positions_count_bytes_and_comments_are_kept() -> None:
    fragments = POSTGRES.split("-- ä far\n\n-- near\n/* too */\nSELECT 'ä';\n-- second\nSELECT 2;")
    assert [(f.position, f.line, f.comments) for f in fragments] == [
        (29, 5, ("-- near", "/* too */")),
        (52, 7, ("-- second",)),
    ]


@pytest.mark.parametrize(
    "sql", ["SELECT 'a''", 'SELECT 1;\nSELECT "a', "/* /* */", "$x$ $y$", "SELECT E'\\'"]
)
def test_what_is_never_closed_is_an_error_at_its_line(sql: str) -> None:
    with pytest.raises(ConfigError, match=f"line {sql.count(chr(10)) + 1}: .* never closed"):
        POSTGRES.split(sql)


def test_commands_of_psql_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"line 2: \\connect is a command of psql"):
        POSTGRES.split("SELECT 1;\n\\connect other\n")


@pytest.mark.parametrize(
    ("unit", "statements"),
    [("(", 1), ("'a'';'", 1), ("begin ", 1), ("-- x\n", 0), ("a;", 100_000), ("$1 ", 1)],
)
def test_long_text_ends(unit: str, statements: int) -> None:
    assert len(POSTGRES.split(unit * 100_000)) == statements


@pytest.mark.parametrize("unit", ["/*", "$a$ ", "'a'';", "E'\\'"])
def test_long_text_without_end_ends(unit: str) -> None:
    with pytest.raises(ConfigError):
        POSTGRES.split(unit * 99_999)
