"""A pod: inputs from mounted files, data on stdout, last words for whoever looks at it."""

from __future__ import annotations

import json

import pytest

from backstay.ci.kubernetes import Kubernetes
from backstay.errors import ConfigError
from tests.ci.shells import SHA, started


def test_an_input_may_be_in_a_file(tmp_path):
    (tmp_path / "url").write_text("postgres://u:p@db/app\n")
    platform, _, _ = started(Kubernetes, {"BACKSTAY_INPUT_URL_FILE": str(tmp_path / "url")})
    assert platform.input("url") == "postgres://u:p@db/app"


def test_a_file_that_is_not_there_is_an_error_and_shows_no_value(tmp_path):
    platform, _, _ = started(Kubernetes, {"BACKSTAY_INPUT_URL_FILE": str(tmp_path / "url")})
    with pytest.raises(ConfigError, match="BACKSTAY_INPUT_URL_FILE names a file that is not there"):
        platform.input("url")


def test_where_it_comes_from_is_what_the_manifest_tells():
    environ = {"BACKSTAY_REPOSITORY": "octo/app", "BACKSTAY_COMMIT": SHA, "BACKSTAY_BRANCH": "main"}
    trigger = started(Kubernetes, environ)[0].trigger()
    assert (trigger.event, trigger.sha, trigger.pull_request) == ("KUBERNETES", SHA, None)
    assert (trigger.context.repo, trigger.context.commit) == ("octo/app", SHA)


@pytest.fixture
def last_words(tmp_path):
    path = tmp_path / "termination-log"
    path.touch()
    return path


def test_a_success_ends_with_what_was_done(last_words):
    platform, _, data = started(Kubernetes, {"BACKSTAY_TERMINATION_LOG": str(last_words)})
    platform.write_outputs({"applied-count": "3", "targets": "[]", "error": ""}, "schema/apply")
    assert json.loads(last_words.read_text()) == {"applied-count": "3"}
    assert json.loads(data.getvalue()) == {"applied-count": "3", "targets": "[]", "error": ""}


def test_a_failure_ends_with_why_cut_to_what_is_kept(last_words):
    platform, _, _ = started(Kubernetes, {"BACKSTAY_TERMINATION_LOG": str(last_words)})
    platform.fail("hunter2 ü" + "ü" * 5000)
    platform.write_outputs({"applied-count": "0"}, "schema/apply")
    assert last_words.read_text().startswith("*** üü")
    assert 4000 < last_words.stat().st_size <= 4096


def test_outside_of_a_pod_there_are_no_last_words(tmp_path):
    platform, _, _ = started(Kubernetes, {"BACKSTAY_TERMINATION_LOG": str(tmp_path / "none")})
    platform.fail("bad")
    assert list(tmp_path.iterdir()) == []
