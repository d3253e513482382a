"""`backstay version`."""

from __future__ import annotations

import click

from backstay import __version__


@click.command()
def version() -> None:
    """Print the version, in the form that existing tools read."""
    click.echo(f"atlas version v{__version__}")
    click.echo(f"Backstay {__version__}: database schemas as code, deployable while any one service is down.")
