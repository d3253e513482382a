"""Bad input: one line of what is wrong, one of what to do, exit code 1, no traceback, no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.report.redact import learn_url
from tests.cli.conftest import Run

DEV = ("--dev-url", "sqlite://dev?mode=memory")
APPLY = ("schema", "apply", "--env", "e", "--auto-approve")

UNKNOWN_TYPE = """schema "main" {}
table "t" {
  schema = schema.main
  column "c" {
    type = intger
  }
}
"""
NO_REGISTRY = """env "e" {
  dev = "sqlite://dev?mode=memory"
  src = "file://s.sql"
  schema {
    repo {
      name = "a"
    }
  }
}
"""

CASES = [
    ("no project file", {}, APPLY, 'config file "atlas.hcl" does not exist'),
    ("malformed project file", {"atlas.hcl": 'env "e" {\n  url = "x\n}\n'}, APPLY, "atlas.hcl:2:"),
    ("unknown env", {"atlas.hcl": 'env "x" {}'}, APPLY, 'env "e" not defined in config file'),
    (
        "missing variable",
        {"atlas.hcl": 'variable "v" {\n  type = string\n}\nenv "e" {\n  url = var.v\n}\n'},
        APPLY,
        'missing value for required variable "v"',
    ),
    ("no url", {"atlas.hcl": 'env "e" {}'}, APPLY, 'required flag(s) "url" not set'),
    (
        "no desired state",
        {"atlas.hcl": 'env "e" {\n  url = "sqlite://a.db"\n}\n'},
        APPLY,
        'required flag(s) "to" not set',
    ),
    (
        "HCL syntax error",
        {"schema.hcl": 'table "t" {\n  schema = \n}\n'},
        ("schema", "inspect", "-u", "file://schema.hcl", *DEV),
        "schema.hcl:2:",
    ),
    (
        "unknown type",
        {"schema.hcl": UNKNOWN_TYPE},
        ("schema", "inspect", "-u", "file://schema.hcl", *DEV),
        "schema.hcl:5:12: ",
    ),
    (
        "dangling reference",
        {"schema.hcl": 'schema "main" {}\ntable "t" {\n  schema = schema.mian\n}\n'},
        ("schema", "inspect", "-u", "file://schema.hcl", *DEV),
        "schema.hcl:3:",
    ),
    (
        "SQL that the database refuses",
        {"schema.sql": "CREATE TABLE t (a integer);\nCREATE TABEL u (a integer);\n"},
        ("schema", "inspect", "-u", "file://schema.sql", *DEV),
        'read state from "schema.sql": line 2: executing statement: "CREATE TABEL u',
    ),
    (
        "SQL that is not closed",
        {"schema.sql": "CREATE TABLE t (a integer);\nCREATE TABLE u (a text DEFAULT 'x);\n"},
        ("schema", "inspect", "-u", "file://schema.sql", *DEV),
        'read state from "schema.sql": line 2: \' is never closed',
    ),
    ("unknown driver", {}, ("schema", "inspect", "-u", "oracle://x"), 'unknown driver "oracle"'),
    (
        "missing scheme",
        {},
        ("schema", "inspect", "-u", "schema.hcl", *DEV),
        'missing scheme in URL "schema.hcl"',
    ),
    (
        "missing file",
        {},
        ("schema", "inspect", "-u", "file://nope.hcl", *DEV),
        'schema file "nope.hcl" does not exist',
    ),
    (
        "unreachable database",
        {},
        ("schema", "inspect", "-u", "postgres://u:hunter2hunter2@127.0.0.1:1/d"),
        "127.0.0.1:1",
    ),
    (
        "no registry in CI",
        {
            "atlas.hcl": NO_REGISTRY,
            "s.sql": "",
        },
        ("schema", "push", "--env", "e"),
        "no registry is configured",
    ),
    ("unknown flag", {}, ("schema", "apply", "--nope"), "--nope"),
    ("unknown command", {}, ("schema", "fly"), "fly"),
    ("a --var without a value", {}, ("schema", "inspect", "-u", "file://x", "--var", "novalue"), '"novalue"'),
    ("a plan's URL", {}, ("schema", "plan", "approve", "--url", "atlas://app"), "is not the URL of a plan"),
    ("context", {}, ("schema", "push", "--context", "{"), "--context"),
    ("duration", {}, ("schema", "apply", "--lock-timeout", "soon"), "soon"),
    (
        "a target that does not stay",
        {"s.sql": ""},
        ("schema", "apply", "-u", "docker://postgres/18/dev", "--to", "file://s.sql"),
        "a docker:// database ends with the run",
    ),
    ("not text", {}, ("schema", "inspect", "-u", "file://a\udcff.sql"), "an argument is not text"),
]


@pytest.mark.parametrize(
    ("files", "arguments", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_an_error_is_two_lines(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.setenv("CI", "true")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    ran = run(*arguments)
    assert (ran.code, ran.out) == (1, "")
    error = [line for line in ran.err.splitlines() if not line.startswith("Notice: ")]
    assert error[0].startswith("Error: ")
    assert message in error[0]
    assert len(error) in {2, 4}, "the error, the line it is in with a mark, and what to do"
    assert "Traceback" not in ran.err
    assert "hunter2" not in ran.err


def test_a_dirty_dev_database_is_refused_and_left_alone(run: Run, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "dev.db") as connection:
        connection.execute("CREATE TABLE precious (id integer)")
    (tmp_path / "schema.sql").write_text("CREATE TABLE t (id integer);")
    ran = run("schema", "inspect", "-u", "file://schema.sql", "--dev-url", "sqlite://dev.db")
    assert "connected database is not clean" in ran.err
    with sqlite3.connect(tmp_path / "dev.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("precious",)]


def test_a_bug_is_told_without_a_traceback(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr("backstay.operations.inspect", fail)
    ran = run("schema", "inspect", "-u", "file://x.sql")
    assert ran.code == 1
    assert "internal error (RuntimeError)" in ran.err
    assert "secret details" not in ran.err
    assert "secret details" in (tmp_path / "cache" / "debug.log").read_text()


def test_the_wrong_line_is_shown_without_secrets_and_not_all_of_a_long_one(run: Run, tmp_path: Path) -> None:
    url = "postgres://app:hunter2hunter2@h/db"
    (tmp_path / "atlas.hcl").write_text(f'env "e" {{\n  url = "{url}" oops "{"x" * 1000}"\n}}\n')
    ran = run("schema", "inspect", "--env", "e")
    assert 'url = "postgres://app:xxxxx@h/db" oops "xxx' in ran.err
    assert max(map(len, ran.err.splitlines())) < 200


def test_a_bug_keeps_no_secret(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        learn_url("postgres://app:hunter2hunter2@host/db")
        raise RuntimeError("no way to app:hunter2hunter2@host")

    monkeypatch.setattr("backstay.operations.inspect", fail)
    run("schema", "inspect", "-u", "file://x.sql")
    assert "hunter2" not in (tmp_path / "cache" / "debug.log").read_text()


def test_an_error_does_not_steer_the_terminal(run: Run) -> None:
    ran = run("schema", "apply", "--tx-mode", "\x1b[2J")
    assert ran.code == 1
    assert "\x1b" not in ran.err
    assert r"\u{1B}[2J" in ran.err
