"""The analysis of a planned migration: hazards of its statements, under the project's lint policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from backstay.dialects.dialect import Fragment, Hazard
from backstay.engine.analysis import Analysis, Diagnostic, Finding

ANALYZERS: Mapping[str, tuple[str, str]] = {
    "DS": ("destructive", "destructive changes detected"),
    "MF": ("data_depend", "data dependent changes detected"),
    "LT": ("data_depend", "data dependent changes detected"),
    "BC": ("incompatible", "backward incompatible changes detected"),
    "CD": ("condrop", "constraint deletion detected"),
    "BS1": ("data_depend", "data dependent changes detected"),
    "BS2": ("incompatible", "backward incompatible changes detected"),
    "BS3": ("security", "changes of row security detected"),
}
"""How a hazard's code begins -> the analyzer that reports it, and its heading."""

NOLINT = re.compile(r"^\s*(?:--|#|/\*)\s*(?:atlas|backstay):nolint\b(.*?)(?:\*/)?\s*$")


class LintPolicy(msgspec.Struct, frozen=True):
    """`errors`: analyzers whose findings are errors (the others warn).

    `forced`: analyzers that `nolint` comments cannot silence. `review`: when an apply needs a person.
    """

    errors: frozenset[str] = frozenset({"destructive"})
    forced: frozenset[str] = frozenset()
    review: str = ""


def analyse(
    name: str,
    migration: str,
    fragments: Sequence[Fragment],
    hazards: Sequence[Sequence[Hazard]],
    policy: LintPolicy,
) -> Analysis:
    """The findings for a migration; `hazards[i]` are those of `fragments[i]`."""
    findings: dict[str, list[Diagnostic]] = {}
    header = _silenced(_header(migration))
    for fragment, dangers in zip(fragments, hazards, strict=True):
        silenced = header | _silenced(fragment.comments)
        for hazard in dangers:
            analyzer, heading = _analyzer(hazard.code)
            if analyzer not in policy.forced and silenced & {"", analyzer, hazard.code}:
                continue
            findings.setdefault(heading, []).append(
                Diagnostic(
                    position=fragment.position,
                    text=hazard.text,
                    code=hazard.code,
                    severity="error" if analyzer in policy.errors else "warning",
                )
            )
    return Analysis(
        name=name,
        sql=migration,
        findings=tuple(Finding(text=text, diagnostics=tuple(found)) for text, found in findings.items()),
    )


def _analyzer(code: str) -> tuple[str, str]:
    return next(found for prefix, found in ANALYZERS.items() if code.startswith(prefix))


def _silenced(comments: Iterable[str]) -> frozenset[str]:
    """Analyzers and codes that these comments silence; the empty name stands for all."""
    return frozenset(_names(comments))


def _names(comments: Iterable[str]) -> Iterator[str]:
    for comment in comments:
        for line in comment.splitlines():
            match = NOLINT.match(line)
            if match:
                yield from match[1].split() or [""]


def _header(migration: str) -> Sequence[str]:
    """The first comment block, when an empty line follows it: it speaks for the whole file."""
    block, separator, _ = migration.partition("\n\n")
    lines = block.splitlines()
    if separator and lines and all(line.lstrip().startswith(("--", "#")) for line in lines):
        return lines
    return ()
