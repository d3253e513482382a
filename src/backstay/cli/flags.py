"""Flags that several commands share, and how their values are read."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any, TypeVar

import click

from backstay.errors import BackstayError, ConfigError

F = TypeVar("F", bound=Callable[..., Any])


class CSVList(click.ParamType[tuple[str, ...]]):
    """One CSV record: `a,b` are two values, `"a,b"` is one."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(field for row in csv.reader([value], strict=True) for field in row)
        except csv.Error as error:
            self.fail(f"{value!r} is not a comma-separated list: {error}", param, ctx)


class Duration(click.ParamType[float]):
    """A duration in Go's notation (`10s`, `1m30s`, `500ms`), as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from backstay.report.duration import parse_duration

        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except BackstayError as error:
            self.fail(error.message, param, ctx)


def _flatten(ctx: click.Context, param: click.Parameter, value: Any) -> tuple[str, ...]:
    return tuple(item for group in value for item in group)


def csv_option(*names: str, help: str) -> Callable[[F], F]:
    """A repeatable, comma-separated option; its value is one flat tuple."""
    return click.option(*names, type=CSVList(), multiple=True, callback=_flatten, help=help)


def together(*decorators: Callable[[F], F]) -> Callable[[F], F]:
    """Several decorators as one, the first one outermost."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep a project flag for the whole command line: the inner command's value wins, --var adds up."""
    kept = ctx.ensure_object(dict)
    assert param.name
    if param.multiple:
        kept[param.name] = (*kept.get(param.name, ()), *value)
    elif value:
        kept[param.name] = value


project_flags = together(
    click.option("-c", "--config", expose_value=False, callback=_remember, help="URL of the project file."),
    click.option("--env", expose_value=False, callback=_remember, help="Env of the project file."),
    click.option(
        "--var",
        multiple=True,
        expose_value=False,
        callback=_remember,
        help="A variable: name=value; repeat it to make a list.",
    ),
)
"""Flags accepted before and after the name of any command of the `schema` group."""

dev_url = click.option("--dev-url", default="", help="URL of the dev database (default: an embedded one).")
schemas = csv_option("-s", "--schema", "schemas", help="Names of the schemas to consider.")
exclude = csv_option("--exclude", help="Patterns of objects to leave out.")
include = csv_option("--include", help="Patterns of objects to keep.")
allow_stale = click.option(
    "--allow-stale", is_flag=True, help="Accept an older state than this machine has seen."
)
selection = together(dev_url, schemas, exclude, include, allow_stale)
format_ = click.option("--format", "format_", default="", help="Go template of the output.")
context = click.option("--context", "context", default="", hidden=True)
lock_timeout = click.option(
    "--lock-timeout", type=Duration(), default=10.0, help="How long to wait for the lock (10s)."
)
from_ = csv_option("--from", "from_", help="URL of the current state.")
to = csv_option("--to", help="URL of the desired state.")


def _editor(ctx: click.Context, param: click.Parameter, value: bool) -> Callable[[str], str] | None:
    from backstay.cli.editor import edit

    return edit if value else None


def _no_web(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        raise ConfigError(
            "--web needs a page to share the schema on, which Backstay does not have",
            hint="draw it instead: --format '{{ mermaid . }}'",
        )


edit = click.option(
    "--edit", is_flag=True, callback=_editor, help="Edit the SQL in $EDITOR before it is proved."
)
skip_lint = click.option("--skip-lint", is_flag=True, help="Do not analyse the plan.")
web = click.option("-w", "--web", is_flag=True, hidden=True, expose_value=False, callback=_no_web)
repo = click.option("--repo", default="", help="Repository: app or atlas://app.")


def exclusive(**given: object) -> None:
    """Raises `ConfigError` when more than one of these flags was given."""
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        raise ConfigError(f"these exclude each other: {', '.join(names)}", hint="give one of them")
