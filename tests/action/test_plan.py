"""schema/plan: reuse the pending plan, make one, or find nothing to do."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from backstay.dialects.dialect import Fragment
from backstay.errors import NoChangesError
from backstay.operations.options import PlanLintOptions, PlanOptions
from backstay.schema.changes import Change
from backstay.schema.state import SourceFile
from tests.action.fakes import PULL_REQUEST, Fake, act, plan

SYNCED = NoChangesError("The current state is synced with the desired state, no changes to be made")


def test_without_a_pending_plan_one_is_made(tmp_path):
    operations = Fake(list_plans=(), plan=plan())
    outcome = act(tmp_path, "schema/plan", operations, {"from": "sqlite://a.db", "exclude": "x\ny"})
    assert outcome.exit_code == 0
    (listed,), (made,) = operations.options("list_plans"), operations.options("plan")
    assert listed.pending
    assert made.mode == "pending"
    for options in (listed, made):
        assert options.from_ == ("sqlite://a.db",)
        assert options.exclude == ("x", "y")
        assert options.context.repo == "octo/app"
    assert outcome.outputs == {
        "plan": "atlas://app/plans/pr-7-abc",
        "link": "",
        "status": "PENDING",
        "plan-json": outcome.outputs["plan-json"],
        "plan-file": "backstay-plans/pr-7-abc.json",
        "has-changes": "true",
        "destructive": "true",
        "statements-count": "0",
        "errors-count": "0",
        "warnings-count": "0",
    }
    assert made.auto_approve
    json.loads(outcome.outputs["plan-json"])
    json.loads((outcome.workspace / outcome.outputs["plan-file"]).read_text())


@pytest.mark.parametrize(
    ("inputs", "pull_request", "environ", "name"),
    [
        ({}, PULL_REQUEST, {}, "pr-7-a-b_cdef"),
        ({}, None, {}, "ref-01234567-a-b_cdef"),
        ({"name": "mine"}, PULL_REQUEST, {}, "pr-7-a-b_cdef"),
        ({}, None, {"GITHUB_SHA": "../../evil"}, ""),
    ],
)
def test_names_stay_while_pull_request_and_current_state_do(tmp_path, inputs, pull_request, environ, name):
    operations = Fake(list_plans=(), plan=plan())
    act(tmp_path, "schema/plan", operations, inputs, pull_request=pull_request, environ=environ)
    (options,) = operations.options("plan")
    assert options.namer("a+b/cdefgh=", "unused") == name
    assert options.name == inputs.get("name", "")


def test_the_one_pending_plan_is_used_and_analysed_anew(tmp_path):
    pending = plan().file
    operations = Fake(list_plans=(pending,), lint_plan=plan())
    outcome = act(tmp_path, "schema/plan", operations)
    assert [name for name, _ in operations.calls] == ["list_plans", "lint_plan"]
    (options,) = operations.options("lint_plan")
    assert isinstance(options, PlanLintOptions)
    assert options.file == pending.url
    assert outcome.outputs["status"] == "PENDING"


def test_several_pending_plans_fail_and_are_all_named(tmp_path):
    operations = Fake(list_plans=(plan("a").file, plan("b").file))
    outcome = act(tmp_path, "schema/plan", operations)
    assert outcome.exit_code == 1
    (message,) = outcome.messages("error")
    assert "atlas://app/plans/a" in message
    assert "atlas://app/plans/b" in message
    assert outcome.outputs == {"failure-reason": "multiple-plans"}


@pytest.mark.parametrize("answers", [{"list_plans": (), "plan": SYNCED}, {"list_plans": SYNCED}])
def test_states_in_sync_are_success_without_a_plan(tmp_path, answers):
    outcome = act(tmp_path, "schema/plan", Fake(**answers))
    assert outcome.exit_code == 0
    assert outcome.outputs == {
        "has-changes": "false",
        "destructive": "false",
        "statements-count": "0",
        "errors-count": "0",
        "warnings-count": "0",
    }
    assert outcome.log.annotations == []


@pytest.mark.parametrize(
    ("fail_on", "severities", "fails"),
    [
        ("", ["error"], True),
        ("", ["warning"], False),
        ("error", ["warning", "error"], True),
        ("warning", ["warning"], True),
        ("warning", [], False),
        ("never", ["error"], False),
    ],
)
def test_findings_fail_the_step_from_the_severity_that_fail_on_names(tmp_path, fail_on, severities, fails):
    operations = Fake(list_plans=(), plan=plan("p", "PENDING", *severities))
    outcome = act(tmp_path, "schema/plan", operations, {"fail-on": fail_on})
    assert outcome.exit_code == int(fails)
    assert outcome.outputs.get("failure-reason", "") == ("lint-errors" if fails else "")
    assert outcome.outputs["plan"] == "atlas://app/plans/p"
    assert outcome.outputs["errors-count"] == str(severities.count("error"))
    assert len(outcome.log.annotations) == len(severities) + fails
    assert outcome.summary


def test_a_finding_is_shown_at_the_line_of_the_schema_file(tmp_path):
    (tmp_path / "workspace").mkdir()
    for path in (tmp_path / "workspace" / "schema.sql", tmp_path / "elsewhere.sql"):
        path.write_text("\nCREATE TABLE users (id int);")
    made = plan("p", "PENDING", "error")
    change = Change(action="drop", kind="table", schema="public", name="users")
    file = replace(made.file, statements=(Fragment(position=0, line=1, text="DROP TABLE users;"),))
    names = {"schema.sql": "schema.sql", "../elsewhere.sql": ""}
    for name, shown in names.items():
        source = SourceFile(name=name, text="\nCREATE TABLE users (id int);")
        planned = (replace(made.planned[0], changes=(change,)),)
        found = replace(made, file=file, planned=planned, sources=(source,))
        outcome = act(tmp_path, "schema/plan", Fake(list_plans=(), plan=found), {"fail-on": "never"})
        (annotation,) = outcome.log.annotations
        assert (annotation.file, annotation.line) == (shown, 2 if shown else 0)


@pytest.mark.parametrize(
    ("body", "fork", "directives"),
    [
        (
            "Text\n /atlas:nolint DS103 \n/backstay:txmode none\r\n",
            False,
            ("atlas:nolint DS103", "atlas:txmode none"),
        ),
        ("/atlas:nolint", False, ("atlas:nolint",)),
        ("/atlas:exec rm\n/atlas:\nsee /atlas:nolint\n/atlas:nolinter", False, ()),
        ("/atlas:nolint", True, ()),
        (None, False, ()),
    ],
)
def test_the_description_of_a_pull_request_may_set_known_directives(tmp_path, body, fork, directives):
    head = {**PULL_REQUEST["head"], "repo": {"full_name": "else/app" if fork else "octo/app"}}
    request = {**PULL_REQUEST, "body": body, "head": head}
    operations = Fake(list_plans=(), plan=plan())
    outcome = act(tmp_path, "schema/plan", operations, pull_request=request)
    (options,) = operations.options("plan")
    assert isinstance(options, PlanOptions)
    assert options.directives == directives
    assert len(outcome.messages("notice")) == len(directives)


def test_the_plans_file_stays_in_its_directory_and_belongs_to_the_owner_of_the_workspace(tmp_path):
    outcome = act(tmp_path, "schema/plan", Fake(list_plans=(), plan=plan("../../evil name")))
    assert outcome.outputs["plan-file"] == "backstay-plans/_.._evil_name.json"
    owner = outcome.workspace.stat().st_uid
    assert (outcome.workspace / outcome.outputs["plan-file"]).stat().st_uid == owner


def test_a_link_out_of_the_workspace_is_not_followed(tmp_path):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "workspace" / "backstay-plans").symlink_to(tmp_path / "elsewhere")
    outcome = act(tmp_path, "schema/plan", Fake(list_plans=(), plan=plan()))
    assert outcome.messages("warning")[0].startswith("backstay-plans leads out of the workspace")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_workspace_that_cannot_be_written_to_costs_only_the_file(tmp_path):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "backstay-plans").write_text("a file in the way")
    outcome = act(tmp_path, "schema/plan", Fake(list_plans=(), plan=plan()))
    assert outcome.exit_code == 0
    assert outcome.messages("warning")[0].startswith("cannot write backstay-plans/pr-7-abc.json")
    assert "plan-file" not in outcome.outputs
    assert outcome.outputs["plan-json"]
    assert outcome.summary
