"""`backstay login`."""

from __future__ import annotations

import click

from backstay.cli import flags, output
from backstay.cli.options import common


@click.command()
@flags.project_flags
@click.argument("organization", metavar="[ORG]", default="")
@click.option("--token", default="", help="Token of the registry server (BACKSTAY_TOKEN).")
@click.option("--grant-only", is_flag=True, help="Keep the grant, and not the token.")
@click.option(
    "--output", "file", default="", help="Write the grant to this file, too: a BACKSTAY_GRANT_FILE."
)
@flags.format_
@click.pass_context
def login(
    ctx: click.Context, organization: str, token: str, grant_only: bool, file: str, format_: str
) -> None:
    """Log in to a registry server with a token, and get a grant for the time when it is away.

    With --grant-only a grant that is kept and still valid will do where the server does not answer.
    """
    from backstay.operations.login import login as run
    from backstay.operations.options import LoginOptions
    from backstay.report.documents.account import account, account_text

    render = output.renderer(format_) if format_ else None
    observer = output.quiet()
    observer.conceal(token)
    found = run(
        LoginOptions(
            **common(ctx), token=token, organization=organization, grant_only=grant_only, output=file
        ),
        observer,
    )
    if found:
        output.emit(render(account(found)) if render else account_text(found))
