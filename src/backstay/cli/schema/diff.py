"""`backstay schema diff`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from backstay.cli import flags, output
from backstay.cli.options import common


@click.command()
@flags.project_flags
@flags.csv_option("-f", "--from", "from_", help="URL of the current state.")
@flags.to
@flags.selection
@flags.format_
@flags.web
@click.pass_context
def diff(ctx: click.Context, /, format_: str, **fields: Any) -> None:
    """Print the SQL that leads from one state to another. Exit code 0, whether they differ or not."""
    from backstay import operations
    from backstay.operations.options import DiffOptions
    from backstay.report.documents import schema_diff
    from backstay.report.statements import script
    from backstay.report.text import DIFF_SYNCED, ignored_text

    options = DiffOptions(**common(ctx, **fields))
    render = output.chosen_renderer(format_, options, "diff")
    result = operations.compare_states(options, output.quiet())

    def write(indent: str = "") -> str:
        return script(operations.difference(result, indent))

    if render is not None:
        planned = partial(operations.difference, result)
        output.emit(render(schema_diff(result, sql=write, planned=planned)))
    else:
        output.emit(write() if result.changes else "\n".join((DIFF_SYNCED, *ignored_text(result.ignored))))
