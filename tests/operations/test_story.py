"""Push, plan, approve, apply: what each leaves for the next."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

import pytest

from backstay import operations
from backstay.errors import (
    BackstayError,
    ConfigError,
    ManyPlansError,
    NoChangesError,
    NotFoundError,
    PlanError,
)
from backstay.operations.observer import Observer
from backstay.operations.options import (
    ApplyOptions,
    DiffOptions,
    InspectOptions,
    PlanListOptions,
    PlanOptions,
    PlanPushOptions,
    PlanURLOptions,
    PushOptions,
)
from backstay.operations.results import ApplyResult, PlanResult, PushResult, Target
from tests.operations.conftest import Project

ONE = "CREATE TABLE users (id integer NOT NULL, PRIMARY KEY (id));\n"
TWO = ONE + "CREATE TABLE posts (id integer NOT NULL, PRIMARY KEY (id));\n"


class Listener(Observer):
    """Remembers what it heard, and answers as it was told."""

    def __init__(self, answer: bool = False) -> None:
        self.answer = answer
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def approve(self, plan: PlanResult) -> bool:
        return self.answer


def push(**fields: Any) -> PushResult:
    return operations.push(PushOptions(env="ci", **fields), Listener())


def plan(**fields: Any) -> PlanResult:
    return operations.plan(PlanOptions(env="ci", **{"auto_approve": True, **fields}), Listener())


def apply(observer: Observer | None = None, **fields: Any) -> ApplyResult:
    options = ApplyOptions(**{"env": "prod", "auto_approve": True, **fields})
    (result,) = operations.apply(options, observer or Listener())
    return result


def pending_urls() -> list[str]:
    found = operations.list_plans(PlanListOptions(env="ci", pending=True), Listener())
    return [file.url for file in found]


def test_what_was_pushed_is_what_apply_makes(project: Project) -> None:
    project.desire(TWO)
    assert [(target.primary, target.error) for target in push().targets] == [(True, ""), (False, "")]
    result = apply()
    assert result.applied is not None
    assert project.tables() == {"users", "posts"}


def test_a_second_apply_has_nothing_to_do(project: Project) -> None:
    project.desire(TWO)
    push()
    apply()
    result = apply()
    assert (result.plan, result.applied, result.error) == (None, None, "")


def test_a_repeated_push_makes_no_new_version(project: Project) -> None:
    project.desire(ONE)
    first, second = push(), push(tags=("v1",))
    assert (first.created, second.created) == (True, False)
    assert first.version == second.version
    assert second.url == "atlas://app?tag=v1"


def test_a_tag_is_read_as_it_was(project: Project) -> None:
    project.desire(ONE)
    push(tags=("v1",))
    project.desire(TWO)
    push()
    apply(to=("atlas://app?tag=v1",))
    assert project.tables() == {"users"}


def test_an_unknown_tag_is_not_found(project: Project) -> None:
    project.desire(ONE)
    push()
    with pytest.raises(NotFoundError, match="nope"):
        apply(to=("atlas://app?tag=nope",))


def test_a_push_with_only_a_tag_leaves_latest_where_it_is(project: Project) -> None:
    project.desire(ONE)
    push()
    project.desire(TWO)
    push(tags=("pull-request",))
    apply()
    assert project.tables() == {"users"}


def test_an_approved_plan_is_applied_as_it_was_approved(project: Project) -> None:
    project.desire(ONE)
    url = plan(mode="pending", name="p").file.url
    approved = operations.approve_plan(PlanURLOptions(env="ci", url=url), Listener())
    push()
    result = apply(auto_approve=False)
    assert approved.status == "APPROVED"
    assert result.plan is not None
    assert result.plan.file.url == "atlas://app/plans/p"
    assert project.tables() == {"users"}


def test_a_plan_is_read_as_it_stands_without_a_look_at_any_state(project: Project) -> None:
    project.desire(ONE)
    url = plan(mode="pending", name="p").file.url
    (project.path / "schema.sql").unlink()
    (project.path / "app.db").unlink(missing_ok=True)
    look = PlanURLOptions(env="ci", url=url)
    assert operations.read_plan(look, Listener()).status == "PENDING"
    operations.approve_plan(look, Listener())
    assert operations.read_plan(look, Listener()).status == "APPROVED"
    operations.remove_plan(look, Listener())
    with pytest.raises(NotFoundError):
        operations.read_plan(look, Listener())


def test_a_plan_comes_with_the_states_and_files_it_leads_between(project: Project) -> None:
    project.desire(ONE)
    push()
    apply()
    project.desire(TWO)
    made = plan(mode="dry-run")
    tables = [{t.name for s in realm.schemas for t in s.tables} for realm in (made.before, made.after)]
    assert tables == [{"users"}, {"users", "posts"}]
    assert [file.text for file in made.sources] == [TWO]


def test_a_plan_for_a_database_tells_about_how_many_rows_its_tables_have(project: Project) -> None:
    project.execute(f"{ONE} INSERT INTO users VALUES (1), (2), (3); ANALYZE;")
    project.desire(ONE.replace("integer NOT NULL,", "integer NOT NULL, email text,"))
    assert plan(mode="dry-run").rows == {("main", "users"): 3}


def test_a_push_tells_what_it_changes_where_it_is_asked_to(project: Project) -> None:
    project.desire(ONE)
    first = push(compare=True)
    project.desire(TWO)
    second = push(compare=True)
    assert first.changes is None
    assert second.changes is not None
    assert second.changes.since == first.version
    assert [statement.comment for statement in second.changes.planned] == ['create "posts" table']
    assert push(compare=True).changes is None


def test_a_push_that_cannot_tell_what_it_changes_is_done_all_the_same(project: Project) -> None:
    project.desire(ONE)
    push()
    for path in (*project.path.glob("registry/app/states/*"), *project.path.glob("backup/app/states/*")):
        path.unlink()
    project.desire(TWO)
    listener = Listener()
    result = operations.push(PushOptions(env="ci", compare=True), listener)
    assert (result.created, result.changes) == (True, None)
    assert "is not shown" in listener.notices[-1]


def test_all_databases_of_a_run_are_named_before_the_first_is_touched(project: Project) -> None:
    class Counting(Listener):
        def selected(self, targets: Sequence[Target]) -> None:
            self.notices += [f"{target.driver} {target.url}" for target in targets]

    project.desire(ONE)
    push()
    listener = Counting()
    apply(listener)
    assert "sqlite3 sqlite://app.db" in listener.notices


def test_a_pending_plan_is_found_by_its_transition(project: Project) -> None:
    project.desire(ONE)
    url = plan(mode="pending").file.url
    assert pending_urls() == [url]
    project.desire(TWO)
    assert pending_urls() == []


def test_a_pending_plan_is_not_applied(project: Project) -> None:
    project.desire(ONE)
    url = plan(mode="pending").file.url
    push()
    with pytest.raises(PlanError, match="cannot apply a migration plan in a PENDING state"):
        apply(plan=url)
    assert project.tables() == set()


def test_a_plan_for_another_state_is_refused(project: Project) -> None:
    project.desire(ONE)
    url = plan(mode="push").file.url
    push()
    project.execute("CREATE TABLE surprise (id integer)")
    with pytest.raises(PlanError, match='The plan "From" hash does not match the current state hash'):
        apply(plan=url)


def test_two_approved_plans_with_different_sql_stop_the_apply(project: Project) -> None:
    project.desire(ONE)
    plan(mode="push", name="one")
    plan(mode="push", name="two", directives=("atlas:nolint",))
    push()
    with pytest.raises(ManyPlansError, match="multiple pre-planned migrations were found in the registry"):
        apply()


def test_two_approved_plans_with_the_same_sql_do_not(project: Project) -> None:
    project.desire(ONE)
    plan(mode="push", name="one")
    plan(mode="push", name="two")
    push()
    assert apply().error == ""


def test_a_removed_plan_is_gone(project: Project) -> None:
    project.desire(ONE)
    url = plan(mode="pending").file.url
    operations.remove_plan(PlanURLOptions(env="ci", url=url), Listener())
    assert pending_urls() == []


def test_nothing_to_plan_is_said_as_tools_expect_it(project: Project) -> None:
    project.desire("")
    with pytest.raises(NoChangesError, match="no changes to be made"):
        plan(mode="dry-run")


def test_a_saved_plan_can_be_edited_and_pushed(project: Project) -> None:
    project.execute("CREATE TABLE users (id integer, name text); INSERT INTO users VALUES (1, NULL)")
    project.desire("CREATE TABLE users (id integer, name text NOT NULL);")
    plan(mode="save", name="edited")
    path = project.path / "edited.plan.hcl"
    text = path.read_text()
    assert 'plan "edited" {' in text
    fill = "UPDATE users SET name = 'nobody' WHERE name IS NULL;\n"
    path.write_text(text.replace('-- Create "new_users"', f'{fill}  -- Create "new_users"'))
    file = "file://edited.plan.hcl"
    stored = operations.push_plan(PlanPushOptions(env="ci", file=file), Listener())
    push()
    assert stored.file.status == "APPROVED"
    assert apply(auto_approve=False).error == ""


def test_an_edited_plan_that_leads_elsewhere_is_refused(project: Project) -> None:
    project.desire(ONE)
    plan(mode="save", name="edited")
    path = project.path / "edited.plan.hcl"
    path.write_text(path.read_text().replace("users", "losers"))
    with pytest.raises(PlanError, match="does not lead to the desired state"):
        operations.push_plan(PlanPushOptions(env="ci", file="file://edited.plan.hcl"), Listener())


def test_a_pulled_plan_is_the_plan(project: Project) -> None:
    project.desire(ONE)
    url = plan(mode="push", name="p").file.url
    text = operations.pull_plan(PlanURLOptions(env="ci", url=url), Listener())
    (project.path / "p.plan.hcl").write_text(text)
    push()
    assert apply(plan="file://p.plan.hcl").error == ""


def test_a_diff_without_statements_says_why_the_hashes_differ(project: Project) -> None:
    project.execute(ONE)
    project.desire(TWO)
    project.configure("diff { skip { add_table = true } }")
    options = DiffOptions(env="ci", from_=("sqlite://app.db",), to=("file://schema.sql",))
    result = operations.compare_states(options, Listener())
    assert result.changes == ()
    assert [(item.reason, [d.name for d in item.differences]) for item in result.ignored] == [
        ("left out by the diff policy", ["main.posts"])
    ]


def test_nobody_approves_unless_asked_to(project: Project) -> None:
    project.desire(ONE)
    push()
    refused = apply(auto_approve=False)
    assert (refused.reason, project.tables()) == ("not-approved", set())
    assert apply(Listener(answer=True), auto_approve=False).error == ""


def test_a_dry_run_changes_nothing(project: Project) -> None:
    project.desire(ONE)
    push()
    result = apply(auto_approve=False, dry_run=True)
    assert len(result.pending) == 1
    assert project.tables() == set()


def test_the_review_policy_lets_clean_plans_pass_and_rejects_others(project: Project) -> None:
    project.configure("lint { review = ERROR }")
    project.desire(TWO)
    push()
    assert apply(auto_approve=False).error == ""
    project.desire(ONE)
    push()
    rejected = apply(auto_approve=False)
    assert rejected.error.startswith("Rejected by review policy")
    assert project.tables() == {"users", "posts"}


def test_auto_approve_is_refused_under_a_review_policy(project: Project) -> None:
    project.configure("lint { review = ALWAYS }")
    with pytest.raises(ConfigError, match="review policy"):
        apply()


def test_the_diff_policy_leaves_changes_out(project: Project) -> None:
    project.configure("diff { skip { drop_table = true } }")
    project.execute(TWO)
    project.desire(ONE)
    push()
    assert apply().applied is None
    assert project.tables() == {"users", "posts"}


def test_a_check_of_the_project_denies_an_apply(project: Project) -> None:
    deny = 'check "schema_apply" { deny "frozen" { condition = true, message = "not today" } }'
    project.configure(deny.replace(", ", "\n"))
    project.desire(ONE)
    push()
    with pytest.raises(BackstayError, match="not today"):
        apply()


def test_a_failing_statement_leaves_the_database_as_it_was(project: Project) -> None:
    project.execute("CREATE TABLE users (id integer, name text); INSERT INTO users VALUES (1, NULL)")
    project.desire(TWO.replace("id integer NOT NULL,", "id integer NOT NULL, name text NOT NULL,"))
    push()
    result = apply()
    assert result.error.startswith('executing statement "INSERT INTO')
    assert result.rolled_back
    assert project.tables() == {"users"}
    assert result.applied is not None
    assert result.applied.error is not None


def test_the_registry_is_away_and_the_backup_answers(project: Project) -> None:
    project.desire(ONE)
    push()
    newest = next((project.path / "registry" / "app" / "log").iterdir())
    newest.write_text("{")
    listener = Listener()
    assert apply(listener).error == ""
    assert any("registry" in notice for notice in listener.notices)
    assert project.tables() == {"users"}


def test_states_of_all_kinds_agree(project: Project) -> None:
    project.desire(TWO)
    project.execute(TWO)
    push()
    hashes = {
        operations.inspect(InspectOptions(env="ci", url=(url,)), Listener()).state.hash
        for url in ("file://schema.sql", "sqlite://app.db", "atlas://app", "env://url", "env://schema.src")
    }
    assert len(hashes) == 1


def test_an_inspected_state_written_as_hcl_is_the_same_state(project: Project) -> None:
    project.execute(TWO)
    result = operations.inspect(InspectOptions(env="ci", url=("sqlite://app.db",)), Listener())
    (project.path / "schema.hcl").write_text(operations.document(result.state))
    options = DiffOptions(env="ci", from_=("sqlite://app.db",), to=("file://schema.hcl",))
    assert operations.compare_states(options, Listener()).changes == ()


def test_excluded_objects_are_neither_made_nor_dropped(project: Project) -> None:
    project.desire(ONE)
    push()
    project.execute("CREATE TABLE legacy (id integer); CREATE VIEW report AS SELECT 1")
    apply(exclude=("legacy", "*[type=view]"))
    assert project.tables() == {"users", "legacy"}


def test_an_unsupported_object_stops_before_anything_happens(project: Project) -> None:
    project.execute("CREATE VIEW report AS SELECT 1")
    project.desire(ONE)
    push()
    with pytest.raises(BackstayError, match='view "report"'):
        apply()
    assert project.tables() == set()


def test_a_cached_state_needs_no_dev_database(project: Project) -> None:
    project.desire(ONE)
    apply(env="ci")
    shutil.rmtree(project.path / "registry", ignore_errors=True)
    project.configure()
    assert list((project.path / "cache" / "states").iterdir())
    assert apply(env="ci").applied is None


class Meanwhile(Listener):
    """While it is asked, somebody else changes the database."""

    def __init__(self, project: Project, sql: str) -> None:
        super().__init__(answer=True)
        self.project, self.sql = project, sql

    def approve(self, plan: PlanResult) -> bool:
        self.project.execute(self.sql)
        return True


def test_what_another_run_has_done_meanwhile_is_not_done_again(project: Project) -> None:
    project.desire(ONE)
    push()
    listener = Meanwhile(project, ONE)
    result = apply(listener, auto_approve=False)
    assert (result.error, result.plan) == ("", None)
    assert "another run has brought the database to the desired state meanwhile" in listener.notices


def test_a_database_that_moved_elsewhere_meanwhile_is_left_alone(project: Project) -> None:
    project.desire(ONE)
    push()
    with pytest.raises(PlanError, match="the database changed while this migration was prepared"):
        apply(Meanwhile(project, "CREATE TABLE surprise (id integer)"), auto_approve=False)
    assert project.tables() == {"surprise"}
