"""The frame around operations, as a process of its own under our runner: isolation, secrets, signals."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.protocol import ProtocolError
from tests.e2e.runner import ROOT, SHA, Runner

FAKE = Path(__file__).with_name("fake_entrypoint.py")
PULL_REQUEST = {"number": 7, "head": {"sha": "a" * 40, "ref": "f", "repo": {"full_name": "octo/app"}}}


@pytest.fixture
def workspace(tmp_path):
    path = tmp_path / "workspace"
    path.mkdir()
    return path


def runner(workspace, tmp_path, **more):
    return Runner(workspace, temp=tmp_path / "runner", entrypoint=FAKE, **more)


def test_a_push_answers_with_outputs_and_a_summary(workspace, tmp_path):
    result = runner(workspace, tmp_path).uses("schema/push", {"env": "ci"})
    assert result.exit_code == 0, result.raw
    assert result.outputs == {"link": "", "slug": "app", "url": f"atlas://app?tag={SHA}"}
    assert result.summary


def test_the_root_action_takes_the_operation_as_an_input(workspace, tmp_path):
    result = runner(workspace, tmp_path).uses("", {"operation": "push", "tag": "v1"})
    assert result.outputs["url"] == "atlas://app?tag=v1"


def test_nothing_is_imported_from_the_workspace_or_from_python_variables(workspace, tmp_path):
    harmful = "raise SystemExit('imported from the workspace')"
    for name in ("json", "boto3", "backstay", "sitecustomize", "usercustomize"):
        (workspace / f"{name}.py").write_text(harmful)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for base in (workspace, tmp_path / "runner" / "home" / ".local"):
        site = base / "lib" / version / "site-packages"
        site.mkdir(parents=True)
        (site / "usercustomize.py").write_text(harmful)
        (site / "harmful.pth").write_text(f"import sys; exec({harmful!r})\n")
    variables = {
        "PYTHONPATH": str(workspace),
        "PYTHONSTARTUP": str(workspace / "json.py"),
        "PYTHONUSERBASE": str(workspace),
        "PYTHONBREAKPOINT": "json.harmful",
    }
    result = runner(workspace, tmp_path).uses("schema/push", {}, variables)
    assert result.exit_code == 0, result.raw


def test_secrets_are_masked_first_and_taken_out_of_messages(workspace, tmp_path):
    secrets = {"DATABASE_URL": "postgres://app:correct-horse@db:5432/app"}
    env = {"DATABASE_URL": "${{ secrets.DATABASE_URL }}"}
    result = runner(workspace, tmp_path, secrets=secrets).uses("schema/push", {"description": "fail"}, env)
    assert result.exit_code == 1
    assert result.outputs["failure-reason"] == "database-error"
    assert "correct-horse" in result.log.masks
    assert "app:xxxxx@db" in result.messages("error")[0]


def test_what_a_library_prints_is_neither_obeyed_nor_does_it_leak(workspace, tmp_path):
    secrets = {"DATABASE_URL": "postgres://app:correct-horse@db:5432/app"}
    env = {"DATABASE_URL": "${{ secrets.DATABASE_URL }}"}
    job = runner(workspace, tmp_path, secrets=secrets, foreign=["from a library"])
    result = job.uses("schema/push", {"description": "print"}, env)
    assert result.messages("warning") == []
    assert "::warning::from a library" in result.log.lines


def test_a_secret_in_the_answer_fails_the_test_that_shows_it(workspace, tmp_path):
    job = runner(workspace, tmp_path, secrets={"NAME": "my-tag-name"})
    with pytest.raises(ProtocolError, match="secret NAME is to be seen in log"):
        job.uses("schema/push", {"tag": "my-tag-name"})


def test_inputs_that_no_action_declares_are_refused(workspace, tmp_path):
    with pytest.raises(ProtocolError, match="does not declare: colour"):
        runner(workspace, tmp_path).uses("schema/push", {"colour": "red"})


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_releases_locks_and_still_hands_outputs_over(workspace, tmp_path, number, code):
    step = runner(workspace, tmp_path).start("schema/push", {"description": "wait"})
    wait_for(step.process, b"waiting\n")
    step.process.send_signal(number)
    result = step.finish()
    assert result.exit_code == code
    assert result.outputs == {"failure-reason": "cancelled"}
    assert "lock released" in result.log.text


def test_a_second_signal_ends_a_step_that_lingers_at_once(workspace, tmp_path):
    step = runner(workspace, tmp_path).start("schema/push", {"description": "linger"})
    wait_for(step.process, b"waiting\n")
    step.process.send_signal(signal.SIGINT)
    wait_for(step.process, b"lingering\n")
    step.process.send_signal(signal.SIGTERM)
    assert step.process.wait(timeout=50) == 143


CANCELLED_WHILE_IMPORTING = """
import os, runpy, signal, sys

class Cancel:
    def find_spec(self, name, path=None, target=None):
        if name == "backstay.action.main":
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Cancel())
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def test_a_signal_that_comes_before_the_imports_are_done_ends_the_process_in_order():
    command = [sys.executable, "-I", "-c", CANCELLED_WHILE_IMPORTING, str(ROOT / "entrypoint.py")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, "", "")


def test_a_workflow_runs_job_after_job_and_stops_at_a_failure(workspace, tmp_path):
    job = runner(workspace, tmp_path, payload={"pull_request": PULL_REQUEST}, event="pull_request")
    push, again = job.workflow(
        """
        on: pull_request
        jobs:
          skipped:
            if: github.event_name == 'push'
            steps:
              - uses: ariga/atlas-action/schema/apply@v1
          push:
            env: {REGION: eu}
            steps:
              - uses: actions/checkout@v4
              - uses: ariga/atlas-action/schema/push@v1
                id: first
                with: {env: ci, latest: true}
              - uses: ./schema/push
                with:
                  tag: "${{ steps.first.outputs.slug }}-${{ github.event_name }}"
                  description: fail
              - uses: ./schema/push
        """
    )
    assert push.outputs["slug"] == "app"
    assert again.exit_code == 1


def wait_for(process, text):
    """Read a process's output up to a text."""
    seen = b""
    while text not in seen:
        chunk = process.stdout.readline()
        assert chunk, seen
        seen += chunk
