"""Scenarios: steps of our actions with what each has to answer, as YAML files in `scenarios/`.

A file holds `name: {steps: […]}`. A step may change the world first (`schema`: text of schema.sql, `files`,
`sql`: run on the database, `cli`: the command line, `merged`: the pull request is merged) and then `uses` an
action with `with`, `event` (a name in `EVENTS`) and `github` (variables). What it must answer:

exit, outputs (exact, or with `*`; empty = not set), summary / comment / errors / warnings / notices / log
(texts that stand there; one with `!` in front must not), comments (how many there are), tables (of the
database).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

DIRECTORY = Path(__file__).with_name("scenarios")
HEAD = "a" * 40
STEP_KEYS = {
    *("schema", "files", "sql", "cli", "merged", "refuse"),
    *("uses", "with", "env", "event", "github", "body"),
    *("exit", "outputs", "summary", "comment", "errors", "warnings", "notices", "log", "comments", "tables"),
}


@dataclass(frozen=True)
class Scenario:
    name: str
    steps: list[dict[str, Any]]


def scenarios() -> Iterator[Scenario]:
    """All scenarios. Raises `ValueError` for a key that nobody reads."""
    for path in sorted(DIRECTORY.glob("*.yml")):
        for name, about in yaml.safe_load(path.read_text()).items():
            unknown = {key for step in about["steps"] for key in step} - STEP_KEYS
            if unknown:
                raise ValueError(f"{path.name}: {name}: unknown keys {unknown}")
            yield Scenario(f"{path.stem}: {name}", about["steps"])


def pull_request(body: str = "", head: str | None = "octo/app", user: str = "mona") -> dict[str, Any]:
    """A pull request as payloads have it. `head` is the repository it comes from, None once deleted."""
    return {
        "number": 7,
        "html_url": "https://github.com/octo/app/pull/7",
        "body": body,
        "draft": False,
        "user": {"login": user},
        "head": {"sha": HEAD, "ref": "change", "repo": {"full_name": head, "fork": True} if head else None},
        "base": {"sha": "b" * 40, "ref": "main", "repo": {"full_name": "octo/app"}},
    }


REPOSITORY = {"full_name": "octo/app", "html_url": "https://github.com/octo/app", "default_branch": "main"}


def _run(head: str, listed: bool) -> dict[str, Any]:
    requests = [{"number": 7, "head": {"sha": HEAD, "ref": "change"}}] if listed else []
    return {
        "workflow_run": {
            "id": 1,
            "event": "pull_request",
            "head_sha": HEAD,
            "head_branch": "change",
            "head_repository": {"full_name": head},
            "pull_requests": requests,
        }
    }


def event(name: str, body: str) -> tuple[str, Mapping[str, Any]]:
    """An event by its name in scenarios: GitHub's name for it, and the payload."""
    github, payload = {
        "push": ("push", {"after": "c" * 40, "head_commit": {"id": "c" * 40}}),
        "schedule": ("schedule", {"schedule": "0 4 * * *"}),
        "workflow_dispatch": ("workflow_dispatch", {"inputs": {}}),
        "merge_group": (
            "merge_group",
            {"merge_group": {"head_ref": "refs/heads/gh-readonly-queue/main/pr-7-a"}},
        ),
        "pull_request": ("pull_request", {"pull_request": pull_request(body)}),
        "pull_request_target": ("pull_request_target", {"pull_request": pull_request(body)}),
        "review": ("pull_request_review", {"pull_request": pull_request(body)}),
        "review comment": ("pull_request_review_comment", {"pull_request": pull_request(body)}),
        "fork": ("pull_request", {"pull_request": pull_request(body, "mallory/app", "mallory")}),
        "deleted fork": ("pull_request", {"pull_request": pull_request(body, None)}),
        "dependabot": ("pull_request", {"pull_request": pull_request(body, user="dependabot[bot]")}),
        "comment on a pull request": (
            "issue_comment",
            {
                "issue": {"number": 7, "body": body, "pull_request": {"url": "x"}},
                "comment": {"body": "/plan"},
            },
        ),
        "comment on an issue": (
            "issue_comment",
            {"issue": {"number": 7, "body": body}, "comment": {"body": "x"}},
        ),
        "workflow_run": ("workflow_run", _run("octo/app", True)),
        "workflow_run of a fork": ("workflow_run", _run("mallory/app", False)),
    }[name]
    return github, {"repository": REPOSITORY, "sender": {"login": "mona"}, **payload}


def matches(actual: str, wanted: object) -> bool:
    """Is an output as wanted?"""
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    return fnmatchcase(actual, text) if text else actual == ""


def missing(text: str, wanted: object) -> list[str]:
    """Of the texts wanted, those that are not there; and of the unwanted, those that are."""
    listed = wanted if isinstance(wanted, list) else [wanted]
    return [t for t in listed if (t[1:] in text if t.startswith("!") else t not in text)]
