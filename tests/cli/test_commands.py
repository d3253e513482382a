"""Commands as people and pipelines type them: streams, exit codes, what wins."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run

USERS = "CREATE TABLE users (id integer NOT NULL, PRIMARY KEY (id));\n"
DEV = "sqlite://dev?mode=memory"
PROJECT = """
variable "file" {
  type    = string
  default = "app.db"
}
env "local" {
  url = "sqlite://${var.file}"
  dev = "sqlite://dev?mode=memory"
  src = "schema.sql"
  schema {
    repo {
      name = "app"
    }
  }
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "atlas.hcl").write_text(PROJECT)
    (tmp_path / "schema.sql").write_text(USERS)
    return tmp_path


def test_the_version_has_the_form_that_tools_look_for(run: Run) -> None:
    ran = run("version")
    assert re.search(r"^atlas version v(\d+\.\d+.\d+)-?([a-z0-9]*)?", ran.out)
    assert (ran.code, ran.err) == (0, "")


def test_inspect_prints_hcl_by_default(run: Run, project: Path) -> None:
    ran = run("schema", "inspect", "-u", "file://schema.sql", "--dev-url", DEV)
    assert ran.out.startswith('table "users" {\n  schema = schema.main\n')
    assert ran.code == 0


INSPECTIONS = [
    (
        "{{ sql . }}",
        '-- Create "users" table\nCREATE TABLE `users` (`id` integer NOT NULL, PRIMARY KEY (`id`));\n',
    ),
    (
        '{{ sql . "  " }}',
        '-- Create "users" table\nCREATE TABLE `users` (\n'
        "  `id` integer NOT NULL,\n  PRIMARY KEY (`id`)\n);\n",
    ),
    ("{{ len .Realm.Schemas }}", "1\n"),
    ("{{ range (index .Realm.Schemas 0).Tables }}{{ .Name }};{{ end }}", "users;\n"),
]


@pytest.mark.parametrize(("template", "expected"), INSPECTIONS)
def test_inspect_prints_by_template(run: Run, project: Path, template: str, expected: str) -> None:
    ran = run("schema", "inspect", "-u", "file://schema.sql", "--dev-url", DEV, "--format", template)
    assert ran.out == expected


def test_a_wrong_template_is_an_error_before_any_work(run: Run, project: Path) -> None:
    ran = run("schema", "apply", "--env", "local", "--auto-approve", "--format", "{{ json . ")
    assert (ran.code, ran.out) == (1, "")
    assert "Error: " in ran.err
    assert not (project / "app.db").exists()


def test_diff_prints_sql_and_succeeds(run: Run, project: Path) -> None:
    arguments = ("schema", "diff", "--from", "sqlite://app.db?mode=memory", "--to", "file://schema.sql")
    assert run(*arguments).out.startswith('-- Create "users" table\n')


def test_a_container_stands_for_an_empty_database(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    url = "docker://postgres/18/dev?search_path=public"
    ran = run("schema", "diff", "--from", url, "--to", "file://schema.sql", "--dev-url", url)
    assert ran.out.startswith('-- Create "users" table\nCREATE TABLE "users"')


@pytest.mark.parametrize("name", ["app:v1", "atlas://app?tag=v1"])
def test_the_name_to_push_to_may_hold_the_tag(run: Run, project: Path, name: str) -> None:
    ran = run("schema", "push", "--env", "local", name, "--format", "{{ .URL }}")
    assert ran.out == "atlas://app?tag=v1\n"


def test_diff_of_equal_states_says_so(run: Run, project: Path) -> None:
    ran = run("schema", "diff", "--from", "file://schema.sql", "--to", "file://schema.sql", "--dev-url", DEV)
    assert (ran.code, ran.out) == (0, "Schemas are synced, no changes to be made.\n")


def test_apply_tells_what_it_does(run: Run, project: Path) -> None:
    ran = run("schema", "apply", "--env", "local", "--auto-approve")
    assert "Planning migration statements (1 in total):" in ran.out
    assert "Applying approved migration (1 statement in total):" in ran.out
    assert (
        run("schema", "apply", "--env", "local", "--auto-approve").out
        == "Schema is synced, no changes to be made\n"
    )


def test_apply_as_json_has_only_json_on_stdout(run: Run, project: Path) -> None:
    ran = run("schema", "apply", "--env", "local", "--auto-approve", "--format", "{{ json . }}")
    applied = ran.json()
    assert applied["Driver"] == "sqlite3"
    assert applied["Changes"]["Applied"] == [
        "CREATE TABLE `users` (`id` integer NOT NULL, PRIMARY KEY (`id`));"
    ]
    synced = run("schema", "apply", "--env", "local", "--auto-approve", "--format", "{{ json . }}").json()
    assert synced["Changes"] == {}


def test_a_failed_apply_leaves_json_on_stdout_and_the_error_on_stderr(run: Run, project: Path) -> None:
    run("schema", "apply", "--env", "local", "--auto-approve")
    (project / "schema.sql").write_text(
        USERS.replace("id integer NOT NULL,", "id integer NOT NULL, n text NOT NULL,")
    )
    import sqlite3

    with sqlite3.connect(project / "app.db") as connection:
        connection.execute("INSERT INTO users VALUES (1)")
    ran = run("schema", "apply", "--env", "local", "--auto-approve", "--format", "{{ json . }}")
    assert ran.code == 1
    assert ran.json()["Changes"]["Error"]["Text"]
    assert 'Error: executing statement "ALTER TABLE' in ran.err


PLACES = [
    ("--env", "local", "schema", "inspect"),
    ("schema", "--env", "local", "inspect"),
    ("schema", "inspect", "--env", "local"),
]


@pytest.mark.parametrize("arguments", PLACES[1:], ids=["before", "after"])
def test_project_flags_stand_before_and_after_a_command(
    run: Run, project: Path, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments, "-u", "env://src").out.startswith('table "users"')


def test_a_given_flag_wins_over_the_env(run: Run, project: Path) -> None:
    run("schema", "apply", "--env", "local", "--auto-approve", "--url", "sqlite://other.db")
    assert (project / "other.db").exists()
    assert not (project / "app.db").exists()


def test_variables_reach_the_project(run: Run, project: Path) -> None:
    run("schema", "apply", "--env", "local", "--auto-approve", "--var", "file=third.db")
    assert (project / "third.db").exists()


def test_the_project_file_is_not_read_without_an_env(run: Run, project: Path) -> None:
    (project / "atlas.hcl").write_text("this is { not HCL")
    assert run("schema", "inspect", "-u", "file://schema.sql", "--dev-url", DEV).code == 0


def test_plan_and_its_family(run: Run, project: Path) -> None:
    json = ("--format", "{{ json . }}")
    planned = run("schema", "plan", "first", "--env", "local", "--pending", "--auto-approve", *json).json()
    assert planned["File"]["Status"] == "PENDING"
    url = planned["File"]["URL"]
    assert [
        plan["URL"] for plan in run("schema", "plan", "list", "--env", "local", "--pending", *json).json()
    ] == [url]
    approved = run("schema", "plan", "approve", "--env", "local", "--url", url, *json).json()
    assert approved == {"URL": url, "Status": "APPROVED"}
    assert run("schema", "plan", "list", "--env", "local", "--pending", *json).json() == []
    assert run("schema", "plan", "pull", "--env", "local", "--url", url).out.startswith('plan "first" {\n')
    assert run("schema", "plan", "rm", "--env", "local", "--url", url).code == 0
    assert run("schema", "plan", "--env", "local", "list", *json).json() == []


def test_the_name_of_a_plan_is_made_of_the_hashes(run: Run, project: Path) -> None:
    name = 'pr-7-{{ printf "%.8s" (base64url .FromHash) }}'
    ran = run(
        "schema",
        "plan",
        "--env",
        "local",
        "--dry-run",
        "--name-format",
        name,
        "--format",
        "{{ .File.Name }} {{ .File.FromHash }}",
    )
    made, from_hash = ran.out.split()
    assert made == f"pr-7-{from_hash.replace('+', '-').replace('/', '_')[:8]}"


def test_nothing_to_plan_is_an_error_that_ci_knows(run: Run, project: Path) -> None:
    run("schema", "apply", "--env", "local", "--auto-approve")
    ran = run("schema", "plan", "--env", "local", "--dry-run")
    assert ran.code == 1
    assert "The current state is synced with the desired state, no changes to be made" in ran.err


def test_push_names_the_version(run: Run, project: Path) -> None:
    ran = run("schema", "push", "app:v1", "--env", "local", "--format", "{{ json . }}")
    assert ran.json()["URL"] == "atlas://app?tag=v1"
    assert "no registry is configured" in ran.err


EXCLUSIVE = [
    ("schema", "apply", "--env", "local", "--dry-run", "--auto-approve"),
    ("schema", "plan", "--env", "local", "--dry-run", "--push"),
    ("schema", "plan", "name", "--env", "local", "--name", "other"),
    ("schema", "push", "app:v1", "--tag", "v2", "--env", "local"),
]


@pytest.mark.parametrize("arguments", EXCLUSIVE, ids=" ".join)
def test_flags_that_exclude_each_other(run: Run, project: Path, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert ran.code == 1
    assert "exclude each other" in ran.err


def test_lists_are_repeatable_and_comma_separated(run: Run, project: Path) -> None:
    (project / "schema.sql").write_text("".join(f"CREATE TABLE {name} (id integer);" for name in "abcd"))
    ran = run(
        "schema", "inspect", "-u", "file://schema.sql", "--dev-url", DEV,
        "--exclude", "a,b", "--exclude", "c", "--format", "{{ sql . }}",
    )  # fmt: skip
    assert ran.out == '-- Create "d" table\nCREATE TABLE `d` (`id` integer NULL);\n'


def test_data_for_json_needs_somebody_to_approve(run: Run, project: Path) -> None:
    ran = run("schema", "apply", "--env", "local", "--format", "{{ json . }}")
    assert "enabled when review policy is set to WARNING or ERROR" in ran.err


def test_a_person_edits_the_sql_before_it_is_proved(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", 'sed -i \'s/Create "users"/Make the "users"/\'')
    ran = run("schema", "apply", "--env", "local", "--auto-approve", "--edit")
    assert '-- make the "users" table' in ran.out
    assert ran.code == 0


def test_an_edit_that_leads_elsewhere_is_refused(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i 's/`users`/`losers`/'")
    ran = run("schema", "plan", "--env", "local", "--dry-run", "--edit")
    assert "does not lead to the desired state" in ran.err
    assert ran.out == ""


def test_a_failed_proof_is_told_as_data_where_data_is_asked_for(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i 's/`users`/`losers`/'")
    arguments = ("schema", "plan", "--env", "local", "--dry-run", "--edit", "--format")
    ran = run(*arguments, "{{ json . }}")
    assert ran.code == 1
    assert "does not lead to the desired state" in json.loads(ran.out)["Error"]
    assert "does not lead to the desired state" in ran.err
    ran = run(*arguments, "{{ .File.Name }}")
    assert (ran.code, ran.out) == (1, "")
    assert "does not lead to the desired state" in ran.err


def test_an_editor_that_fails_stops_everything(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "false")
    assert "the editor ended with exit code 1" in run("schema", "apply", "--env", "local", "--edit").err
    assert not (project / "app.db").exists()


def test_what_there_is_no_page_for_is_said(run: Run, project: Path) -> None:
    assert "--web needs a page" in run("schema", "inspect", "-u", "sqlite://app.db", "--web").err


def test_the_analysis_can_be_skipped(run: Run, project: Path) -> None:
    ran = run("schema", "apply", "--env", "local", "--dry-run", "--skip-lint")
    assert ran.code == 0
    assert "Analyzing" not in ran.out
