"""Statements of an SQL text."""

from __future__ import annotations

import pytest

from backstay.dialects.sqlite import SQLITE
from backstay.errors import ConfigError

TRIGGER = """CREATE TRIGGER t AFTER INSERT ON a BEGIN
  UPDATE a SET x = CASE WHEN x THEN 1 END; SELECT 'END;';
END;"""


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("", []),
        ("  -- nothing\n;;/* at all */;", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2 ;\n", ["SELECT 1;", "SELECT 2 ;"]),
        ("SELECT ';'; SELECT \";\", `;`, [;]", ["SELECT ';';", 'SELECT ";", `;`, [;]']),
        ("SELECT 1 -- ;\n; SELECT /* ; */ 2", ["SELECT 1 -- ;\n;", "SELECT /* ; */ 2"]),
        (f"{TRIGGER}\nSELECT 1;", [TRIGGER, "SELECT 1;"]),
        (
            "CREATE TEMP TRIGGER x BEGIN SELECT 1; END; SELECT 2",
            ["CREATE TEMP TRIGGER x BEGIN SELECT 1; END;", "SELECT 2"],
        ),
        ("BEGIN; SELECT 1; END;", ["BEGIN;", "SELECT 1;", "END;"]),
    ],
)
def test_statements(sql: str, statements: list[str]) -> None:
    assert [fragment.text for fragment in SQLITE.split(sql)] == statements


def test_positions_count_bytes_and_comments_are_kept() -> None:
    fragments = SQLITE.split("-- ä far\n\n-- near\n/* too */\nSELECT 'ä';\n-- second\nSELECT 2;")
    assert [(f.position, f.line, f.comments) for f in fragments] == [
        (29, 5, ("-- near", "/* too */")),
        (52, 7, ("-- second",)),
    ]


@pytest.mark.parametrize("quote", ["'", '"', "`", "["])
def test_an_open_quote_is_named(quote: str) -> None:
    with pytest.raises(ConfigError, match="line 2"):
        SQLITE.split(f"SELECT 1;\nSELECT {quote}abc; SELECT 2")
