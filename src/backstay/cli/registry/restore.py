"""`backstay registry restore`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from backstay.cli import flags
from backstay.cli.options import common
from backstay.cli.registry.shared import show


@click.command()
@flags.project_flags
@click.option("--from", "source", required=True, help="URL of the copy to restore from.")
@click.option("--to", "destination", required=True, help="URL of the place to restore to.")
@click.option("--repo", default="", help="Repository: app or atlas://app (that of the env, else all).")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@flags.format_
@click.pass_context
def restore(ctx: click.Context, /, format_: str, **fields: Any) -> int:
    """Build a registry again from a backup. Refuses a place that holds anything which the backup lacks."""
    from backstay.operations import registry
    from backstay.operations.options import RestoreOptions
    from backstay.report.documents.registry import registry_repair
    from backstay.report.registry_text import repair_text

    options = RestoreOptions(**common(ctx, **fields))
    result = show(format_, partial(registry.restore, options), registry_repair, repair_text)
    return 1 if result.failed else 0
