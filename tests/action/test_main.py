"""Every run has one path: choose the action, read inputs, run its flow, hand over what it tells."""

from __future__ import annotations

import io
import sys

import pytest

from backstay.action.failure import REASONS, failure_reason
from backstay.action.log import printed_to
from backstay.action.signals import Interrupted
from backstay.ci.github import GitHub
from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    DatabaseError,
    DirtyDatabaseError,
    HCLError,
    LockError,
    NetworkError,
)
from backstay.registry.records import TargetResult
from tests.action.fakes import Fake, act, pushed
from tests.e2e.protocol import Annotation, read_log


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["schema/push"], {}),
        (["push"], {"INPUT_OPERATION": "plan"}),
        ([], {"INPUT_OPERATION": " push "}),
        ([], {"BACKSTAY_ACTION": "schema/push", "ATLAS_ACTION": "schema/plan"}),
        ([], {"ATLAS_ACTION": "schema/push"}),
    ],
)
def test_the_action_is_named_by_argument_input_or_variable(tmp_path, arguments, environ):
    operations = Fake(push=pushed())
    outcome = act(tmp_path, "", operations, arguments=arguments, environ=environ)
    assert outcome.exit_code == 0
    assert [name for name, _ in operations.calls] == ["push"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["schema/clean"], 'there is no operation "schema/clean"'),
        (["migrate/apply"], 'there is no operation "migrate/apply"'),
        ([], "no operation is named"),
    ],
)
def test_an_unknown_operation_is_an_error_that_names_those_there_are(tmp_path, arguments, message):
    outcome = act(tmp_path, "", Fake(), arguments=arguments)
    assert outcome.exit_code == 1
    assert outcome.messages("error") == [
        f"{message}\nset the input operation to one of: push, plan, approve, apply, setup"
    ]
    assert outcome.outputs == {"failure-reason": "config"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConfigError("m"), "config"),
        (AuthError("m"), "auth"),
        (NetworkError("m"), "network"),
        (DatabaseError("m"), "database-error"),
        (DirtyDatabaseError("m"), "database-error"),
        (LockError("m"), "database-error"),
        (BackstayError("m", reason="lint-errors"), "lint-errors"),
        (BackstayError("m"), "internal"),
    ],
)
def test_a_failure_is_one_error_line_and_a_reason(tmp_path, error, reason):
    outcome = act(tmp_path, "schema/push", Fake(push=error))
    assert outcome.exit_code == 1
    text = f"m\n{error.hint}" if error.hint else "m"
    assert outcome.log.annotations == [Annotation("error", text, "Backstay schema/push")]
    assert outcome.outputs == {"failure-reason": reason}


def test_every_reason_of_our_errors_is_documented():
    def family(kind):
        return {kind.reason}.union(*(family(child) for child in kind.__subclasses__()))

    assert {failure_reason(code) for code in family(BackstayError)} - {"synced"} <= set(REASONS)


@pytest.mark.parametrize("code", ["grant", "no-grant", "grant-expired", "grant-lacks-scope", "clock"])
def test_whatever_is_wrong_with_a_grant_has_one_reason(code: str) -> None:
    assert failure_reason(code) == "grant"


def test_the_hint_is_the_second_line_of_the_annotation(tmp_path):
    outcome = act(tmp_path, "schema/push", Fake(push=ConfigError("what is wrong", hint="what to do")))
    assert outcome.messages("error") == ["what is wrong\nwhat to do"]


def test_a_fault_in_a_file_is_annotated_there_by_its_path_in_the_repository(tmp_path):
    (tmp_path / "workspace" / "db").mkdir(parents=True)
    error = HCLError("unknown type", filename="schema.hcl", line=14, column=3, hint="what to do")
    outcome = act(tmp_path, "schema/push", Fake(push=error), {"working-directory": "db"})
    (annotation,) = outcome.log.annotations
    assert (annotation.file, annotation.line) == ("db/schema.hcl", 14)
    assert annotation.message == "schema.hcl:14:3: unknown type\nwhat to do"


def test_a_fault_outside_of_the_repository_has_no_place(tmp_path):
    error = HCLError("unknown type", filename="/etc/schema.hcl", line=14, column=3)
    outcome = act(tmp_path, "schema/push", Fake(push=error))
    assert outcome.log.annotations[0].file == ""


def test_a_bug_is_a_short_error_and_its_traceback_goes_to_the_debug_log(tmp_path):
    outcome = act(tmp_path, "schema/push", Fake(push=ZeroDivisionError("division by zero")))
    assert outcome.exit_code == 1
    assert outcome.messages("error")[0].startswith("unexpected ZeroDivisionError: division by zero")
    assert "Traceback" not in outcome.log.text
    assert "Traceback" in outcome.log.debug[0]
    assert outcome.outputs == {"failure-reason": "internal"}


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_a_cancelled_run_says_so_and_exits_as_signals_do(tmp_path, number, code):
    outcome = act(tmp_path, "schema/push", Fake(push=Interrupted(number)))
    assert outcome.exit_code == code
    assert outcome.outputs == {"failure-reason": "cancelled"}
    assert len(outcome.messages("error")) == 1


def test_a_working_directory_that_is_not_there_is_an_error(tmp_path):
    outcome = act(tmp_path, "schema/push", Fake(push=pushed()), {"working-directory": "nowhere"})
    assert outcome.messages("error")[0].startswith("cannot enter working-directory nowhere: No such file")
    assert outcome.outputs == {"failure-reason": "config"}


def test_a_wrong_input_ends_the_step_before_any_work(tmp_path):
    operations = Fake()
    outcome = act(tmp_path, "schema/push", operations, {"latest": "perhaps"})
    assert outcome.messages("error")[0].startswith('input latest is no boolean: "perhaps"')
    assert operations.calls == []


def test_an_event_that_cannot_be_read_fails_the_step(tmp_path):
    environ = {"GITHUB_EVENT_PATH": str(tmp_path / "none.json")}
    outcome = act(tmp_path, "schema/push", Fake(push=pushed()), environ=environ)
    assert outcome.messages("error")[0].startswith("cannot read the event of this run")


def test_the_error_of_an_apply_is_an_output_also_when_its_inputs_are_wrong(tmp_path):
    outcome = act(tmp_path, "schema/apply", Fake(), {"dry-run": "perhaps"})
    assert outcome.outputs == {
        "error": 'input dry-run is no boolean: "perhaps"',
        "failure-reason": "config",
    }


def test_a_runner_that_takes_no_outputs_fails_the_step(tmp_path):
    environ = {"GITHUB_OUTPUT": str(tmp_path / "none" / "output")}
    outcome = act(tmp_path, "schema/push", Fake(push=pushed()), environ=environ)
    assert outcome.exit_code == 1
    assert outcome.messages("error")[0].startswith("cannot hand over what this step has to tell")


def test_a_failure_shows_in_the_summary_too(tmp_path):
    outcome = act(tmp_path, "schema/push", Fake(push=ConfigError("<b>wrong</b>", hint="what to do")))
    assert "&lt;b&gt;wrong&lt;/b&gt;" in outcome.summary
    assert "what to do" in outcome.summary
    assert outcome.summary.startswith("<h3>❌ Backstay push</h3>")


def test_what_was_worth_telling_is_in_the_summary_once(tmp_path):
    behind = TargetResult(url="s3://backup-b", primary=False, notice="caught up <2> entries")
    outcome = act(tmp_path, "schema/push", Fake(push=pushed((behind, behind))))
    assert outcome.summary.count("<blockquote>s3://backup-b: caught up &lt;2&gt; entries</blockquote>") == 1


def test_whatever_is_printed_during_a_run_is_logged_and_not_obeyed(tmp_path):
    stream = io.StringIO()
    with printed_to(GitHub({}, stream, lambda text: text.replace("hunter2", "***"))):
        print("::error::from a library")
        print("hunter2", file=sys.stderr, end="")
    log = read_log(stream.getvalue())
    assert log.annotations == []
    assert log.suppressed == ["::error::from a library"]
    assert log.lines[-2] == "***"
