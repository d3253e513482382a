"""Results as Markdown: the summary of a job, and the comment on its pull request.

For each result there is a page, whose sections matter more or less; `summary` and `comment` make whole
texts of pages that keep GitHub's limits, and are safe to show whatever names, SQL and messages hold.
"""

from __future__ import annotations

from backstay.report.markdown.applies import apply_page, failure_page, push_page
from backstay.report.markdown.marker import mark
from backstay.report.markdown.page import Origin, TargetRow, notices
from backstay.report.markdown.plans import (
    approve_page,
    many_plans_page,
    plan_page,
    stale_page,
    synced_page,
    unneeded_page,
    waiting_page,
)
from backstay.report.markdown.whole import Page, comment, last_run, summary

__all__ = [
    "Origin",
    "Page",
    "TargetRow",
    "apply_page",
    "approve_page",
    "comment",
    "failure_page",
    "last_run",
    "many_plans_page",
    "mark",
    "notices",
    "plan_page",
    "push_page",
    "stale_page",
    "summary",
    "synced_page",
    "unneeded_page",
    "waiting_page",
]
