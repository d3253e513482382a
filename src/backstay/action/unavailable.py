"""Actions that workflows may name and whose command there is not: they say so, and what to use instead."""

from __future__ import annotations

from backstay.action.step import Step
from backstay.errors import UnsupportedError

_INSTEAD = {
    "lint": "schema/plan and schema/apply analyse every change (input fail-on); take this step out",
    "test": "schema/plan tries every change on the dev database before it is stored; take this step out",
}


def unavailable(step: Step) -> None:
    """Raise `UnsupportedError`: a check that was not done must not look as if it had passed."""
    raise UnsupportedError(f"Backstay has no {step.action.path} yet", hint=_INSTEAD[step.action.operation])
