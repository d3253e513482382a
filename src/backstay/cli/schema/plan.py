"""`backstay schema plan` and its sub-commands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from backstay.cli import flags, output
from backstay.cli.options import common
from backstay.errors import BackstayError, ConfigError, LintError, NoChangesError, PlanError
from backstay.operations.observer import Observer
from backstay.operations.options import (
    PlanLintOptions,
    PlanListOptions,
    PlanOptions,
    PlanPushOptions,
    PlanURLOptions,
    TransitionOptions,
)
from backstay.operations.results import PlanResult

if TYPE_CHECKING:
    from backstay.cli.output import Render

transition_flags = flags.together(
    flags.project_flags,
    flags.from_,
    flags.to,
    flags.repo,
    flags.selection,
    flags.format_,
    flags.context,
    click.option("--auto-approve", is_flag=True, help="Do not ask."),
    click.option("--lock-timeout", type=flags.Duration(), expose_value=False, hidden=True),
)
url_flags = flags.together(
    flags.project_flags,
    click.option("--url", required=True, help="URL of the plan: atlas://app/plans/name."),
    flags.format_,
    flags.context,
)


NOT_YET = frozenset({"test", "validate"})
"""Sub-commands of this workflow that must not be taken for the name of a plan."""


class PlanGroup(click.Group):
    """`plan [NAME]` makes a plan, unless one of the words is a sub-command; flags may stand before it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        place = next((i for i, word in enumerate(args) if self._is_command(args, i, word)), None)
        if place is not None:
            args = [args[place], *args[:place], *args[place + 1 :]]
        elif args not in (["--help"], ["-h"]):
            args = [create.name or "", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        create.format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def _is_command(self, args: list[str], place: int, word: str) -> bool:
        before = args[place - 1] if place else ""
        is_value = before.startswith("-") and "=" not in before and before not in BOOLEAN_FLAGS
        return word in self.commands and not is_value


@click.group(cls=PlanGroup, subcommand_metavar="[NAME | COMMAND ...]")
def plan() -> None:
    """Plan a migration: `plan [NAME]`, or work with stored plans."""


@plan.command(hidden=True)
@transition_flags
@click.argument("argument", metavar="[NAME]", default="")
@click.option("--name", default="", help="Name of the plan (default: the UTC time).")
@click.option("--name-format", default="", help="Go template of the name, over .FromHash and .ToHash.")
@click.option("--dry-run", is_flag=True, help="Print the plan and store nothing.")
@click.option("--push", "push_", is_flag=True, help="Store the plan as approved.")
@click.option("--pending", is_flag=True, help="Store the plan as waiting for approval.")
@click.option("--save", is_flag=True, help="Write the plan to a file.")
@click.option("-o", "--output", "output_", default="", help="Where to write it (default: NAME.plan.hcl).")
@flags.csv_option("-d", "--directive", "directives", help='Header line: "atlas:txmode none".')
@flags.skip_lint
@flags.edit
@click.pass_context
def create(
    ctx: click.Context,
    /,
    argument: str,
    name: str,
    name_format: str,
    output_: str,
    format_: str,
    dry_run: bool,
    push_: bool,
    pending: bool,
    save: bool,
    **fields: Any,
) -> None:
    """Plan the migration to the desired state, prove and analyse it, and store it in the registry."""
    if argument in NOT_YET:
        raise ConfigError(
            f"schema plan {argument} is not available yet", hint=f"a plan of that name: --name {argument}"
        )
    flags.exclusive(NAME=argument, name=name, **{"name-format": name_format})
    flags.exclusive(**{"dry-run": dry_run, "push": push_, "save": save})
    flags.exclusive(**{"dry-run": dry_run, "pending": pending, "save": save})
    mode = "dry-run" if dry_run else "save" if save else "pending" if pending else "push"
    options = PlanOptions(
        **common(ctx, name=name or argument, namer=_namer(name_format), mode=mode, output=output_, **fields)
    )
    _print_plan(format_, options)


@plan.command()
@transition_flags
@click.option("--name", default="", help="Name of the plan (default: the UTC time).")
@click.option("-o", "--output", "output_", default="", help="Where to write it (default: NAME.plan.hcl).")
@click.option("--name-format", default="", help="Go template of the name, over .FromHash and .ToHash.")
@flags.csv_option("-d", "--directive", "directives", help='Header line: "atlas:txmode none".')
@flags.edit
@click.pass_context
def new(
    ctx: click.Context, /, name: str, name_format: str, output_: str, format_: str, **fields: Any
) -> None:
    """Plan the migration and write it to a new plan file."""
    flags.exclusive(name=name, **{"name-format": name_format})
    fields |= {"auto_approve": True, "name": name, "namer": _namer(name_format)}
    _print_plan(format_, PlanOptions(**common(ctx, mode="save", output=output_, **fields)))


@plan.command(name="list")
@transition_flags
@click.option("--pending", is_flag=True, help="Only plans that wait for approval.")
@click.pass_context
def list_(ctx: click.Context, /, format_: str, auto_approve: bool, **fields: Any) -> None:
    """List the stored plans of the transition."""
    from backstay import operations
    from backstay.report.documents import plan_file
    from backstay.report.text import plan_list_text

    render = output.renderer(format_) if format_ else None
    found = operations.list_plans(PlanListOptions(**common(ctx, **fields)), output.quiet())
    output.emit(render(tuple(map(plan_file, found))) if render else plan_list_text(found))


@plan.command()
@transition_flags
@click.option("-f", "--file", "file", required=True, help="URL of the plan file: file://name.plan.hcl.")
@click.option("--pending", is_flag=True, help="Store the plan as waiting for approval.")
@click.pass_context
def push(ctx: click.Context, /, format_: str, auto_approve: bool, **fields: Any) -> None:
    """Check a plan file against the transition, and store it in the registry and its backups."""
    from backstay import operations

    _print_reviewed(format_, operations.push_plan, PlanPushOptions(**common(ctx, **fields)))


@plan.command()
@transition_flags
@click.option(
    "-f", "--file", "file", required=True, help="URL of the plan: file://… or atlas://app/plans/name."
)
@click.pass_context
def lint(ctx: click.Context, /, format_: str, auto_approve: bool, **fields: Any) -> None:
    """Prove and analyse a plan without storing anything. Exit code 1 for findings that are errors."""
    from backstay import operations

    _print_reviewed(format_, operations.lint_plan, PlanLintOptions(**common(ctx, **fields)))


@plan.command()
@url_flags
@click.pass_context
def approve(ctx: click.Context, /, format_: str, **fields: Any) -> None:
    """Approve a waiting plan, in the registry and its backups."""
    from backstay import operations
    from backstay.report.documents import plan_approval
    from backstay.report.text import approve_text

    render = output.renderer(format_) if format_ else None
    result = operations.approve_plan(PlanURLOptions(**common(ctx, **fields)), output.quiet())
    output.say_targets(result.targets)
    output.emit(render(plan_approval(result)) if render else approve_text(result))


@plan.command()
@url_flags
@click.pass_context
def pull(ctx: click.Context, /, format_: str, **fields: Any) -> None:
    """Print a stored plan as a plan file."""
    from backstay import operations

    output.emit(operations.pull_plan(PlanURLOptions(**common(ctx, **fields)), output.quiet()))


@plan.command()
@url_flags
@click.pass_context
def rm(ctx: click.Context, /, format_: str, **fields: Any) -> None:
    """Remove a stored plan from the registry and its backups."""
    from backstay import operations

    result = operations.remove_plan(PlanURLOptions(**common(ctx, **fields)), output.quiet())
    output.say_targets(result.targets)


BOOLEAN_FLAGS = frozenset(
    name
    for command in plan.commands.values()
    for parameter in command.params
    if isinstance(parameter, click.Option) and parameter.is_flag
    for name in parameter.opts
)


def _namer(name_format: str) -> Callable[[str, str], str]:
    if not name_format:
        return lambda from_hash, to_hash: ""
    from backstay.report.documents import PlanName

    render = output.renderer(name_format)
    return lambda from_hash, to_hash: render(PlanName(from_hash=from_hash, to_hash=to_hash)).strip()


def _print_plan(format_: str, options: PlanOptions) -> None:
    """Plan, with a question where a person is there, and print what became of it."""
    from backstay import operations

    if format_ and options.mode != "dry-run" and not options.auto_approve:
        raise ConfigError(
            "--format needs --auto-approve or --dry-run", hint="nobody can be asked while stdout carries data"
        )
    ask = not options.auto_approve
    _print(format_, ask, lambda observer: operations.plan(options, observer))


def _print_reviewed(
    format_: str, operation: Callable[[Any, Observer], PlanResult], options: TransitionOptions
) -> None:
    result = _print(format_, False, lambda observer: operation(options, observer))
    if result.analysis and result.analysis.errors and isinstance(options, PlanLintOptions):
        raise LintError(
            f"{result.analysis.errors} errors were found in the analysis", hint="see the findings above"
        )


def _print(format_: str, ask: bool, run: Callable[[Observer], PlanResult]) -> PlanResult:
    from backstay.report.documents import schema_plan
    from backstay.report.text import plan_text

    render = output.renderer(format_) if format_ else None
    observer = output.quiet() if render else output.console("Approve and push", transition=True, ask=ask)
    try:
        result = run(observer)
    except PlanError as error:
        if render and not isinstance(error, NoChangesError):
            _emit_failure(render, error)
        raise
    output.say_targets(result.targets)
    output.emit(render(schema_plan(result)) if render else plan_text(result))
    return result


def _emit_failure(render: Render, error: PlanError) -> None:
    """The document with why there is no plan; templates that ask for more than that print nothing."""
    from backstay.report.documents import SchemaPlan

    with suppress(BackstayError):
        output.emit(render(SchemaPlan(error=error.message)))
