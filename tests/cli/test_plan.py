"""`schema plan`: names, files and words that nobody should trip over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

PLAN = (
    "--from", "file://a.sql", "--to", "file://b.sql", "--dev-url", "sqlite://dev?mode=memory",
    "--repo", "app", "--auto-approve", "--format", "{{ json . }}",
)  # fmt: skip


@pytest.fixture(autouse=True)
def schemas(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("")
    (tmp_path / "b.sql").write_text("CREATE TABLE t (a integer);")


ERRORS = [
    ("no such directory", ("--save", "-o", "no/such/x.plan.hcl"), 'cannot write "no/such/x.plan.hcl"'),
    ("a name that is a path", ("--save", "--name", "../x"), '"../x" is no file name'),
    ("a name too long for a file", ("--save", "--name", "x" * 300), "File name too long"),
    ("a directive of two lines", ("-d", '"atlas:nolint\nDROP TABLE t;"', "--dry-run"), "directive"),
    ("an unknown field", ("--name-format", "{{ .Hash }}", "--dry-run"), "Hash"),
    ("a command that is not there yet", ("validate",), "schema plan validate"),
    ("a missing file", ("lint", "-f", "file://x.plan.hcl"), 'plan file "x.plan.hcl" does not exist'),
]


@pytest.mark.parametrize(
    ("arguments", "message"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS]
)
def test_what_cannot_be_done_is_an_error(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    ran = run("schema", "plan", *PLAN, *arguments)
    assert (ran.code, ran.out) == (1, "")
    first, _ = (line for line in ran.err.splitlines() if not line.startswith("Notice: "))
    assert first.startswith("Error: ")
    assert message in first
    assert {path.name for path in tmp_path.iterdir()} <= {"a.sql", "b.sql", "cache"}


@pytest.mark.parametrize("name", ["a/b", "..", "v1 beta+2", "é?x=1#y", "100%", "plans"])
def test_a_stored_plan_is_found_under_the_url_it_was_given(run: Run, name: str) -> None:
    url = run("schema", "plan", *PLAN, "--pending", "--name", name).json()["File"]["URL"]
    approved = run("schema", "plan", "approve", "--url", url, "--format", "{{ json . }}").json()
    assert approved == {"URL": url, "Status": "APPROVED"}


def test_a_pushed_file_may_be_named_by_f(run: Run) -> None:
    run("schema", "plan", *PLAN, "--save", "-o", "x.plan.hcl")
    pushed = run("schema", "plan", "push", *PLAN, "-f", "file://x.plan.hcl").json()
    assert pushed["File"]["Status"] == "APPROVED"


def test_help_shows_how_to_make_a_plan_and_the_commands(run: Run) -> None:
    ran = run("schema", "plan", "--help")
    assert "--name-format" in ran.out
    assert "approve" in ran.out


def test_a_plan_for_another_state_aborts(run: Run, tmp_path: Path) -> None:
    run("schema", "plan", *PLAN, "--save", "-o", "x.plan.hcl")
    apply = ("schema", "apply", "-u", "sqlite://x.db", "--to", "file://b.sql")
    run(*apply, "--auto-approve")
    (tmp_path / "b.sql").write_text("CREATE TABLE u (a integer);")
    ran = run(*apply, "--auto-approve", "--plan", "file://x.plan.hcl")
    assert ran.code == 1
    assert ran.err.startswith('Abort: The plan "From" hash does not match the current state hash: - ')
