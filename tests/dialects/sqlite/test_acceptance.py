"""Every case of cases/*.toml: from one schema to another, with the rows that must survive.

`from` (may be absent) and `to` are SQL; `rows` are inserted before; `then` runs afterwards; `after` are the
rows of `table` (the only one of `from` if absent) in the columns `after_columns`, with `""` for NULL;
`hazards` are the codes of the plan; `rebuilds` the tables made anew; `nothing` says that the plan is empty.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from backstay.dialects.dialect import Session
from backstay.dialects.sqlite.connect import SQLiteSession
from backstay.dialects.sqlite.tokens import quote
from backstay.schema.model import Realm
from tests.dialects.comparing import unordered
from tests.dialects.sqlite.databases import apply, inspect, load, plan

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(Path(__file__).with_name("cases").glob("*.toml"))
    for case in tomllib.loads(path.read_text())["case"]
]


@pytest.mark.parametrize("case", CASES)
def test_the_plan_leads_there(case: dict[str, Any]) -> None:
    session = load(case.get("from", "") + ";" + case.get("rows", ""))
    before, desired = inspect(session), inspect(load(case["to"]))

    statements = plan(before, desired)
    apply(session, statements)

    assert not plan(inspect(session), desired)
    assert bool(statements) is not case.get("nothing", False)
    if statements:
        assert unordered(inspect(session)) == unordered(desired)
    assert {h.code for s in statements for h in s.hazards} == set(case.get("hazards", ()))
    rebuilt = {s.comment.split('"')[-2] for s in statements if s.comment.startswith("rename temporary")}
    assert rebuilt == set(case.get("rebuilds", ()))
    if "then" in case:
        session.execute(case["then"])
    if "after" in case:
        assert rows(session, case, before) == case["after"]


@pytest.mark.parametrize("case", CASES)
def test_what_the_plan_makes_is_what_the_files_make(case: dict[str, Any]) -> None:
    desired = inspect(load(case["to"]))
    session = load("")
    apply(session, plan(inspect(session), desired))
    assert inspect(session) == desired


def rows(session: Session, case: dict[str, Any], before: Realm) -> list[list[Any]]:
    assert isinstance(session, SQLiteSession)
    table = case.get("table") or before.schemas[0].tables[-1].name
    cursor = session.connection.execute(
        f"SELECT {case.get('after_columns', '*')} FROM {quote(table)} ORDER BY rowid"
        if "WITHOUT ROWID" not in case["to"]
        else f"SELECT * FROM {quote(table)}"
    )
    return [["" if value is None else value for value in row] for row in cursor]
