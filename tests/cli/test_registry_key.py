"""`backstay registry key`: a private key is a file, and never in the output."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from backstay.registry.signing_keys import parse_private, parse_public
from tests.cli.conftest import Run


def test_a_pair_is_made_and_only_the_public_half_is_shown(run: Run) -> None:
    ran = run("registry", "key", "generate", "--output", "signing.key")
    text = Path("signing.key").read_text()
    signer = parse_private(text, "here")
    assert ran.code == 0
    assert parse_public(ran.out, "here") == signer.public
    assert signer.public.id in ran.err
    assert text.strip() not in ran.out + ran.err
    assert stat.S_IMODE(Path("signing.key").stat().st_mode) == 0o600


def test_a_key_that_is_there_stays(run: Run) -> None:
    Path("signing.key").write_text("precious")
    ran = run("registry", "key", "generate", "--output", "signing.key")
    assert ran.code == 1
    assert "exists already" in ran.err
    assert Path("signing.key").read_text() == "precious"


def test_the_public_half_of_a_file_or_of_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run("registry", "key", "generate", "--output", "signing.key")
    assert run("registry", "key", "show", "signing.key").out == made.out
    shown = run("registry", "key", "show", "signing.key", "--format", "{{ json . }}").json()
    assert shown["JWK"]["kid"] == shown["ID"] in made.err
    monkeypatch.setenv("BACKSTAY_SIGNING_KEY_FILE", "signing.key")
    assert run("registry", "key", "show").out == made.out


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "does not exist"), (b"hunter2", "not an Ed25519"), (b"\xff", "not an Ed25519")],
)
def test_what_is_no_key_is_named_and_not_quoted(run: Run, content: bytes | None, words: str) -> None:
    if content is not None:
        Path("signing.key").write_bytes(content)
    ran = run("registry", "key", "show", "signing.key")
    assert (ran.code, ran.out) == (1, "")
    assert words in ran.err
    assert "hunter2" not in ran.err


def test_without_any_key_there_is_nothing_to_show(run: Run) -> None:
    ran = run("registry", "key", "show")
    assert ran.code == 1
    assert "BACKSTAY_SIGNING_KEY is not set" in ran.err
