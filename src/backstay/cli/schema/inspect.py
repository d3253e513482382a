"""`backstay schema inspect`."""

from __future__ import annotations

from typing import Any

import click

from backstay.cli import flags, output
from backstay.cli.options import common


@click.command()
@flags.project_flags
@click.option("-u", "--url", default="", help="URL of the state: database, file://, env://, atlas://.")
@flags.selection
@flags.format_
@flags.web
@click.option("--log", "log", default="", hidden=True)
@click.pass_context
def inspect(ctx: click.Context, /, url: str, format_: str, log: str, **selection: Any) -> None:
    """Print the state of a database, of files or of the registry; as HCL by default."""
    from backstay import operations
    from backstay.operations.options import InspectOptions
    from backstay.report.documents import schema_inspect
    from backstay.report.statements import script

    flags.exclusive(format=format_, log=log)
    options = InspectOptions(**common(ctx, url=(url,) if url else (), **selection))
    render = output.chosen_renderer(format_ or log, options, "inspect")
    result = operations.inspect(options, output.quiet())
    if render is None:
        output.emit(operations.document(result.state))
        return
    document = schema_inspect(
        result,
        hcl=lambda: operations.document(result.state),
        sql=lambda indent="": script(operations.creation(result.state, indent)),
    )
    output.emit(render(document))
