"""`backstay logout`."""

from __future__ import annotations

import click

from backstay.cli import flags, output
from backstay.cli.options import common


@click.command()
@flags.project_flags
@click.pass_context
def logout(ctx: click.Context) -> None:
    """Forget the token that login kept on this machine, and its grant."""
    from backstay.operations.login import logout as run
    from backstay.operations.options import Options

    was_logged_in = run(Options(**common(ctx)), output.quiet())
    output.log().info("logged out" if was_logged_in else "nobody was logged in")
