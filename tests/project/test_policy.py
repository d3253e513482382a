"""Lint and diff policies: what an env says over what the file says for all."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from backstay.project import Diff, Lint, Project, load

DESTRUCTIVE = frozenset({"destructive"})


def load_text(tmp_path: Path, text: str) -> Project:
    path = tmp_path / "atlas.hcl"
    path.write_text(dedent(text))
    return load(f"file://{path}", "dev", environ={})


LINTS: list[tuple[str, str, Lint]] = [
    ("", "", Lint()),
    ("review = ERROR", "", Lint(review="ERROR")),
    ("", 'review = "WARNING"', Lint(review="WARNING")),
    ("review = ALWAYS\nformat = \"x\"", "review = ERROR", Lint(review="ERROR", format="x")),
    ("data_depend {\nerror = true\n}", "", Lint(errors=DESTRUCTIVE | {"data_depend"})),
    ("data_depend {\nerror = true\n}", "review = ERROR",
     Lint(review="ERROR", errors=DESTRUCTIVE | {"data_depend"})),
    ("data_depend {\nerror = true\n}", "incompatible {\nerror = true\n}",
     Lint(errors=DESTRUCTIVE | {"incompatible"})),
    ("", "destructive {\nerror = false\n}", Lint(errors=frozenset())),
    ("", "destructive {\nforce = true\n}", Lint(forced=DESTRUCTIVE)),
    ("", "non_linear {\nerror = true\n}\ngit {\nbase = \"main\"\n}", Lint()),
]  # fmt: skip

CONCURRENT = Diff(concurrent_create=True, concurrent_drop=True)
DIFFS: list[tuple[str, str, Diff]] = [
    ("", "", Diff()),
    ("skip {\ndrop_table = true\n}", "", Diff(skip=frozenset({"drop_table"}))),
    ("concurrent_index {\ncreate = true\ndrop = true\n}", "", CONCURRENT),
    ("concurrent_index {\nadd = true\ndrop = true\n}", "", CONCURRENT),
    ("online = false\nlock_timeout = \"2s\"", "", Diff(online=False, lock_timeout=2)),
    ("online = false", "probe = false\nstatement_timeout = \"1m30s\"",
     Diff(probe=False, statement_timeout=90)),
    ("skip {\ndrop_table = true\n}", "concurrent_index {\ncreate = true\n}",
     Diff(skip=frozenset({"drop_table"}), concurrent_create=True)),
    ("skip {\ndrop_table = true\n}", "skip {\ndrop_column = true\n}", Diff(skip=frozenset({"drop_column"}))),
    ("skip {\ndrop_table = true\n}", "skip {\ndrop_table = false\n}", Diff()),
    ("concurrent_index {\ncreate = true\n}", "skip {\nadd_view = true\n}",
     Diff(skip=frozenset({"add_view"}))),
]  # fmt: skip


@pytest.mark.parametrize(("shared", "own", "expected"), LINTS)
def test_lint(tmp_path: Path, shared: str, own: str, expected: Lint) -> None:
    text = f'{block("lint", shared)}\nenv "dev" {{\n{block("lint", own)}\n}}'
    assert load_text(tmp_path, text).envs[0].lint == expected


@pytest.mark.parametrize(("shared", "own", "expected"), DIFFS)
def test_diff(tmp_path: Path, shared: str, own: str, expected: Diff) -> None:
    text = f'{block("diff", shared)}\nenv "dev" {{\n{block("diff", own)}\n}}'
    assert load_text(tmp_path, text).envs[0].diff == expected


def block(type_: str, body: str) -> str:
    return f"{type_} {{\n{body}\n}}" if body else ""


def test_a_policy_may_depend_on_a_variable(tmp_path: Path) -> None:
    text = """
        variable "allow_drop" {
          type    = bool
          default = false
        }
        env "dev" {
          diff {
            skip {
              drop_table = !var.allow_drop
            }
          }
        }
    """
    assert load_text(tmp_path, text).envs[0].diff.skip == {"drop_table"}


def test_what_is_not_heeded_is_named(tmp_path: Path) -> None:
    text = """
        lint {
          naming {
            match = "^[a-z]+$"
            index {
              match = "_idx$"
            }
          }
          rule "hcl" "org" {
            src = ["org.rule.hcl"]
          }
        }
        diff {
          materialized {
            with_no_data = true
          }
        }
        env "dev" {}
    """
    warnings = load_text(tmp_path, text).warnings
    path = tmp_path / "atlas.hcl"
    assert warnings == (
        f'{path}:9:3: "lint.rule" is not available yet and has no effect',
        f'{path}:3:3: "lint.naming.match" is not available yet and has no effect',
        f'{path}:3:3: "lint.naming.index" is not available yet and has no effect',
        f'{path}:14:3: "diff.materialized" is not available yet and has no effect',
    )
