"""Outputs that carry whole documents, and the plan's file in the workspace."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from backstay.action.step import Step
from backstay.errors import ConfigError
from backstay.operations.results import ApplyResult, PlanResult
from backstay.report import plan_document
from backstay.report.redact import scrub

DIRECTORY = "backstay-plans"
"""Of the workspace. Not hidden: artifact uploads leave hidden directories out."""


def output_plan(step: Step, plan: PlanResult) -> None:
    """Set `plan-json`, and `plan-file` to the path of the whole document relative to the workspace.

    A workspace that cannot be written to costs the file and a warning: by now the plan is stored, or the
    database migrated, and the step must not look as if it were not.
    """
    name = re.sub(r"[^\w.-]", "_", plan.file.name)[:100].lstrip(".") or "plan"
    path = f"{DIRECTORY}/{name}.json"
    document = scrub(plan_document.whole(plan).decode())
    step.output(plan_json=plan_document.bounded(plan).decode())
    try:
        write_for_later_steps(step.platform.workspace, path, document.encode())
        step.output(plan_file=path)
    except ConfigError as error:
        step.platform.annotate("warning", f"{error.message}\n{error.hint}", title="There is no plan-file")


class TargetOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One element of `targets`. `applied` and `pending` count statements.

    `status` is `applied`, `synced`, `planned`, `failed`, or `skipped` where the run did not get there.
    """

    driver: str
    url: str
    schema: str
    status: str
    applied: int = 0
    pending: int = 0
    plan: str = ""
    error: str = ""
    reason: str = ""


def output_targets(
    step: Step, results: Sequence[ApplyResult], unreached: Sequence[TargetOutput] = ()
) -> None:
    """Set `targets` and `applied-count`; `unreached` are the targets that have no result."""
    targets = [*map(_target, results), *unreached]
    step.output(
        targets=msgspec.json.encode(targets).decode(),
        applied_count=sum(target.applied for target in targets),
    )


def _target(result: ApplyResult) -> TargetOutput:
    plan = result.plan.file if result.plan else None
    return TargetOutput(
        driver=result.target.driver,
        url=result.target.url,
        schema=result.target.schema,
        status=_status(result),
        applied=len(result.applied.applied) if result.applied and not result.rolled_back else 0,
        pending=len(result.pending),
        plan=(plan.url or plan.name) if plan else "",
        error=result.error,
        reason=result.reason,
    )


def _status(result: ApplyResult) -> str:
    if result.error:
        return "failed"
    if result.plan is None:
        return "synced"
    return "planned" if result.dry_run else "applied"


def write_for_later_steps(workspace: Path, path: str, data: bytes) -> None:
    """Write a file below the workspace that the workspace's owner can change and remove.

    We run as root, later steps do not. Raises `ConfigError` where the path leads out of the workspace.
    """
    target = workspace / path
    try:
        target.parent.mkdir(exist_ok=True)
        if not target.parent.resolve().is_relative_to(workspace.resolve()):
            raise ConfigError(
                f"{target.parent.name} leads out of the workspace", hint="remove this symbolic link"
            )
        part = target.with_name(f".{target.name}.part")
        part.write_bytes(data)
        os.replace(part, target)
        if os.geteuid() == 0:
            owner = workspace.stat()
            for made in (target.parent, target):
                os.chown(made, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise ConfigError(
            f"cannot write {path} to the workspace: {error.strerror}",
            hint="let the step write to the directory of the checkout",
        ) from error
