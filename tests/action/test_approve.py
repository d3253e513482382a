"""schema/plan/approve: the reviewed plan, after the merge."""

from __future__ import annotations

from backstay.errors import NoChangesError
from tests.action.fakes import PULL_REQUEST, Fake, act, approved, plan

PATH = "schema/plan/approve"


def test_a_plan_that_is_given_is_approved(tmp_path):
    operations = Fake(approve_plan=approved())
    outcome = act(tmp_path, PATH, operations, {"plan": "atlas://app/plans/pr-7-abc"})
    assert outcome.outputs == {"plan": "atlas://app/plans/pr-7-abc", "link": "", "status": "APPROVED"}
    assert [name for name, _ in operations.calls] == ["approve_plan"]


def test_the_one_pending_plan_is_approved_by_the_actor(tmp_path):
    operations = Fake(list_plans=(plan().file,), approve_plan=approved())
    environ = {"GITHUB_ACTOR": "mona"}
    outcome = act(tmp_path, PATH, operations, {"include": "public.*"}, environ=environ)
    assert outcome.exit_code == 0
    assert operations.options("list_plans")[0].include == ("public.*",)
    (options,) = operations.options("approve_plan")
    assert options.url == "atlas://app/plans/pr-7-abc"
    assert options.context.username == "mona"


def test_a_pull_request_cannot_approve(tmp_path):
    operations = Fake()
    outcome = act(tmp_path, PATH, operations, pull_request=PULL_REQUEST)
    assert outcome.exit_code == 1
    assert outcome.outputs == {"failure-reason": "config"}
    assert operations.calls == []


def test_several_pending_plans_fail(tmp_path):
    outcome = act(tmp_path, PATH, Fake(list_plans=(plan("a").file, plan("b").file)))
    assert outcome.outputs == {"failure-reason": "multiple-plans"}


def test_a_missing_plan_is_success_with_a_warning(tmp_path):
    operations = Fake(list_plans=(), plan=plan())
    outcome = act(tmp_path, PATH, operations)
    assert (outcome.exit_code, outcome.outputs) == (0, {})
    assert outcome.messages("warning")[0].startswith("no plan is pending from from= to to=")
    assert operations.options("plan")[0].mode == "dry-run"


def test_a_plan_that_is_approved_already_is_success(tmp_path):
    outcome = act(tmp_path, PATH, Fake(list_plans=[(), (plan(status="APPROVED").file,)]))
    assert (outcome.exit_code, outcome.outputs) == (0, {})
    assert "is APPROVED already" in outcome.log.text
    assert outcome.log.annotations == []


def test_states_in_sync_hint_at_the_order_of_push_and_approve(tmp_path):
    outcome = act(tmp_path, PATH, Fake(list_plans=(), plan=NoChangesError("synced")))
    assert (outcome.exit_code, outcome.outputs) == (0, {})
    assert "did schema/push run before this step?" in outcome.messages("warning")[0]
