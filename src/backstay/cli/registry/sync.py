"""`backstay registry sync`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from backstay.cli.options import common
from backstay.cli.registry.shared import show, target_flags


@click.command()
@target_flags
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--keep", default="", help="URL of the target that wins where histories are forked.")
@click.option("--branch", default="", help="Name under which the others keep what is theirs alone.")
@click.option("--countersign", is_flag=True, help="Have the newest version signed if nobody has signed it.")
@click.pass_context
def sync(ctx: click.Context, /, format_: str, **fields: Any) -> int:
    """Bring the targets to agreement: copy what some lack, mend what is damaged, settle a fork with --keep.

    Nothing is lost: what is replaced stays readable with registry log --branch. Exit code 1 where anything
    is still wrong afterwards.
    """
    from backstay.operations import registry
    from backstay.operations.options import SyncOptions
    from backstay.report.documents.registry import registry_repair
    from backstay.report.registry_text import repair_text

    options = SyncOptions(**common(ctx, **fields))
    result = show(format_, partial(registry.sync, options), registry_repair, repair_text)
    return 1 if result.failed else 0
