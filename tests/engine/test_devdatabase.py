"""Which dev database is used, and what happens where it is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from backstay.dialects.dialect import Dialect
from backstay.engine.devdatabase import DevDatabase, open_dev
from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    DirtyDatabaseError,
    NetworkError,
    NotFoundError,
)

GIVEN, EMBEDDED = "fake://given", "fake://embedded"


class FakeSession:
    def __init__(self, url: str, major: str, error: BackstayError | None) -> None:
        self.url, self.major, self.error = url, major, error
        self.closed = False

    @contextmanager
    def workspace(self, *, disposable: bool = False) -> Iterator[FakeSession]:
        if self.error:
            raise self.error
        yield self

    def close(self) -> None:
        self.closed = True


class FakeDialect:
    """Servers by URL: their version, or why they cannot be used."""

    family, schemes, embedded_major = "fake", frozenset({"fake"}), "18"

    def __init__(self, given: str | BackstayError, dirty: BackstayError | None = None) -> None:
        self.servers: dict[str, str | BackstayError] = {GIVEN: given, EMBEDDED: "18"}
        self.dirty = dirty
        self.opened: list[FakeSession] = []

    def connect(self, url: str) -> FakeSession:
        place, _, _ = url.partition("?")
        server = self.servers[place]
        if isinstance(server, BackstayError):
            raise server
        self.opened.append(FakeSession(url, server, self.dirty if place == GIVEN else None))
        return self.opened[-1]

    def bind(self, url: str, schema: str) -> str:
        return f"{url}?schema={schema}" if schema else url

    def scope(self, url: str) -> str:
        return url.partition("?schema=")[2]

    @contextmanager
    def embedded(self) -> Iterator[str]:
        yield EMBEDDED


def used(dialect: FakeDialect, **wanted: Any) -> tuple[str, list[str]]:
    """The URL of the workspace, and what was said."""
    notices: list[str] = []
    notice: Callable[[str], None] = notices.append
    with open_dev(cast(Dialect, dialect), DevDatabase(notice=notice, **wanted)) as session:
        url = session.url
    assert all(session.closed for session in dialect.opened)
    return url, notices


def test_the_given_one_is_used() -> None:
    assert used(FakeDialect("16"), url=GIVEN) == (GIVEN, [])


def test_without_one_an_embedded_one_is_used() -> None:
    assert used(FakeDialect("16")) == (EMBEDDED, [])


def test_it_is_bound_to_the_scope_of_the_other_side() -> None:
    assert used(FakeDialect("16"), url=GIVEN, schema="app")[0] == f"{GIVEN}?schema=app"


def test_another_major_version_is_replaced_by_a_fitting_embedded_one() -> None:
    assert used(FakeDialect("16"), url=GIVEN, major="18") == (EMBEDDED, [])


def test_another_major_version_is_used_with_a_notice_where_none_fits() -> None:
    url, notices = used(FakeDialect("16"), url=GIVEN, major="15")
    assert url == GIVEN
    assert "the target is fake 15, the dev database 16" in notices[0]


@pytest.mark.parametrize("wanted", [{"major": "18"}, {"optional": True}])
def test_an_embedded_one_has_the_scope_of_the_one_it_stands_in_for(wanted: dict[str, Any]) -> None:
    given = NetworkError("away") if "optional" in wanted else "16"
    assert used(FakeDialect(given), url=f"{GIVEN}?schema=app", **wanted)[0] == f"{EMBEDDED}?schema=app"


@pytest.mark.parametrize("error", [NetworkError("away"), AuthError("refused"), NotFoundError("gone")])
def test_one_that_cannot_be_used_is_an_error_unless_it_is_optional(error: BackstayError) -> None:
    with pytest.raises(type(error)):
        used(FakeDialect(error), url=GIVEN)
    url, notices = used(FakeDialect(error), url=GIVEN, optional=True)
    assert url == EMBEDDED
    assert notices == [f"{error.message}: using an embedded dev database"]


def test_a_dirty_one_is_always_refused() -> None:
    with pytest.raises(DirtyDatabaseError):
        used(FakeDialect("16", dirty=DirtyDatabaseError("not clean")), url=GIVEN, optional=True)


def test_one_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="the dev database is other, the schema is for fake"):
        used(FakeDialect("16"), url="other://x")
