"""Flags of the commands that look after registries, and how their results are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from backstay.cli import flags, output
from backstay.operations.observer import Observer

R = TypeVar("R")

target_flags = flags.together(
    flags.project_flags,
    flags.csv_option("-u", "--url", "urls", help="URLs of the registry and its backups (those of the env)."),
    click.option("--repo", default="", help="Repository: app or atlas://app (that of the env, else all)."),
    flags.format_,
)


def show(
    format_: str,
    operation: Callable[[Observer], R],
    document: Callable[[R], Any],
    text: Callable[[R], str],
) -> R:
    """Run an operation under a progress display, and print its result by template or as text."""
    from backstay.report.visible import visible

    render = output.renderer(format_) if format_ else None
    with output.watched() as observer:
        result = operation(observer)
    output.emit(render(document(result)) if render else visible(text(result)))
    return result
