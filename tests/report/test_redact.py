"""Secrets are hidden in every form; words that only look like one are left alone."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import markupsafe
import pytest

from backstay.report.gojson import encode
from backstay.report.redact import Secrets
from backstay.report.secrets import find_secrets
from backstay.urls import secrets_of_url

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
        html.escape(LONG),
        str(markupsafe.escape(LONG)),
        re.sub("%..", lambda found: found[0].lower(), quote(LONG, safe="")),
    ],
)
def test_a_secret_is_hidden_in_each_of_its_forms(form: str) -> None:
    scrubbed = Secrets([LONG]).scrub(f"before {form} after")
    assert "xxxxx" in scrubbed
    assert "p@ss" not in scrubbed
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" after")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_is_hidden_within_longer_base64(user: str, encode: Callable[[bytes], bytes]) -> None:
    header = encode(f"{user}:{LONG}".encode()).decode()
    scrubbed = Secrets([LONG]).scrub(f"Basic {header}")
    assert len(scrubbed.replace("xxxxx", "")) <= len("Basic ") + 4 + 2 * len(user)


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


PLACES = {
    "a variable": ({"AWS_SECRET_ACCESS_KEY": "hidden-1"}, [], {"hidden-1"}),
    "a URL": ({"DATABASE": "postgres://u:hidden-1@h/db"}, [], {"hidden-1"}),
    "a URL within a text": ({"ALL": "a=1 postgres://u:hidden-1@h/db, b"}, [], {"hidden-1"}),
    "keywords of libpq": ({"DSN": "host=db password=hidden-1 user=app"}, [], {"hidden-1"}),
    "quoted keywords": (
        {"DSN": r"password = 'hid\'den \\1' sslpassword=other"},
        [],
        {"hid'den \\1", "other"},
    ),
    "keywords of others": ({"DSN": "Server=db;Password=hidden-1;Pooling=1"}, [], {"hidden-1"}),
    "a JSON object": (
        {"CREDENTIALS": '{"a": [{"private_key": "hidden-1"}], "token_uri": "https://x/y", "id": "app"}'},
        [],
        {"hidden-1", '{"a": [{"private_key": "hidden-1"}], "token_uri": "https://x/y", "id": "app"}'},
    ),
    "an argument": ({}, ["apply", "--url", "mysql://u:hidden-1@h/db"], {"hidden-1"}),
    "a token": ({}, ["login", "--token", "hidden-1"], {"hidden-1"}),
    "a token, glued": ({}, ["login", "--token=hidden-1"], {"hidden-1"}),
    "a variable of a project": (
        {},
        ["--var", "db_password=hidden-1", "--var", "region=eu-west-1"],
        {"hidden-1"},
    ),
    "no secrets": (
        {"TOKEN_FILE": "/nowhere", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://host/path", "PATH": "/usr/bin"},
        ["--var", "primary_key=id", "--to", "atlas://app?tag=1", "--format", "{{ .Token }}=x"],
        set(),
    ),
}


@pytest.mark.parametrize(("environ", "words", "secrets"), PLACES.values(), ids=PLACES)
def test_secrets_are_found(environ: dict[str, str], words: list[str], secrets: set[str]) -> None:
    assert find_secrets(environ, words) == secrets


FILES = {
    "a file with a token": ("MY_TOKEN_FILE", "hidden-1\n", "hidden-1"),
    "a file with an input": ("BACKSTAY_INPUT_URL_FILE", "postgres://u:hidden-1@h/db\n", "hidden-1"),
    "a password file": ("PGPASSFILE", "# a:b:c:d:e\nh:5432:*:u:hid\\:den\\\\1\n", "hid:den\\1"),
    "a service file": ("PGSERVICEFILE", "[app]\nhost=h\npassword=hidden-1\n", "hidden-1"),
}


@pytest.mark.parametrize(("variable", "text", "secret"), FILES.values(), ids=FILES)
def test_secrets_are_found_in_files(tmp_path: Path, variable: str, text: str, secret: str) -> None:
    (tmp_path / "file").write_text(text)
    assert find_secrets({variable: str(tmp_path / "file")}) == {secret}
    assert find_secrets({variable: str(tmp_path / "gone")}) == set()


@pytest.mark.parametrize("name", [".pgpass", ".pg_service.conf"])
def test_what_libpq_reads_at_home_is_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("h:5432:*:u:hidden-1" if name == ".pgpass" else "password=hidden-1")
    assert find_secrets({"HOME": str(tmp_path)}) == {"hidden-1"}
