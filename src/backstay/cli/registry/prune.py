"""`backstay registry prune`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from backstay.cli import flags
from backstay.cli.options import common
from backstay.cli.registry.shared import show, target_flags


@click.command()
@target_flags
@click.option("--keep", type=int, required=True, help="How many of the newest versions keep their content.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@flags.context
@click.pass_context
def prune(ctx: click.Context, /, format_: str, **fields: Any) -> int:
    """Remove the content of old versions from every target; their place in the history stays.

    Never what a tag, an open plan or the newest versions need. Exit code 1 where a target went no further.
    """
    from backstay.operations import registry
    from backstay.operations.options import PruneOptions
    from backstay.report.documents.registry import registry_prune
    from backstay.report.registry_text import prune_text

    options = PruneOptions(**common(ctx, **fields))
    result = show(format_, partial(registry.prune, options), registry_prune, prune_text)
    return 1 if any(copy.error for copy in result.copies) else 0
