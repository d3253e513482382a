"""`backstay registry prune`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import click

from backstay.cli import flags
from backstay.cli.options import common
from backstay.cli.registry.lifetime import Lifetime
from backstay.cli.registry.shared import show, target_flags


@click.command()
@target_flags
@click.option("--keep", type=int, required=True, help="How many of the newest versions keep their content.")
@click.option("--commit-tags", is_flag=True, help="Let go what only tags named after their commit point at.")
@click.option(
    "--let-go", multiple=True, metavar="GLOB", help="Let go what only tags like this point at (repeatable)."
)
@click.option(
    "--older-than", type=Lifetime(ends=True), help="Only what was pushed longer ago than this: 90d, 12h."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@flags.context
@click.pass_context
def prune(ctx: click.Context, /, format_: str, older_than: timedelta | None, **fields: Any) -> int:
    """Remove the content of old versions from every target; their place in the history stays.

    Never what an open plan or the newest versions need, nor what a tag points at, unless --commit-tags or
    --let-go says that such tags need nothing. Exit code 1 where a target went no further.
    """
    from backstay.operations import registry
    from backstay.operations.options import PruneOptions
    from backstay.registry.replicated import timestamp
    from backstay.report.documents.registry import registry_prune
    from backstay.report.registry_text import prune_text

    since = timestamp(datetime.now(UTC) - older_than) if older_than else ""
    options = PruneOptions(**common(ctx, since=since, **fields))
    result = show(format_, partial(registry.prune, options), registry_prune, prune_text)
    return 1 if any(copy.error for copy in result.copies) else 0
