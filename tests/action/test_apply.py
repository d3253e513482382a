"""schema/apply: at once, or after a human approved. One test for each cell of the decision tables."""

from __future__ import annotations

import json

import pytest

from backstay.action.observer import ActionObserver
from backstay.errors import NetworkError, NoChangesError, NotFoundError
from backstay.operations.results import AppliedFile, Target
from tests.action.fakes import NOW, Fake, act, applied, plan

PATH = "schema/apply"
URL = "postgres://app:app@db:5432/app"
SYNCED = NoChangesError("no changes to be made")


def calls(operations):
    return [name for name, _ in operations.calls]


@pytest.mark.parametrize(
    ("inputs", "dry_run", "auto_approve", "plan"),
    [
        ({}, False, False, ""),
        ({"auto-approve": "true"}, False, True, ""),
        ({"dry-run": "true", "auto-approve": "true"}, True, False, ""),
        ({"plan": "atlas://app/plans/p"}, False, False, "atlas://app/plans/p"),
        ({"lint-review": "ALWAYS", "auto-approve": "true"}, False, True, ""),
        ({"lint-review": "ALWAYS", "dry-run": "true"}, True, False, ""),
        ({"lint-review": "ALWAYS", "plan": "atlas://app/plans/p"}, False, False, "atlas://app/plans/p"),
    ],
)
def test_these_inputs_apply_without_asking_for_a_review(tmp_path, inputs, dry_run, auto_approve, plan):
    operations = Fake(apply=[[applied()]])
    assert act(tmp_path, PATH, operations, inputs).exit_code == 0
    assert calls(operations) == ["apply"]
    (options,) = operations.options("apply")
    assert (options.dry_run, options.auto_approve, options.plan) == (dry_run, auto_approve, plan)


def test_inputs_become_options_and_the_context_goes_along(tmp_path):
    operations = Fake(apply=[[applied()]])
    inputs = {
        "url": URL,
        "to": "file://a.sql\nfile://b.sql",
        "tx-mode": "none",
        "schema": "public",
        "include": "a",
        "exclude": "b",
        "schema-name": "app",
    }
    act(tmp_path, PATH, operations, inputs)
    (options,) = operations.options("apply")
    assert (options.url, options.to, options.tx_mode) == (URL, ("file://a.sql", "file://b.sql"), "none")
    assert (options.schemas, options.include, options.exclude) == (("public",), ("a",), ("b",))
    assert options.repo == "app"
    assert options.context.repo == "octo/app"


def test_outputs_tell_of_every_target(tmp_path):
    synced = applied("postgres://two", plan=None, applied=None)
    outcome = act(tmp_path, PATH, Fake(apply=[[applied(), synced]]))
    targets = json.loads(outcome.outputs["targets"])
    assert [(t["url"], t["status"], t["applied"]) for t in targets] == [
        ("postgres://app:xxxxx@db:5432/app", "applied", 1),
        ("postgres://two", "synced", 0),
    ]
    assert targets[0]["plan"] == "atlas://app/plans/pr-7-abc"
    assert outcome.outputs["applied-count"] == "1"
    assert outcome.outputs["plan-file"] == "backstay-plans/pr-7-abc.json"
    assert "error" not in outcome.outputs
    assert "postgres://two is in the desired state already" in outcome.log.text
    assert outcome.summary


def test_a_dry_run_counts_what_would_be_executed(tmp_path):
    result = applied(dry_run=True, applied=None, pending=("DROP TABLE users;",))
    outcome = act(tmp_path, PATH, Fake(apply=[[result]]), {"dry-run": "true"})
    (target,) = json.loads(outcome.outputs["targets"])
    assert (target["status"], target["pending"]) == ("planned", 1)
    assert outcome.outputs["applied-count"] == "0"


def test_the_first_failing_target_fails_the_step_after_all_were_told(tmp_path):
    failed = applied("postgres://two", error="relation exists", reason="database-error", rolled_back=True)
    outcome = act(tmp_path, PATH, Fake(apply=[[applied(), failed]]))
    assert outcome.exit_code == 1
    assert outcome.outputs["error"] == "relation exists"
    assert outcome.outputs["failure-reason"] == "database-error"
    targets = json.loads(outcome.outputs["targets"])
    assert [t["status"] for t in targets] == ["applied", "failed"]
    assert outcome.outputs["applied-count"] == "1"
    assert outcome.summary.count("<h3>❌") == 1
    assert "relation exists" in outcome.summary


def test_an_error_between_targets_keeps_what_was_done_before(tmp_path):
    targets = [Target(driver="postgres", url=f"postgres://{name}") for name in ("one", "two", "three")]
    operations = Fake(targets=targets, apply=[[applied("postgres://one"), NetworkError("no route")]])
    outcome = act(tmp_path, PATH, operations)
    assert outcome.exit_code == 1
    assert outcome.outputs["applied-count"] == "1"
    assert (outcome.outputs["error"], outcome.outputs["failure-reason"]) == ("no route", "network")
    assert outcome.summary.startswith("<h3>❌")
    assert "no route" in outcome.summary
    assert "1 statement applied" in outcome.summary
    assert "1 of 3 databases failed, 1 in the desired state, 1 not reached" in outcome.summary
    told = json.loads(outcome.outputs["targets"])
    assert [(t["url"], t["status"], t["reason"]) for t in told] == [
        ("postgres://one", "applied", ""),
        ("postgres://two", "failed", "network"),
        ("postgres://three", "skipped", ""),
    ]


@pytest.mark.parametrize(
    ("fail_on", "severities", "refused"),
    [
        ("", ["error"], False),
        ("error", ["error"], True),
        ("error", ["warning"], False),
        ("warning", ["warning"], True),
    ],
)
def test_fail_on_refuses_before_anything_is_executed(tmp_path, fail_on, severities, refused):
    result = applied(plan=plan("p", "APPROVED", *severities))
    outcome = act(tmp_path, PATH, Fake(apply=[[result]]), {"fail-on": fail_on})
    assert outcome.exit_code == int(refused)
    assert outcome.outputs.get("failure-reason", "") == ("lint-errors" if refused else "")
    assert json.loads(outcome.outputs["targets"]) == [] if refused else True
    assert outcome.outputs["plan-file"] == "backstay-plans/p.json"
    assert ("<h3>❌" in outcome.summary) is refused


PENDING, APPROVED = plan("p", "PENDING").file, plan("p", "APPROVED").file


@pytest.mark.parametrize("review", ["ALWAYS", "warning", "Error"])
def test_with_several_plans_the_engine_decides(tmp_path, review):
    operations = Fake(list_plans=(PENDING, plan("q").file), apply=[[applied()]])
    act(tmp_path, PATH, operations, {"lint-review": review})
    assert calls(operations) == ["list_plans", "apply"]
    assert operations.options("apply")[0].plan == ""


@pytest.mark.parametrize("review", ["ALWAYS", "WARNING", "ERROR"])
def test_one_plan_is_waited_for_and_applied(tmp_path, review):
    operations = Fake(list_plans=(PENDING,), read_plan=[PENDING, APPROVED], apply=[[applied()]])
    inputs = {"lint-review": review, "wait-timeout": "1m", "wait-interval": "10s"}
    outcome = act(tmp_path, PATH, operations, inputs)
    assert outcome.exit_code == 0
    assert calls(operations) == ["list_plans", "read_plan", "read_plan", "apply"]
    assert [options.url for options in operations.options("read_plan")] == [PENDING.url] * 2
    assert operations.options("apply")[0].plan == PENDING.url
    assert outcome.clock.seconds == 20
    assert outcome.messages("warning") == [f"approve {PENDING.url}"]


def test_an_approved_plan_is_applied_at_once(tmp_path):
    operations = Fake(list_plans=(APPROVED,), apply=[[applied()]])
    outcome = act(tmp_path, PATH, operations, {"lint-review": "ALWAYS"})
    assert operations.options("apply")[0].plan == APPROVED.url
    assert outcome.log.annotations == []


@pytest.mark.parametrize(
    ("review", "severities", "plans"),
    [
        ("ALWAYS", [], ["pending"]),
        ("WARNING", ["warning"], ["dry-run", "pending"]),
        ("WARNING", ["error"], ["dry-run", "pending"]),
        ("WARNING", [], ["dry-run"]),
        ("ERROR", ["error"], ["dry-run", "pending"]),
        ("ERROR", ["warning"], ["dry-run"]),
    ],
)
def test_without_a_plan_one_is_made_where_the_analysis_asks_for_a_review(tmp_path, review, severities, plans):
    made = plan("p", "PENDING", *severities)
    operations = Fake(list_plans=(), plan=made, read_plan=APPROVED, apply=[[applied()]])
    inputs = {
        "wait-timeout": "1m",
        "lint-review": review,
        "url": URL,
        "to": "atlas://app?tag=v1",
        "exclude": "x",
        "include": "y",
    }
    outcome = act(tmp_path, PATH, operations, inputs)
    assert outcome.exit_code == 0
    assert [options.mode for options in operations.options("plan")] == plans
    assert operations.options("apply")[0].plan == (made.file.url if "pending" in plans else "")
    for options in operations.options("list_plans") + operations.options("plan"):
        assert (options.from_, options.to, options.repo) == ((URL,), ("atlas://app?tag=v1",), "app")
        assert (options.exclude, options.include) == (("x",), ("y",))
        assert options.context.repo == "octo/app"
    if "pending" in plans:
        assert operations.options("plan")[-1].namer("hash", "") == "commit-01234567-hash"


@pytest.mark.parametrize("review", ["ALWAYS", "WARNING"])
def test_states_in_sync_need_no_review(tmp_path, review):
    operations = Fake(list_plans=(), plan=SYNCED, apply=[[applied(plan=None, applied=None)]])
    outcome = act(tmp_path, PATH, operations, {"lint-review": review})
    assert outcome.exit_code == 0
    assert operations.options("apply")[0].plan == ""


def test_without_a_timeout_it_looks_once_and_the_apply_tells(tmp_path):
    operations = Fake(list_plans=(PENDING,), apply=[[applied()]])
    outcome = act(tmp_path, PATH, operations, {"lint-review": "ALWAYS"})
    assert calls(operations) == ["list_plans", "apply"]
    assert outcome.clock.seconds == 0
    assert outcome.messages("warning") == [f"approve {PENDING.url}"]


def test_waiting_ends_with_the_timeout_and_names_the_plan(tmp_path):
    operations = Fake(list_plans=(PENDING,), read_plan=PENDING)
    inputs = {"lint-review": "ALWAYS", "wait-timeout": "25s", "wait-interval": "10s"}
    outcome = act(tmp_path, PATH, operations, inputs)
    assert outcome.exit_code == 1
    assert outcome.outputs["failure-reason"] == "approval-timeout"
    assert PENDING.url in outcome.outputs["error"]
    assert outcome.clock.seconds == 25
    assert outcome.summary.startswith("<h3>❌")
    assert "How to approve" in outcome.summary


def test_a_plan_that_goes_away_while_we_wait_is_an_error(tmp_path):
    operations = Fake(list_plans=(PENDING,), read_plan=NotFoundError("no such plan"))
    outcome = act(tmp_path, PATH, operations, {"lint-review": "ALWAYS", "wait-timeout": "1m"})
    assert outcome.outputs["failure-reason"] == "not-found"


def test_an_unknown_review_is_an_error_at_the_start(tmp_path):
    operations = Fake()
    outcome = act(tmp_path, PATH, operations, {"lint-review": "SOMETIMES"})
    assert outcome.messages("error")[0].startswith("input lint-review has an unknown value")
    assert operations.calls == []


@pytest.mark.parametrize(
    ("review", "severities", "approves"),
    [
        ("", [], False),
        ("ALWAYS", [], False),
        ("ERROR", [], True),
        ("ERROR", ["warning"], True),
        ("ERROR", ["error"], False),
        ("WARNING", ["warning"], False),
    ],
)
def test_the_engine_may_go_on_alone_where_the_review_asks_for_nothing(review, severities, approves):
    observer = ActionObserver(None, lambda url: url)
    observer.review = review
    assert observer.approve(plan("p", "", *severities)) is approves


def test_a_failed_migration_that_was_rolled_back_applied_nothing(tmp_path):
    file = AppliedFile(name="1.sql", version="1", start=NOW, end=NOW, applied=applied().applied.applied)
    result = applied(error="boom", reason="database-error", applied=file, rolled_back=True)
    outcome = act(tmp_path, PATH, Fake(apply=[[result]]))
    assert outcome.outputs["applied-count"] == "0"
