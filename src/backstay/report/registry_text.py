"""Results of looking after registries as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from backstay.operations.registry.results import (
    CopyReport,
    LogResult,
    PruneResult,
    RepairResult,
    RepositoryReport,
    VerifyResult,
)
from backstay.registry.records import VersionRecord
from backstay.registry.survey import Problem
from backstay.report.table import table
from backstay.report.text import count

COPIES: Final = ("Target", "Status", "Head", "Digest", "Entries", "States", "Tags", "Plans")
ENTRIES: Final = ("Entry", "Version", "Time", "By", "Commit", "Tags", "Missed by", "Description")
SHOWN: Final = 12
"""Characters of a digest or a commit."""


def verify_text(result: VerifyResult) -> str:
    """A table of the copies of each repository, and under it what is wrong."""
    return "\n\n".join("\n".join(_repository(report)) for report in result.repositories)


def repair_text(result: RepairResult) -> str:
    """The steps by target, and what is still wrong."""
    lines: list[str] = []
    for (repo, url), steps in groupby(result.steps, key=lambda step: (step.repo, step.url)):
        lines.append(f"{repo} in {url}:")
        lines += (f"  -- {step.text}" + (f": failed, {step.error}" if step.error else "") for step in steps)
    if not result.steps and not result.problems:
        return "All targets agree, there is nothing to repair."
    if not result.steps:
        lines.append("There is nothing that can be repaired.")
    elif result.dry_run:
        lines.append(f"Dry run: {count(len(result.steps), 'step')} to take, nothing was changed.")
    if result.problems:
        heading = "Problems:" if result.dry_run else "Problems that are left:"
        lines += ["", heading, *_problems(result.problems)]
    return "\n".join(lines)


def log_text(result: LogResult) -> str:
    """A table of entries, the newest first."""
    return table(ENTRIES, [_entry(record) for record in result.entries])


def prune_text(result: PruneResult) -> str:
    """What was pruned, or is to be."""
    if not result.removed and not result.left_over:
        return f"There is nothing to prune in {result.repo}: it needs all of its {result.kept} states."
    lines = [f"Repository: {result.repo}"]
    lines += [f"  -- version {version}" for version in result.versions]
    lines.append(
        f"States: {result.removed} of old versions and {result.left_over} that no version has go, "
        f"{result.kept} stay."
    )
    if result.dry_run:
        lines.append("Dry run: nothing was removed.")
    for copy in result.copies:
        error = f", then failed: {copy.error}" if copy.error else ""
        lines.append(f"  -- {copy.url}: {copy.states} removed{error}")
    return "\n".join(lines)


def _repository(report: RepositoryReport) -> Iterator[str]:
    pruned = f", {count(report.pruned, 'state')} pruned" if report.pruned else ""
    yield f"Repository: {report.repo} (entry {report.head}, version {report.version or 'none'}{pruned})"
    yield ""
    yield table(COPIES, [_copy(copy) for copy in report.copies])
    for copy in report.copies:
        for branch in copy.branches:
            yield f"\nBranch {branch} is kept in {copy.url}"
    if report.problems:
        yield "\nProblems:"
        yield from _problems(report.problems)
    else:
        yield "\nNo problems."


def _copy(copy: CopyReport) -> tuple[str, ...]:
    if copy.status == "unreachable":
        return (copy.url, copy.status, *("" for _ in COPIES[2:]))
    counts = (copy.entries, copy.states, copy.tags, copy.plans)
    return (copy.url, copy.status, str(copy.head), copy.digest[:SHOWN], *map(str, counts))


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    for url, found in groupby(problems, key=lambda problem: problem.url):
        yield f"  {url}:"
        for problem in found:
            yield f"    -- {problem.kind}: {' '.join(filter(None, (problem.object, problem.text)))}"


def _entry(record: VersionRecord) -> tuple[str, ...]:
    context = record.context
    cells = (
        str(record.sequence),
        record.version,
        record.time,
        context.username,
        context.commit[:SHOWN],
        ", ".join(record.tags),
        ", ".join(record.missed),
        record.description,
    )
    return tuple(" ".join(cell.split()) for cell in cells)
