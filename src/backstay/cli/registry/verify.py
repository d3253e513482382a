"""`backstay registry verify`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from backstay.cli.options import common
from backstay.cli.registry.shared import show, target_flags


@click.command()
@target_flags
@click.pass_context
def verify(ctx: click.Context, /, format_: str, **fields: Any) -> int:
    """Read every object of every target: digests, signatures, history, tags, and whether they agree.

    Changes nothing. Exit code 1 where anything is wrong.
    """
    from backstay.operations import registry
    from backstay.operations.options import RegistryOptions
    from backstay.report.documents.registry import registry_verify
    from backstay.report.registry_text import verify_text

    options = RegistryOptions(**common(ctx, **fields))
    result = show(format_, partial(registry.verify, options), registry_verify, verify_text)
    return 1 if result.problems else 0
