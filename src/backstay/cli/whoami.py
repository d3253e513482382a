"""`backstay whoami`."""

from __future__ import annotations

import click

from backstay.cli import flags, output
from backstay.cli.options import common


@click.command()
@flags.project_flags
@flags.format_
@click.pass_context
def whoami(ctx: click.Context, format_: str) -> None:
    """Say whose token this is, and what it allows."""
    from backstay.operations.login import whoami as run
    from backstay.operations.options import Options
    from backstay.report.documents.account import account, account_text

    render = output.renderer(format_) if format_ else None
    found = run(Options(**common(ctx)), output.quiet())
    output.emit(render(account(found)) if render else account_text(found))
