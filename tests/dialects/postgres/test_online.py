"""The online way comes to the same end as the plain one, in every acceptance case; and what is special."""

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
from tests.dialects.postgres.databases import EVERYTHING, apply, dumps, emptied, load, planned, unordered
from tests.servers.postgres import fresh_database

Sessions = Callable[[str], tuple[PostgresSession, PostgresSession]]

KINDS = frozenset(
    {
        "column",
        "constraint",
        "dependencies",
        "generated",
        "index",
        "inheritance",
        "partition",
        "partition_index",
        "table",
    }
)
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(Path(__file__).parent.glob("cases/*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    if path.stem in KINDS and "from" in case and "to" in case
]
ONLINE = {"online": True, "concurrent_create": True, "concurrent_drop": True}


@pytest.fixture(scope="module")
def sessions(postgres_servers: Callable[[str], str]) -> Iterator[Sessions]:
    """Two sessions on databases of their own, by version; kept for all cases."""
    kept: dict[str, tuple[PostgresSession, PostgresSession]] = {}
    with ExitStack() as stack:

        def opened(major: str) -> PostgresSession:
            url = stack.enter_context(fresh_database(postgres_servers(major)))
            return stack.enter_context(closing(PostgresSession(POSTGRES.bind(url, "app"))))

        def pair(major: str) -> tuple[PostgresSession, PostgresSession]:
            if major not in kept:
                kept[major] = opened(major), opened(major)
            return kept[major]

        yield pair


@pytest.mark.parametrize("case", CASES)
def test_the_online_way_leads_to_the_desired_state(
    case: dict[str, Any], sessions: Sessions, postgres_major: str
) -> None:
    if postgres_major < case.get("since", "0") or "app" not in case.get("scopes", ("app",)):
        return
    desired, current = map(emptied, sessions(postgres_major))
    load(desired, case["to"])
    load(current, case["from"])
    before, after = current.inspect(EVERYTHING), desired.inspect(EVERYTHING)
    load(current, case.get("rows", ""))
    statements = planned(before, after, qualify=False, version=current.version, **ONLINE)
    assert [
        answer for item in statements for probe in item.probes if (answer := current.probe(probe.sql))
    ] == []
    apply(current, statements)

    result = current.inspect(EVERYTHING)
    assert unordered(result) == unordered(after)
    assert planned(result, after, qualify=False) == ()
    assert [list(row) for query in case.get("queries", ()) for row in current.rows(query)] == case.get(
        "results", []
    )
    result_dump, expected_dump = dumps([current.url, desired.url], postgres_major)
    assert result_dump == expected_dump
    if all(item.reverse for item in statements):
        with current.migrating(Limits()):
            for item in reversed(statements):
                for sql in item.reverse:
                    current.execute(sql)
        assert unordered(current.inspect(EVERYTHING)) == unordered(before)
