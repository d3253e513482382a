"""Values that somebody chose to do harm with, in every input and every field of an event.

Whatever they are, a step ends in order: no traceback, no output or command that the value wrote, no file
outside the workspace, no program started, no secret shown. Steps run in this process with the real
operations, and their answers are read by our strict runner.
"""

from __future__ import annotations

import copy
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from backstay import operations
from backstay.action.main import run
from backstay.action.manifest import ACTIONS
from backstay.action.step import Clock
from backstay.ci.github import GitHub
from backstay.report.redact import Secrets
from tests.e2e.protocol import Log, read_file_commands, read_log, read_summary
from tests.e2e.scenarios import event

SECRET = "correct-horse-battery"
MARK = "pwned-7d1c"
VALUES = {
    "shell": f"x; touch {MARK} #",
    "substitution": f"$(touch {MARK})`touch {MARK}`",
    "pipe": f"| touch {MARK}",
    "option": "--help",
    "short option": "-rf",
    "command": f"x\n::error::{MARK}\n::set-output name={MARK}::1",
    "older command": f"##[error]{MARK}",
    "encoded command": f"x%0A::error::{MARK}",
    "output": f"x\n{MARK}=1\nEOF\n{MARK}<<EOF\n1\nEOF",
    "carriage return": f"x\r::error::{MARK}\r{MARK}=1",
    "climbing": "../" * 12 + "proc/self/environ",
    "climbing url": "file://" + "../" * 12 + "proc/self/environ",
    "environment": "file:///proc/self/environ",
    "expression": "${{ secrets.TOKEN }}{{ 7 * 7 }}{% include 'x' %}",
    "template": "{{ .Env }}{{ json . }}",
    "markup": f"<script>{MARK}</script><img src=x onerror={MARK}>`]](javascript:{MARK})",
    "comment end": f"--><!-- {MARK} -->",
    "mention": "@octo/team #1 fixes #2",
    "direction": "a\u202e\u2066b\u200b",
    "bytes": "x\udcff\udc80",
    "null": "x\\u0000",
    "long": "x" * 100_000,
    "many lines": "\n" * 5_000 + "x",
    "url": f"postgres://u:{SECRET}@127.0.0.1:1/x?sslmode=disable&connect_timeout=1",
    "broken url": f"postgres://u:{SECRET}@[::1/x",
    "unknown scheme": f"javascript://u:{SECRET}@x/%0a",
    "json": '{"a": {"b": [1, null]}, "__proto__": 1}',
    "nested json": "[" * 3_000,
    "number": "1e999",
    "durations": "-1h",
}
PROJECT = """
variable "x" {
  type    = string
  default = ""
}
env "ci" {
  src = "file://schema.sql"
  url = "sqlite://app.db"
  dev = "sqlite://dev?mode=memory"
  schema {
    repo {
      name = "app"
      url  = "file://registry"
    }
  }
}
"""


FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.MULTILINE | re.DOTALL)
Answer = tuple[int, dict[str, str], Log, str, str]
"""Exit code, outputs, log, summary, and everything that was said."""


class Site:
    """A workspace in a directory of its own, in which nothing but the workspace may change."""

    def __init__(self, path: Path) -> None:
        self.path, self.workspace = path, path / "workspace"
        self.workspace.mkdir()
        (self.workspace / "atlas.hcl").write_text(PROJECT)
        (self.workspace / "schema.sql").write_text("CREATE TABLE users (id integer);")
        self.runs = 0

    def run(
        self, action: str, inputs: Mapping[str, str], payload: Mapping[str, Any], name: str = "push",
        more: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Run a step."""
        self.runs += 1
        files = {n: self.path / f"{n}-{self.runs}" for n in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        (self.path / "event.json").write_text(json.dumps(payload))
        environ = {
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(self.path / "event.json"),
            "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
            "GITHUB_REPOSITORY": "octo/app",
            "GITHUB_REF": "refs/pull/7/merge",
            **{n: str(path) for n, path in files.items()},
            **{f"INPUT_{n.upper()}": value for n, value in inputs.items()},
            **(more or {}),
        }
        for path in files.values():
            path.touch()
        raw = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        platform = GitHub(environ, raw, Secrets([SECRET]).scrub)
        before = Path.cwd()
        try:
            code = run(platform, [action], environ, operations, Clock())
        finally:
            os.chdir(before)
        raw.seek(0)
        said = raw.read()
        outputs = read_file_commands(files["GITHUB_OUTPUT"].read_text())
        summary = read_summary(files["GITHUB_STEP_SUMMARY"].read_bytes())
        shown = [line for line in said.splitlines() if not line.startswith("::add-mask::")]
        return code, outputs, read_log(said), summary, "\n".join((*shown, summary, *outputs.values()))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PLANTED_TOKEN", SECRET)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Site(tmp_path)


def check(site: Site, action: str, answer: Answer) -> None:
    code, outputs, log, summary, said = answer
    declared = {output.name for each in ACTIONS if each.path == action for output in each.outputs}
    assert code in (0, 1)
    assert outputs.keys() <= declared
    assert outputs.get("failure-reason") != "internal", said
    assert "Traceback" not in said
    assert SECRET not in said
    assert not any(annotation.message.startswith(MARK) for annotation in log.annotations)
    assert "<script" not in FENCED.sub("", summary)
    outside = {path.name for path in site.path.iterdir() if not path.name.startswith("GITHUB_")}
    assert outside <= {"workspace", "event.json", "cache"}
    assert not list(site.path.rglob(MARK))


def fields() -> Iterator[tuple[str, str]]:
    for action in ACTIONS:
        for declared in action.inputs:
            if action.available and not declared.name.endswith("github-token"):
                yield action.path, declared.name


@pytest.mark.parametrize(("action", "name"), list(fields()))
def test_no_value_of_an_input_does_harm(site: Site, action: str, name: str) -> None:
    wait = {"wait-timeout": "", "comment": "never"}
    given = {"env": "ci", "cache": "off", **wait}
    for value in VALUES.values():
        answer = site.run(action, {**given, name: value}, {})
        check(site, action, answer)


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))


def put(document: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    changed: Any = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


OTHER_KINDS = (None, 0, -1, True, 1e300, [], {}, [[]], "", {"number": "7"})
EVENTS = (
    "pull_request",
    "pull_request_target",
    "review",
    "comment on a pull request",
    "workflow_run",
    "push",
)


@pytest.mark.parametrize("name", EVENTS)
def test_no_field_of_an_event_does_harm(site: Site, name: str) -> None:
    github, payload = event(name, "text")
    texts = [value for value in VALUES.values() if "\udcff" not in value and len(value) < 10_000]
    for number, path in enumerate(p for p in leaves(payload) if p):
        # every kind at every field; of the texts two at each, so that all of them have their turn
        for value in (*OTHER_KINDS, *(texts[(2 * number + i) % len(texts)] for i in range(2))):
            inputs = {"env": "ci", "comment": "never", "tag": "v1"}
            check(
                site, "schema/push", site.run("schema/push", inputs, put(dict(payload), path, value), github)
            )


VARIABLES = (
    "SHA",
    "REF",
    "REF_NAME",
    "HEAD_REF",
    "REPOSITORY",
    "ACTOR",
    "RUN_ID",
    "SERVER_URL",
    "EVENT_NAME",
)


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_name_of_a_branch_an_actor_or_a_repository_does_harm(site: Site, variable: str) -> None:
    for value in VALUES.values():
        inputs = {"env": "ci", "comment": "never", "tag": "v1"}
        answer = site.run("schema/push", inputs, {}, more={f"GITHUB_{variable}": value})
        check(site, "schema/push", answer)
