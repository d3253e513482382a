"""The run context that CI passes along."""

from __future__ import annotations

from backstay.cli.options import run_context
from backstay.registry.records import RunContext


def test_the_context_keeps_what_it_knows_as_text() -> None:
    text = '{"branch": "é", "commit": null, "userID": 7, "path": {"a": 1}, "new": "x", "scmType": "GITHUB"}'
    assert run_context(text) == RunContext(branch="é", user_id="7", scm_type="GITHUB")


def test_the_context_keeps_no_credentials() -> None:
    text = '{"url": "https://x-access-token:ghs_secret@host/repo", "username": "me@host"}'
    assert run_context(text) == RunContext(url="https://x-access-token:xxxxx@host/repo", username="me@host")
