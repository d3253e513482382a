"""What people read, as a whole."""

from __future__ import annotations

import io
from textwrap import dedent

import msgspec
import pytest

from backstay.dialects.dialect import Statement
from backstay.operations.results import Analysis, ApplyResult, PlanResult
from backstay.report import text
from backstay.report.console import Console
from backstay.report.statements import script
from tests.logs import log_to
from tests.report import samples

PLANNED = """\
Planning migration statements (2 in total):

  -- create "users" table:
    -> CREATE TABLE `users` (`id` int NOT NULL);
  -- drop "pets" table:
    -> DROP TABLE `pets`;

-------------------------------------------

Analyzing planned statements (2 in total):

  -- destructive changes detected:
    -- L4: Dropping table "pets" (DS102)
  -- 1 error (5.03ms)

  -------------------------
  -- 5.03ms
  -- 2 schema changes
  -- 1 diagnostic

"""
PROMPT = """\
? Approve or abort the plan:
  1. Approve and apply
  2. Abort

"""
EXECUTED = """\
Applying approved migration (2 statements in total):

  -- create "users" table
    -> CREATE TABLE `users` (`id` int NOT NULL);
  -- ok (1.03ms)

  -- drop "pets" table
    -> DROP TABLE `pets`;
  -- ok (900µs)

  -------------------------
  -- 100ms
  -- 1 migration
  -- 2 sql statements
"""
FAILED = """\
Applying approved migration (2 statements in total):

  -- create "users" table
    -> CREATE TABLE `users` (`id` int NOT NULL);
    Error: table `users` already exists

  -------------------------
  -- 100ms
  -- 1 migration with errors
  -- 1 sql statement with errors
  -- rolled back: the database is as it was before
"""


class Terminal:
    """A console whose output is kept, and whose answers are given beforehand."""

    def __init__(self, *answers: str, **options: bool) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self._answers = list(answers)
        self.console = Console(self.out, log_to(self.err), ask=self._ask, **options)

    def _ask(self, prompt: str) -> str:
        if not self._answers:
            raise EOFError
        return self._answers.pop(0)

    def run(self, result: ApplyResult) -> str:
        """Tell the console of a run as operations would; what it printed since."""
        start = len(self.out.getvalue())
        plan, file = result.plan, result.applied
        if plan is not None:
            self.console.planned(result.target, plan)
        if plan is not None and file is not None and self.console.approve(plan):
            self.console.started(result.target, plan)
            self._execute(plan, result)
        self.console.finished(result)
        return self.out.getvalue()[start:]

    def _execute(self, plan: PlanResult, result: ApplyResult) -> None:
        assert result.applied is not None
        for statement, done in zip(plan.planned, result.applied.applied, strict=False):
            self.console.executing(statement)
            self.console.executed(statement, done.duration)
        if result.applied.error is not None:
            failed = plan.planned[len(result.applied.applied)]
            self.console.executing(failed)
            self.console.failed(failed, result.applied.error.text)


def test_plan_approval_and_migration() -> None:
    assert Terminal("1").run(samples.APPLIED) == PLANNED + PROMPT + EXECUTED


def test_a_failed_migration() -> None:
    assert Terminal("yes").run(samples.FAILED) == PLANNED + PROMPT + FAILED


def test_a_target_in_sync() -> None:
    assert Terminal().run(samples.SYNCED) == "Schema is synced, no changes to be made\n"


def test_a_dry_run() -> None:
    expected = PLANNED + "Dry run: 2 statements pending, nothing was applied.\n"
    assert Terminal().run(samples.DRY_RUN) == expected


def test_the_second_target_is_named() -> None:
    terminal = Terminal()
    terminal.run(samples.SYNCED)
    second = msgspec.structs.replace(samples.SYNCED, target=samples.POSTGRES)
    assert terminal.run(second).splitlines() == ["", f"Target: {samples.POSTGRES.url}", "", text.SYNCED]


@pytest.mark.parametrize(
    ("answers", "approved"),
    [
        (["1"], True),
        (["Approve"], True),
        (["y"], True),
        (["2"], False),
        ([""], False),
        (["n"], False),
        (["what?", "y"], True),
        (["what?", "what?", "what?", "y"], False),
        ([], False),
    ],
)
def test_only_a_clear_yes_approves(answers: list[str], approved: bool) -> None:
    assert Terminal(*answers).console.approve(samples.PLAN) is approved


def test_without_anybody_to_ask_nothing_is_approved() -> None:
    assert Console(io.StringIO(), log_to(io.StringIO())).approve(samples.PLAN) is False


def test_a_notice_is_told_once_and_not_on_stdout() -> None:
    terminal = Terminal()
    terminal.console.notice("the primary did not answer")
    terminal.console.notice("the primary did not answer")
    assert terminal.err.getvalue() == "Notice: the primary did not answer\n"
    assert terminal.out.getvalue() == ""


def test_a_secret_of_a_database_url_is_not_printed() -> None:
    terminal = Terminal()
    assert terminal.console.locate("postgres://u:learned-late@h/db") == "postgres://u:learned-late@h/db"
    terminal.console.failed(samples.PLANNED[0], "cannot connect with learned-late")
    assert "learned-late" not in terminal.out.getvalue()


def test_control_characters_do_not_reach_the_terminal() -> None:
    terminal = Terminal()
    terminal.console.executing(Statement(sql='SELECT "\x1b]0;title\x07"', comment="x"))
    assert "\x1b" not in terminal.out.getvalue()
    assert r"\u{1B}]0;title\u{7}" in terminal.out.getvalue()


def test_colours_mark_lines_and_change_nothing_else() -> None:
    plain, coloured = Terminal("1"), Terminal("1", colors=True)
    expected = plain.run(samples.APPLIED)
    shown = coloured.run(samples.APPLIED)
    assert "\x1b[32m-- ok (1.03ms)\x1b[0m" in shown
    for code in ("\x1b[32m", "\x1b[31m", "\x1b[36m", "\x1b[0m"):
        shown = shown.replace(code, "")
    assert shown == expected


def test_lines_of_a_statement_are_aligned() -> None:
    statement = Statement(sql="CREATE TABLE t (\n  id int\n)", comment='create "t" table')
    assert text.statement_text(statement) == (
        '  -- create "t" table\n    -> CREATE TABLE t (\n         id int\n       );'
    )


def test_a_transition_says_from_where_to_where() -> None:
    plan = msgspec.structs.replace(
        samples.PLAN, file=samples.file(from_desc="postgres://h/db"), planned=samples.PLANNED[:1]
    )
    assert text.planning_text(plan, transition=True).startswith(
        "Planning migration from local database to file://schema.sql (1 statement in total):\n"
    )


def test_a_clean_analysis_is_one_line() -> None:
    analysis = Analysis(name="x.sql", sql="", duration=0.001)
    shown = text.analysis_text(samples.PLAN, analysis)
    assert "  -- no diagnostics found\n" in shown
    assert "ok" not in shown
    assert shown.endswith("  -- 1ms\n  -- 2 schema changes")


def test_a_long_diagnostic_is_wrapped_and_indented() -> None:
    diagnostic = msgspec.structs.replace(samples.ANALYSIS.diagnostics[0], text="word " * 40)
    finding = msgspec.structs.replace(samples.ANALYSIS.findings[0], diagnostics=(diagnostic,))
    shown = text.analysis_text(samples.PLAN, msgspec.structs.replace(samples.ANALYSIS, findings=(finding,)))
    first, second, *_ = (line for line in shown.splitlines() if "word" in line)
    assert first.startswith("    -- L4: word")
    assert second.startswith("       word")


def test_a_pre_planned_migration_is_named() -> None:
    assert text.applying_text(samples.PUSHED_PLAN) == (
        "Applying approved migration using pre-planned file 20260101100000 (2 statements in total):"
    )


def test_a_push_and_its_backups() -> None:
    registry = "s3://primary/schemas?region=eu-central-1"
    shown = text.push_text(msgspec.structs.replace(samples.PUSH, registry=registry))
    assert shown == dedent(
        """\
        Schema: app
          -- Atlas URL: atlas://app?tag=v1
          -- Registry URL: s3://primary/schemas
          -- Version: 20260101100000
          -- Backups:
            -- s3://bucket/prefix?region=us-east-1: ok
            -- s3://second/prefix: failed, connection refused"""
    )


def test_a_push_to_a_server_has_its_link() -> None:
    push = msgspec.structs.replace(
        samples.PUSH, link="https://r.example/schemas/1", created=False, targets=()
    )
    assert text.push_text(push).splitlines()[2:] == [
        "  -- Cloud URL: https://r.example/schemas/1",
        "  -- Version: 20260101100000 (unchanged)",
    ]


def test_a_stored_plan_a_saved_one_and_one_that_is_neither() -> None:
    assert text.plan_text(samples.PUSHED_PLAN).splitlines()[:3] == [
        "Plan Status: APPROVED",
        "  -- Atlas URL: atlas://app/plans/20260101100000",
        "  -- Cloud URL: https://registry.example/app/plans/1",
    ]
    saved = msgspec.structs.replace(samples.PLAN, file=samples.file(url="file://x.plan.hcl"))
    assert text.plan_text(saved) == "Plan File: file://x.plan.hcl"
    assert text.plan_text(samples.PLAN) == ""


def test_a_list_of_plans() -> None:
    assert text.plan_list_text(()) == "There are no plans for this transition."
    listed = text.plan_list_text((samples.file(url="atlas://app/plans/x", status="PENDING"),))
    assert listed.splitlines()[:2] == [
        "Plan: 20260101100000 (PENDING)",
        "  -- Atlas URL: atlas://app/plans/x",
    ]


def test_a_script_has_a_comment_above_each_statement() -> None:
    assert script(samples.PLANNED) == samples.MIGRATION
    assert script(()) == ""
