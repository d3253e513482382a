"""`backstay registry log`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from backstay.cli import flags
from backstay.cli.options import common
from backstay.cli.registry.shared import show, target_flags


@click.command()
@target_flags
@click.option("--limit", type=click.IntRange(min=1), default=20, help="How many entries at most (20).")
@click.option("--branch", default="", help="A branch that a repair put aside, instead of the history.")
@flags.allow_stale
@click.pass_context
def log(ctx: click.Context, /, format_: str, **fields: Any) -> None:
    """List versions, the newest first: tags, who pushed them, when, from which commit, who missed them."""
    from backstay.operations import registry
    from backstay.operations.options import LogOptions
    from backstay.report.documents.registry import registry_log
    from backstay.report.registry_text import log_text

    options = LogOptions(**common(ctx, **fields))
    show(format_, partial(registry.log, options), registry_log, log_text)
