"""The types of SQLite keep their sizes in both directions."""

from __future__ import annotations

import pytest

from backstay.dialects.sqlite.types import TYPES
from backstay.hcl.values import RawSQL

BOTH_WAYS = [
    ("integer", (), "integer"),
    ("int", (11,), "int(11)"),
    ("unsigned_big_int", (), "unsigned big int"),
    ("varchar", (255,), "varchar(255)"),
    ("varying_character", (9,), "varying character(9)"),
    ("decimal", (10, 2), "decimal(10,2)"),
    ("decimal", (10,), "decimal(10)"),
    ("real", (10, 2), "real(10,2)"),
    ("double_precision", (), "double precision"),
    ("blob", (), "blob"),
    ("json", (), "json"),
]


@pytest.mark.parametrize(("name", "arguments", "sql"), BOTH_WAYS)
def test_types_are_read_and_written(name: str, arguments: tuple[int, ...], sql: str) -> None:
    assert TYPES.names.functions[name](*arguments) == RawSQL(sql)
    call = TYPES.call(sql)
    assert call is not None
    assert (call.name, call.arguments) == (name, tuple(map(str, arguments)))


@pytest.mark.parametrize("sql", ["time", "char(3)", "ANY_TEXT", "any", "varchar(max)", "decimal(10,+2)"])
def test_other_declared_types_have_no_name_in_hcl(sql: str) -> None:
    assert TYPES.call(sql) is None


def test_a_size_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match='Type "uuid" does not accept attributes'):
        TYPES.names.functions["uuid"](1)
