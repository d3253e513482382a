"""Results as text for people: what is planned, what the analysis says, what was applied, stored, listed.

Pure functions from results to text, without a final line break. Who prints them when is `console`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from backstay import urls
from backstay.dialects.dialect import Statement
from backstay.dialects.registry import is_database
from backstay.engine.differences import explain
from backstay.operations.results import (
    Analysis,
    ApplyResult,
    ApproveResult,
    Diagnostic,
    Ignored,
    PlanFile,
    PlanResult,
    PushResult,
)
from backstay.registry.records import TargetResult
from backstay.report.duration import short_duration
from backstay.report.statements import terminated

SYNCED: Final = "Schema is synced, no changes to be made"
DIFF_SYNCED: Final = "Schemas are synced, no changes to be made."
RULE: Final = "-------------------------------------------"
FOOTER_RULE: Final = "  -------------------------"
WIDTH: Final = 100


def ignored_text(ignored: Sequence[Ignored]) -> Iterator[str]:
    """Why states with different hashes count as equal."""
    for item in ignored:
        yield f"The hashes differ, and nothing has to be done: {item.reason}"
        if item.differences:
            yield textwrap.indent(explain(item.differences), "  ")


def count(number: int, noun: str) -> str:
    """`1 statement`, `2 statements`: a number with its noun, plural above one only."""
    return f"{number} {noun}{'s' if number > 1 else ''}"


def statement_text(statement: Statement, *, colon: bool = False) -> str:
    """A statement below its comment, continuation lines aligned with the first."""
    sql = terminated(statement.sql).replace("\n", "\n" + " " * 7)
    comment = f"  -- {statement.comment}{':' if colon else ''}\n" if statement.comment else ""
    return f"{comment}    -> {sql}"


# Plan


def planning_text(plan: PlanResult, *, transition: bool = False) -> str:
    """The planned statements; with `transition` the heading says from which state to which."""
    total = len(plan.planned)
    if transition:
        start, end = (_described(desc) for desc in (plan.file.from_desc, plan.file.to_desc))
        heading = f"Planning migration from {start} to {end} ({count(total, 'statement')} in total):"
    else:
        heading = f"Planning migration statements ({total} in total):"
    body = "\n".join(statement_text(statement, colon=True) for statement in plan.planned)
    return f"{heading}\n\n{body}"


def _described(description: str) -> str:
    return "local database" if "://" in description and is_database(description) else description


def analysis_text(plan: PlanResult, analysis: Analysis) -> str:
    """What the analysis of a plan found."""
    lines = [RULE, "", f"Analyzing planned statements ({len(plan.planned)} in total):", ""]
    for finding in analysis.findings:
        lines.append(f"  -- {finding.text}:")
        lines += [_diagnostic(analysis.sql, diagnostic) for diagnostic in finding.diagnostics]
    if not analysis.findings:
        lines.append("  -- no diagnostics found")
    elif analysis.errors:
        lines.append(f"  -- {count(analysis.errors, 'error')} ({short_duration(analysis.duration)})")
    else:
        lines.append(f"  -- ok ({short_duration(analysis.duration)})")
    changes = sum(len(statement.changes) or 1 for statement in plan.planned)
    lines += ["", FOOTER_RULE, f"  -- {short_duration(analysis.duration)}"]
    lines.append(f"  -- {count(changes, 'schema change')}")
    if analysis.diagnostics:
        lines.append(f"  -- {count(len(analysis.diagnostics), 'diagnostic')}")
    return "\n".join(lines)


def _diagnostic(sql: str, diagnostic: Diagnostic) -> str:
    line = sql.encode()[: diagnostic.position].count(b"\n") + 1
    text = f"-- L{line}: {diagnostic.text} ({diagnostic.code})"
    return textwrap.fill(
        text, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 7, break_on_hyphens=False
    )


def prompt_text(approval: str) -> str:
    """The question whether a plan shall go on. `approval` is the first choice: `Approve and apply`."""
    return f"? Approve or abort the plan:\n  1. {approval}\n  2. Abort"


# Apply


def applying_text(plan: PlanResult) -> str:
    """The heading of a migration that begins."""
    file = f" using pre-planned file {plan.file.name}" if plan.file.url else ""
    return f"Applying approved migration{file} ({count(len(plan.planned), 'statement')} in total):"


def executed_text(seconds: float) -> str:
    """The line below a statement that succeeded."""
    return f"  -- ok ({short_duration(seconds)})"


def failed_text(message: str) -> str:
    """The lines below a statement that failed."""
    return textwrap.indent(f"Error: {message}", " " * 4)


def outcome_text(result: ApplyResult) -> str:
    """How a target ended: in sync, dry, refused, or the counts of what was executed."""
    if result.plan is None and not result.error:
        return SYNCED
    if result.dry_run:
        return f"Dry run: {count(len(result.pending), 'statement')} pending, nothing was applied."
    if result.applied is None:
        return "Nothing was applied."
    return "\n".join(_footer(result))


def _footer(result: ApplyResult) -> Iterator[str]:
    file = result.applied
    assert file is not None
    done = len(file.applied)
    yield FOOTER_RULE
    yield f"  -- {short_duration((file.end - file.start).total_seconds())}"
    if not result.error:
        yield "  -- 1 migration"
        yield f"  -- {count(done, 'sql statement')}"
        return
    yield "  -- 1 migration with errors"
    if file.error is None:
        yield f"  -- {count(done, 'sql statement')} ok"
    elif done:
        yield f"  -- {count(done, 'sql statement')} ok, 1 with errors"
    else:
        yield "  -- 1 sql statement with errors"
    if result.rolled_back:
        yield "  -- rolled back: the database is as it was before"


# Registry


def push_text(result: PushResult) -> str:
    """A pushed version: its address, where it is, what the backups answered."""
    state = "" if result.created else " (unchanged)"
    lines = [
        f"Schema: {result.repo}",
        f"  -- Atlas URL: {result.url}",
        _place(result.link, result.registry),
        f"  -- Version: {result.version}{state}",
        *_backups(result.targets),
    ]
    return "\n".join(filter(None, lines))


def plan_text(result: PlanResult) -> str:
    """A stored plan: its status, its address, what the backups answered. Empty for a plan not stored."""
    if not result.file.url:
        return ""
    if not result.file.status:
        return f"Plan File: {result.file.url}"
    registry = next((target.url for target in result.targets if target.primary), "")
    return _stored(result.file.status, result.file.url, result.file.link, registry, result.targets)


def approve_text(result: ApproveResult) -> str:
    """An approved plan."""
    registry = next((target.url for target in result.targets if target.primary), "")
    return _stored(result.status, result.url, result.link, registry, result.targets)


def _stored(status: str, url: str, link: str, registry: str, targets: Sequence[TargetResult]) -> str:
    lines = [f"Plan Status: {status}", f"  -- Atlas URL: {url}", _place(link, registry), *_backups(targets)]
    return "\n".join(filter(None, lines))


def plan_list_text(plans: Sequence[PlanFile]) -> str:
    """Stored plans, one after the other."""
    if not plans:
        return "There are no plans for this transition."
    return "\n\n".join("\n".join(_listed(plan)) for plan in plans)


def _listed(plan: PlanFile) -> Iterator[str]:
    yield f"Plan: {plan.name} ({plan.status})"
    yield f"  -- Atlas URL: {plan.url}"
    if plan.link:
        yield f"  -- Cloud URL: {plan.link}"
    yield f"  -- From: {plan.from_hash}" + (f" ({plan.from_desc})" if plan.from_desc else "")
    yield f"  -- To: {plan.to_hash}" + (f" ({plan.to_desc})" if plan.to_desc else "")
    yield f"  -- {count(len(plan.statements), 'statement')}"


def _place(link: str, registry: str) -> str:
    if link:
        return f"  -- Cloud URL: {link}"
    return f"  -- Registry URL: {urls.without_query(registry)}" if registry else ""


def _backups(targets: Sequence[TargetResult]) -> Iterator[str]:
    backups = [target for target in targets if not target.primary]
    if backups:
        yield "  -- Backups:"
    for target in backups:
        notice = f" ({target.notice})" if target.notice else ""
        yield f"    -- {target.url}: " + (f"failed, {target.error}" if target.error else f"ok{notice}")
