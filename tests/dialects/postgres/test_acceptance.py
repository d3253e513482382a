"""From one schema to another: the plan works, keeps the rows, leaves nothing to do, and makes what loading
the desired SQL makes. Each case runs on every version, in schema scope and in realm scope."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from backstay.dialects.dialect import Limits
from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.session import PostgresSession
from tests.dialects.postgres.databases import (
    EVERYTHING,
    apply,
    dumps,
    emptied,
    load,
    planned,
    unordered,
    written_and_read,
)
from tests.servers.postgres import fresh_database

Sessions = Callable[[str, str], tuple[PostgresSession, PostgresSession]]

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(Path(__file__).parent.glob("cases/*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]


@pytest.fixture(scope="module")
def sessions(postgres_servers: Callable[[str], str]) -> Iterator[Sessions]:
    """Two sessions on databases of their own, by version and scope; kept for all cases."""
    kept: dict[tuple[str, str], tuple[PostgresSession, PostgresSession]] = {}
    with ExitStack() as stack:

        def opened(major: str, scope: str) -> PostgresSession:
            url = stack.enter_context(fresh_database(postgres_servers(major)))
            return stack.enter_context(closing(PostgresSession(POSTGRES.bind(url, scope))))

        def pair(major: str, scope: str) -> tuple[PostgresSession, PostgresSession]:
            if (major, scope) not in kept:
                kept[major, scope] = opened(major, scope), opened(major, scope)
            return kept[major, scope]

        yield pair


@pytest.mark.parametrize("scope", ["app", ""], ids=["schema", "realm"])
@pytest.mark.parametrize("case", CASES)
def test_the_plan_leads_to_the_desired_state(
    case: dict[str, Any], scope: str, sessions: Sessions, postgres_major: str
) -> None:
    if postgres_major < case.get("since", "0") or scope not in case.get("scopes", ("app", "")):
        return
    desired, current = map(emptied, sessions(postgres_major, scope))
    load(desired, case.get("to", ""))
    load(current, case.get("from", ""))
    before, after = current.inspect(EVERYTHING), desired.inspect(EVERYTHING)
    load(current, case.get("rows", ""))
    statements = planned(before, after, qualify=not scope, version=current.version)
    apply(current, statements)

    result = current.inspect(EVERYTHING)
    assert unordered(result) == unordered(after)
    assert planned(result, after, qualify=not scope) == ()
    assert [list(row) for query in case.get("queries", ()) for row in current.rows(query)] == case.get(
        "results", []
    )
    assert sorted({hazard.code for item in statements for hazard in item.hazards}) == case.get("hazards", [])
    assert all(item.transactional for item in statements) == case.get("transactional", True)
    if not scope:
        result_dump, expected_dump = dumps([current.url, desired.url], postgres_major)
        assert result_dump == expected_dump
    assert unordered(written_and_read(emptied(desired), after)) == unordered(after)
    if scope:
        assert [item.sql for item in statements] == case.get("plan", [item.sql for item in statements])
        return
    if all(item.reverse for item in statements):
        with current.migrating(Limits()):
            for item in reversed(statements):
                for sql in item.reverse:
                    current.execute(sql)
        assert unordered(current.inspect(EVERYTHING)) == unordered(before)
