"""What the analysis of a planned migration found."""

from __future__ import annotations

from typing import Literal

import msgspec


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. `position` is the byte offset of its statement in the migration."""

    position: int
    text: str
    code: str
    severity: Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The diagnostics of one analyzer: `text` is its heading (`destructive changes detected`)."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """The analysis of a planned migration. `name` is `<version>.sql`; `duration` is in seconds."""

    name: str
    sql: str
    findings: tuple[Finding, ...] = ()
    duration: float = 0.0

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return tuple(d for finding in self.findings for d in finding.diagnostics)

    @property
    def errors(self) -> int:
        return sum(d.severity == "error" for d in self.diagnostics)

    @property
    def warnings(self) -> int:
        return sum(d.severity == "warning" for d in self.diagnostics)
