"""`backstay schema apply`."""

from __future__ import annotations

from typing import Any

import click

from backstay.cli import flags, output
from backstay.cli.options import common
from backstay.engine.differences import explain
from backstay.errors import BackstayError, ConfigError
from backstay.operations.options import ApplyOptions
from backstay.operations.resolve import formats, review
from backstay.operations.results import ApplyResult


@click.command()
@flags.project_flags
@click.option("-u", "--url", default="", help="URL of the database.")
@flags.to
@flags.csv_option("-f", "--file", "file", help="Alias of --to.")
@flags.selection
@flags.repo
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("--auto-approve", is_flag=True, help="Apply without asking.")
@click.option("--tx-mode", default="", help="file: where possible (default); all: one transaction; none.")
@click.option("--plan", default="", help="URL of a plan: atlas://app/plans/name or file://x.plan.hcl.")
@flags.edit
@flags.skip_lint
@flags.lock_timeout
@click.option("--lock-name", default="", help="Name of the lock.")
@click.option("--skip-lock", is_flag=True, help="Take no lock.")
@flags.format_
@click.option("--log", default="", hidden=True)
@click.pass_context
def apply(
    ctx: click.Context, /, to: tuple[str, ...], file: tuple[str, ...], format_: str, log: str, **fields: Any
) -> None:
    """Bring every database of the env to the desired state."""
    flags.exclusive(to=to, file=file)
    flags.exclusive(format=format_, log=log)
    flags.exclusive(plan=fields["plan"], edit=fields["edit"])
    options = ApplyOptions(**common(ctx, to=to or file, **fields))
    templates = [format_ or log] if format_ or log else list(formats(options, "apply"))
    if any(templates):
        _by_template(options, templates)
    else:
        _as_text(options)


def _by_template(options: ApplyOptions, templates: list[str]) -> None:
    """One rendered result per target; stdout carries nothing else."""
    from backstay import operations
    from backstay.report.documents import schema_apply

    if not (options.dry_run or options.auto_approve or options.plan or review(options)):
        raise ConfigError(
            "--format needs --dry-run or --auto-approve; without them it is only "
            "enabled when review policy is set to WARNING or ERROR",
            hint="nobody can be asked while stdout carries data",
        )
    renderers = [output.renderer(template or "{{ json . }}") for template in templates]
    for index, result in enumerate(operations.apply(options, output.quiet())):
        output.emit(renderers[min(index, len(renderers) - 1)](schema_apply(result)))
        _stop_on_error(result)


def _as_text(options: ApplyOptions) -> None:
    """Plan, analysis, question and progress as they happen."""
    from backstay import operations

    ask = not options.dry_run and not options.auto_approve
    for result in operations.apply(options, output.console("Approve and apply", ask=ask)):
        _stop_on_error(result)


def _stop_on_error(result: ApplyResult) -> None:
    if result.error:
        details = explain(result.differences)
        raise BackstayError(result.error, hint=result.hint, reason=result.reason, details=details)
