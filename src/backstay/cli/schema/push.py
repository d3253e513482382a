"""`backstay schema push`."""

from __future__ import annotations

from typing import Any

import click

from backstay.cli import flags, output
from backstay.cli.options import common


@click.command()
@flags.project_flags
@click.argument("name", default="")
@flags.csv_option("-u", "--url", "url", help="URL of the desired state.")
@flags.dev_url
@flags.schemas
@flags.allow_stale
@click.option("--tag", default="", help="Tag of this version.")
@click.option("--version", default="", help="Identifier of this version (default: the UTC time).")
@click.option("--desc", "description", default="", help="What this version is.")
@flags.format_
@flags.lock_timeout
@flags.context
@click.pass_context
def push(
    ctx: click.Context, /, name: str, tag: str, format_: str, lock_timeout: float, **fields: Any
) -> None:
    """Push the desired state as a version of repository NAME[:TAG] to the registry and its backups."""
    from backstay import operations, urls
    from backstay.operations.options import PushOptions
    from backstay.report.documents import schema_push
    from backstay.report.text import push_text

    if "://" in name:
        repo, suffix = name, urls.query(name).get("tag", "")
    else:
        repo, _, suffix = name.partition(":")
    flags.exclusive(tag=tag, **{"NAME:TAG": suffix})
    tags = tuple(filter(None, [tag or suffix]))
    options = PushOptions(**common(ctx, repo=repo, tags=tags, **fields))
    render = output.chosen_renderer(format_, options, "push")
    result = operations.push(options, output.quiet())
    output.say_targets(result.targets)
    output.emit(render(schema_push(result)) if render else push_text(result))
