"""Outputs that a shell sources arrive as they were meant, and run nothing."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.ci.bitbucket import Bitbucket
from backstay.ci.circleci import CircleCI
from backstay.ci.outputs import exports, named
from tests.ci.shells import started

HOSTILE = (
    "$(touch owned)",
    "`touch owned`",
    "it's; touch owned; '",
    "'\\''; touch owned #",
    'a "quoted" $HOME \\ back',
    "two\nlines\n",
    "touch owned\r\n",
    "!!",
    "ünï — 🙂",
    "",
)


def sourced(path, name: str, cwd) -> bytes:
    """The value of a variable after a shell has sourced the file."""
    script = f'. "$1" && printf %s "${name}"'
    return subprocess.run(["sh", "-c", script, "sh", path], cwd=cwd, check=True, capture_output=True).stdout


@pytest.mark.parametrize("value", HOSTILE)
def test_in_circleci_the_next_step_has_them_and_runs_none(tmp_path, value):
    path = tmp_path / "bash_env"
    platform, _, _ = started(CircleCI, {"BASH_ENV": str(path)})
    platform.write_outputs({"plan-json": value}, "schema/plan")
    platform.write_outputs({"comment-url": "later"}, "schema/plan")
    assert sourced(path, "BACKSTAY_OUTPUT_SCHEMA_PLAN_PLAN_JSON", tmp_path) == value.encode()
    assert sourced(path, "BACKSTAY_OUTPUT_SCHEMA_PLAN_COMMENT_URL", tmp_path) == b"later"
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("value", HOSTILE)
def test_in_bitbucket_the_next_command_has_them_and_runs_none(tmp_path, value):
    platform, _, _ = started(Bitbucket, {"BITBUCKET_CLONE_DIR": str(tmp_path)})
    platform.write_outputs({"error": value}, "schema/apply")
    path = tmp_path / ".backstay" / "outputs.sh"
    assert sourced(path, "BACKSTAY_OUTPUT_SCHEMA_APPLY_ERROR", tmp_path) == value.encode()
    assert not (tmp_path / "owned").exists()


@given(st.text(st.characters(exclude_characters="'\x00", exclude_categories=["Cs"])))
def test_a_value_without_a_quote_stands_between_two(value):
    assert list(exports({"A": value})) == [f"export A='{value}'\n"]


def test_what_no_program_could_be_started_with_is_left_out():
    assert list(exports({"A": "x" * 100_000, "B": "y"})) == ["export B='y'\n"]


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "BACKSTAY_OUTPUT_SCHEMA_PLAN_APPROVE_LINK"),
        ({"ATLAS_ACTION": "schema/plan/approve"}, "ATLAS_OUTPUT_SCHEMA_PLAN_APPROVE_LINK"),
        ({"ATLAS_ACTION": "x", "BACKSTAY_ACTION": "y"}, "BACKSTAY_OUTPUT_SCHEMA_PLAN_APPROVE_LINK"),
    ],
)
def test_who_names_the_action_as_atlas_does_gets_outputs_so_named(environ, name):
    assert named(environ, "schema/plan/approve", {"link": "x"}) == {name: "x"}


def test_atlas_directory_for_outputs_is_kept_to(tmp_path):
    environ = {"BITBUCKET_CLONE_DIR": str(tmp_path), "ATLAS_ACTION": "schema/push"}
    started(Bitbucket, environ)[0].write_outputs({"slug": "app"}, "schema/push")
    path = tmp_path / ".atlas-action" / "outputs.sh"
    assert path.read_text() == "export ATLAS_OUTPUT_SCHEMA_PUSH_SLUG='app'\n"
    started(Bitbucket, environ | {"ATLAS_OUTPUT_DIR": "out"})[0].write_outputs({"slug": "app"}, "schema/push")
    assert (tmp_path / "out" / "outputs.sh").is_file()


def test_no_secret_is_handed_over(tmp_path):
    platform, _, _ = started(CircleCI, {"BASH_ENV": str(tmp_path / "env")})
    platform.write_outputs({"error": "hunter2"}, "schema/push")
    assert "hunter2" not in (tmp_path / "env").read_text()


def test_outside_of_a_job_of_circleci_outputs_are_data():
    platform, _, data = started(CircleCI, {})
    platform.write_outputs({"slug": "app"}, "schema/push")
    assert data.getvalue() == '{"slug":"app"}\n'
