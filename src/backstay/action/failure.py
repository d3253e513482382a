"""How a failed step says why: one error annotation, and a code for machines."""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from pathlib import Path

import msgspec

from backstay.action.signals import Interrupted
from backstay.ci.base import Location, Platform
from backstay.errors import BackstayError, HCLError
from backstay.report.markdown import Origin, Page, failure_page

REASONS: Mapping[str, str] = {
    "config": "a project file, an input or a URL is wrong",
    "auth": "a service or database refused the credentials",
    "grant": "the registry server is away, and no grant allows to go on without it",
    "network": "a service did not answer",
    "database-error": "a database refused a connection or a statement",
    "lint-errors": "the analysis found what the step or the review policy does not accept",
    "multiple-plans": "several plans exist for the transition",
    "not-approved": "the plan still waits for approval",
    "approval-timeout": "nobody approved the plan within `wait-timeout`",
    "plan": "the migration cannot be planned, or a plan does not fit",
    "unsupported": "a schema holds objects that cannot be carried, or there is no such command yet",
    "not-found": "a repository, tag, plan, bucket or file is not there",
    "conflict": "a name is taken, or somebody else wrote at the same time",
    "forked": "registry and backups hold histories that do not continue each other",
    "stale": "the only copy to be had is older than one seen before",
    "corrupt": "an object of the registry is damaged",
    "unsigned": "an object of the registry is not signed, and trusted keys are configured",
    "unknown-key": "an object of the registry was signed by a key that is not trusted",
    "revoked-key": "an object of the registry was signed by a key that is revoked",
    "bad-signature": "an object of the registry was altered after it was signed",
    "rollback": "a tag of the registry points at an older version than the signed history says",
    "cancelled": "the run was cancelled",
    "internal": "a fault of Backstay",
}
"""Every value of the output `failure-reason`, as docs/action.md explains them."""

RETRYABLE = frozenset({"network", "locked", "no-grant", "not-approved", "approval-timeout"})
"""Codes of errors that may be over when the same step runs again later."""

_GENERAL = {
    "dirty-dev-database": "database-error",
    "locked": "database-error",
    "error": "internal",
    "untrusted": "corrupt",
    "pruned": "not-found",
    "no-grant": "grant",
    "clock": "grant",
}


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended: its exit code, and where it failed, why. `reason` is a code of `REASONS`."""

    code: int = 0
    reason: str = ""
    message: str = ""
    hint: str = ""


def failure_reason(code: str) -> str:
    """The output's value for an error's reason code: the same, or the more general one."""
    if code.startswith("grant-"):
        return "grant"
    return _GENERAL.get(code, code if code in REASONS else "internal")


def expected(platform: Platform, title: str, error: BackstayError) -> Ending:
    """Say what is wrong, and in the next line what to do; at its place, if it has one."""
    text = "\n".join(filter(None, (error.message, error.details, error.hint)))
    platform.fail(text, title=title, at=_place(platform, error))
    reason = failure_reason(error.reason_code)
    code = platform.retry_code if error.reason_code in RETRYABLE else 1
    return Ending(code=code, reason=reason, message=error.message, hint=error.hint)


def cancelled(platform: Platform, title: str, interrupt: Interrupted) -> Ending:
    """Say that a signal ended the run."""
    message = f"the run was cancelled ({interrupt})"
    platform.fail(message, title=title)
    return Ending(code=interrupt.exit_code, reason="cancelled", message=message)


def unexpected(platform: Platform, title: str, error: Exception) -> Ending:
    """Say that this is a fault of ours; the traceback goes to the debug log."""
    message = f"unexpected {type(error).__name__}: {error}"
    hint = "run the step again with debug logging, and report what it shows"
    platform.fail(f"{message}\n{hint}", title=title)
    platform.debug("".join(traceback.format_exception(error)))
    return Ending(code=1, reason="internal", message=message, hint=hint)


def page(operation: str, ending: Ending, origin: Origin) -> Page:
    """The page of a step that failed before it had anything else to show."""
    cancelled = ending.reason == "cancelled"
    return failure_page(operation, ending.message, ending.hint, origin, cancelled=cancelled)


def _place(platform: Platform, error: BackstayError) -> Location | None:
    """Where in the repository: annotations want paths from its root, wherever the step runs."""
    if not isinstance(error, HCLError):
        return None
    path = Path(os.path.abspath(error.filename))
    workspace = platform.workspace.resolve()
    if not path.is_relative_to(workspace):
        return None
    return Location(file=str(path.relative_to(workspace)), line=error.line, column=error.column)
