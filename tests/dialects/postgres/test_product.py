"""A product's schema, and its next release: whole, with all its kinds of objects and odd names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from backstay.dialects.postgres.session import PostgresSession
from tests.dialects.postgres.databases import (
    EVERYTHING,
    apply,
    connected,
    dumps,
    emptied,
    load,
    planned,
    unordered,
    written_and_read,
)
from tests.dialects.postgres.product import product
from tests.servers.postgres import fresh_database

TABLES = 60


@pytest.fixture
def sessions(
    postgres_servers: Callable[[str], str], postgres_major: str
) -> Iterator[tuple[PostgresSession, PostgresSession]]:
    """Two sessions on databases of their own."""
    with ExitStack() as stack:
        urls = [stack.enter_context(fresh_database(postgres_servers(postgres_major))) for _ in range(2)]
        current, desired = (stack.enter_context(connected(url)) for url in urls)
        yield current, desired


@pytest.mark.parametrize(("old", "new"), [(0, 1), (1, 2), (2, 1), (1, 0)])
def test_one_release_leads_to_another(
    old: int, new: int, sessions: tuple[PostgresSession, PostgresSession], postgres_major: str
) -> None:
    current, desired = sessions
    for session, release in ((current, old), (desired, new)):
        load(session, ";\n".join(product(TABLES, release=release)) if release else "")
    after = desired.inspect(EVERYTHING)
    apply(current, planned(current.inspect(EVERYTHING), after))
    result = current.inspect(EVERYTHING)
    assert unordered(result) == unordered(after)
    assert planned(result, after) == ()
    ours, theirs = dumps([current.url, desired.url], postgres_major)
    assert ours == theirs
    if new:
        assert unordered(written_and_read(emptied(desired), after)) == unordered(after)
