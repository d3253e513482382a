"""The comment of a step: which one it is, and whether one is begun where there is none yet.

| what the step tells of | `auto` | `on-change` | `never` |
|---|---|---|---|
| changes, made or to be made | begin | begin | – |
| a failure | begin | edit only | – |
| no changes; a run that was cancelled | edit only | edit only | – |

*Edit only*: a comment that is there is brought up to date, so that none tells of a plan that is no more.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Sequence
from typing import Final

import msgspec

from backstay import urls
from backstay.action.step import Step
from backstay.ci.base import Comment
from backstay.errors import BackstayError
from backstay.operations.addresses import slug
from backstay.report import markdown
from backstay.report.markdown import Page

BEGINS: Final = {"auto": ("changes", "failure"), "on-change": ("changes",)}

UNKNOWN: Final = (0, 0, 0)
"""The run of a system that does not number its runs."""

SHARED: Final = (
    "another step of this run has written the same comment, which shows this one now: the input comment-id "
    "gives each its own"
)

SECONDS: Final = 30.0
SECONDS_WHEN_CANCELLED: Final = 4.0
"""The runner kills a cancelled step ten seconds after it asked it to stop."""


def write(step: Step, pages: Sequence[Page], notices: Sequence[str] = ()) -> str:
    """Write these pages to the comment of the step; its address, or nothing.

    A comment is never why a step fails: by now its work is done, and told elsewhere.
    """
    if not (pages and step.inputs.given("comment")):
        return ""
    wanted = step.inputs.text("comment")
    if wanted == "never":
        return ""
    occasion = pages[0].occasion
    beginning = markdown.mark(step.action.operation, key_of(step))
    run = step.trigger.run

    def text(earlier: Sequence[str]) -> str:
        if not earlier and occasion not in BEGINS[wanted]:
            return ""
        shown = markdown.notices(notices)
        body = markdown.comment(beginning, pages, step.origin(), shown, run, earlier)
        if not body:
            step.platform.log("the comment is left as it is: a later run has written it")
        elif markdown.last_run(earlier) == run != UNKNOWN and not step.has_commented:
            step.observer.notice(SHARED)
        step.has_commented = bool(body)
        return body

    seconds = SECONDS_WHEN_CANCELLED if occasion == "cancelled" else SECONDS
    try:
        return step.platform.comment(Comment(mark=beginning, write=text, seconds=seconds))
    except Exception as error:
        step.platform.annotate("notice", f"no comment was written: unexpected {type(error).__name__}")
        step.platform.debug("".join(traceback.format_exception(error)))
        return ""


def key_of(step: Step) -> str:
    """What tells the comments of a pull request apart: 16 hexadecimal digits.

    The same for every run of a workflow: of the inputs that say what the step is about, and not of what
    it finds. Passwords do not count, nor do the tags of states in a registry, which change with each run.
    """
    inputs = step.inputs
    apart = [inputs.text("comment-id")] if inputs.given("comment-id") else _targets(step)
    repo = _slug(inputs.text("schema-name")) if inputs.given("schema-name") else ""
    about = [step.action.operation, repo, inputs.text("env"), inputs.text("working-directory"), apart]
    return hashlib.sha256(msgspec.json.encode(about)).hexdigest()[:16]


def _slug(name: str) -> str:
    try:
        return slug(name) if name else ""
    except BackstayError:
        return name


def _targets(step: Step) -> list[list[str]]:
    declared = [i for i in step.action.inputs if i.name in ("config", "url", "from", "to")]
    found = [step.inputs.items(i.name) if i.kind == "urls" else (step.inputs.text(i.name),) for i in declared]
    return [[_place(url) for url in given if url] for given in found]


def _place(url: str) -> str:
    shown = urls.redact(url)
    return shown.partition("?")[0] if shown.startswith("atlas://") else shown
