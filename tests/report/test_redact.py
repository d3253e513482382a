"""Secrets are hidden in every form; words that only look like one are left alone."""

from __future__ import annotations

import base64
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest

from backstay.report.gojson import encode
from backstay.report.redact import Secrets, find_secrets, secrets_of_url

LONG = "s3cr&t <p@ss/w\"rd'é"


@pytest.mark.parametrize(
    "form",
    [
        LONG,
        quote(LONG),
        quote(LONG, safe=""),
        quote_plus(LONG),
        base64.b64encode(LONG.encode()).decode(),
        json.dumps({"password": LONG}),
        json.dumps(LONG, ensure_ascii=False),
        encode({"password": LONG}),
        f"psql {shlex.quote(LONG)}",
    ],
)
def test_a_secret_is_hidden_in_each_of_its_forms(form: str) -> None:
    scrubbed = Secrets([LONG]).scrub(f"before {form} after")
    assert "xxxxx" in scrubbed
    assert "p@ss" not in scrubbed
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" after")


def test_a_secret_given_encoded_is_also_hidden_decoded() -> None:
    assert Secrets([quote(LONG, safe="")]).scrub(LONG) == "xxxxx"


def test_each_line_of_a_long_secret_is_hidden() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----"
    assert Secrets([key]).scrub("leaked: MIIEvQIBADANBg!") == "leaked: xxxxx!"


def test_a_secret_within_a_longer_one_does_not_spoil_it() -> None:
    secrets = Secrets(["pa55word", "pa55word-and-more"])
    assert secrets.scrub("pa55word-and-more pa55word") == "xxxxx xxxxx"


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("postgres://app:pass@db/app", "postgres://app:xxxxx@db/app"),
        ('connect "host=db password=pass user=app"', 'connect "host=db password=xxxxx user=app"'),
        ("password: 'pass'", "password: 'xxxxx'"),
        ("OPTIONS (\"password\" 'pass')", "OPTIONS (\"password\" 'xxxxx')"),
        (json.dumps("OPTIONS (\"password\" 'pass')"), json.dumps("OPTIONS (\"password\" 'xxxxx')")),
        ("CREATE TABLE pass (passed int, password text)", "CREATE TABLE pass (passed int, password text)"),
        ('column "pass" is missing', 'column "pass" is missing'),
        ("password=passed", "password=passed"),
    ],
)
def test_a_short_secret_is_hidden_only_where_it_is_a_password(text: str, scrubbed: str) -> None:
    assert Secrets(["pass"]).scrub(text) == scrubbed


@pytest.mark.parametrize("word", ["postgres", "password", "Changeme_123"])
def test_a_secret_that_is_a_word_leaves_names_alone(word: str) -> None:
    secrets = Secrets([word])
    assert secrets.scrub(f"postgres://app:{word}@db/app") == "postgres://app:xxxxx@db/app"
    assert secrets.scrub(f"password={word}") == "password=xxxxx"
    assert secrets.scrub(f'column "{word}" {{}}') == f'column "{word}" {{}}'


def test_masks_leave_out_what_is_too_short() -> None:
    forms = Secrets(["abc", "long-enough-secret"]).forms()
    assert "long-enough-secret" in forms
    assert all(len(form) >= 4 for form in forms)
    assert list(forms) == sorted(forms, key=lambda form: (-len(form), form))


def test_without_secrets_nothing_changes() -> None:
    assert Secrets(["", "\n"]).scrub("text") == "text"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("postgres://app:p%40ss-word@db/app", {"p%40ss-word", "p@ss-word"}),
        ("postgres://app@db/app?sslpassword=hush", {"hush"}),
        ("s3://bucket/prefix?region=eu&secret_key=a%2Bb", {"a%2Bb", "a+b"}),
        ("postgres://app:app@db/app", set()),
        ("postgres://app:x@[bad", set()),
    ],
)
def test_secrets_of_a_url(url: str, secrets: set[str]) -> None:
    assert set(secrets_of_url(url)) - {""} == secrets


def test_the_environment_and_the_command_line_are_searched() -> None:
    environ = {
        "AWS_SECRET_ACCESS_KEY": "aws-secret",
        "GITHUB_TOKEN": "ghs_token",
        "DATABASE_URL": "postgres://u:from-url@h/db",
        "TOKEN_FILE": "/run/secrets/token",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://host/path",
        "PATH": "/usr/bin",
    }
    words = ["apply", "--url", "mysql://u:from-argument@h/db"]
    assert find_secrets(environ, words) == {"aws-secret", "ghs_token", "from-url", "from-argument"}
