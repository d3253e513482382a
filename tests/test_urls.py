"""What people see of a URL: everything but its secrets."""

from __future__ import annotations

import pytest

from backstay.urls import redact, without_query

SHOWN = [
    (
        "postgres://user:secret@host:5432/db?sslmode=disable",
        "postgres://user:xxxxx@host:5432/db?sslmode=disable",
    ),
    ("postgres://user@host/db", "postgres://user@host/db"),
    ("postgres://user:se@cret@host/db", "postgres://user:xxxxx@host/db"),
    ("postgres://host/db?sslpassword=secret&user=u", "postgres://host/db?sslpassword=xxxxx&user=u"),
    ("sqlite:///var/app.db?_fk=1", "sqlite:///var/app.db?_fk=1"),
    ("sqlite:///home/me@work/app.db", "sqlite:///home/me@work/app.db"),
    ("sqlite:////var//app.db", "sqlite:////var//app.db"),
    ("sqlite://", "sqlite://"),
    ("file://schema#1.hcl", "file://schema#1.hcl"),
    ("a word", "a word"),
]

UNCLEAR = [
    "postgres://user:secret#1@host/db",
    "postgres://user:secret?1@host/db",
    "postgres://user:secret/1@host/db",
    "postgres://us@er:secret#1@host/db",
    "postgres://user:secret[1@host/db",
    "user:secret@host",
]
"""Passwords with characters that should have been percent-encoded: nobody can tell where they end."""


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert redact(url) == shown


@pytest.mark.parametrize("url", UNCLEAR)
def test_a_url_that_cannot_be_taken_apart_is_not_shown(url: str) -> None:
    assert "secret" not in redact(url)


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        ("sqlite:///var/app.db?mode=ro&x=1", "sqlite:///var/app.db?x=1"),
        ("s3://bucket/prefix?mode=1&x=1", "s3://bucket/prefix?x=1"),
        ("s3://bucket/prefix?mode=1", "s3://bucket/prefix"),
    ],
)
def test_a_parameter_is_taken_out_and_the_rest_stays(url: str, rest: str) -> None:
    assert without_query(url, "mode") == rest
