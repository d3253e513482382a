"""What the findings of an analysis mean for a step."""

from __future__ import annotations

from backstay.errors import LintError
from backstay.operations.results import Analysis, PlanResult


def reaches(analysis: Analysis | None, level: str) -> bool:
    """Are there findings of this severity (`error`, `warning`; any case) or above? `never` has none."""
    if analysis is None:
        return False
    counted = {"error": analysis.errors, "warning": analysis.errors + analysis.warnings}
    return counted.get(level.lower(), 0) > 0


def refuse(plan: PlanResult, fail_on: str) -> None:
    """Raise `LintError` with all the findings where they reach `fail_on`."""
    if plan.analysis is None or not reaches(plan.analysis, fail_on):
        return
    counted = [d for d in plan.analysis.diagnostics if d.severity == "error" or fail_on == "warning"]
    raise LintError(
        "the analysis found " + "; ".join(f"{d.text} ({d.code})" if d.code else d.text for d in counted),
        hint="change the schema or the plan; the input fail-on says which findings fail a step",
    )
