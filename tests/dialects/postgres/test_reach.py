"""A server at another address than its URL says."""

from __future__ import annotations

import psycopg
import pytest

from backstay.dialects.postgres.connect import parse
from backstay.dialects.postgres.reach import reached_at

WHERE = "postgres://me:p%40ss@localhost:5432/app"


@pytest.fixture(autouse=True)
def _no_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    monkeypatch.delenv("PGSSLROOTCERT", raising=False)


@pytest.mark.parametrize(
    ("query", "host", "reached"),
    [
        ("", "172.17.0.1", "postgres://me:p%40ss@172.17.0.1:5433/app"),
        ("?sslmode=require", "db", "postgres://me:p%40ss@db:5433/app?sslmode=require"),
        ("?sslmode=verify-ca", "::1", "postgres://me:p%40ss@[::1]:5433/app?sslmode=verify-ca"),
        (
            "?sslmode=verify-full",
            "172.17.0.1",
            "postgres://me:p%40ss@localhost:5433/app?sslmode=verify-full&hostaddr=172.17.0.1",
        ),
        (
            "?sslrootcert=system",
            "127.0.0.1",
            "postgres://me:p%40ss@localhost:5433/app?sslrootcert=system&hostaddr=127.0.0.1",
        ),
        (
            "?sslmode=verify-full",
            "nowhere.invalid",
            "postgres://me:p%40ss@nowhere.invalid:5433/app?sslmode=verify-full",
        ),
    ],
)
def test_the_name_stays_where_tls_verifies_it(query: str, host: str, reached: str) -> None:
    assert reached_at(WHERE + query, host, 5433) == reached


def test_the_environment_may_ask_to_verify_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert reached_at(WHERE, "10.0.0.1", 5432) == f"{WHERE}?hostaddr=10.0.0.1"


def test_libpq_connects_to_the_address_under_the_name(postgres: str) -> None:
    port = psycopg.conninfo.conninfo_to_dict(postgres)["port"]
    url = reached_at(
        f"{postgres}{'&' if '?' in postgres else '?'}sslrootcert=system", "127.0.0.1", int(port or 0)
    )
    parameters = parse(url.replace("sslrootcert=system", "sslmode=disable")).parameters
    assert parameters["hostaddr"] == "127.0.0.1"
    with psycopg.connect(**{**parameters, "host": "name.invalid"}) as connection:
        assert connection.info.host == "name.invalid"
