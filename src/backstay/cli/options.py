"""Flags -> the options of an operation."""

from __future__ import annotations

from typing import Any

import click

from backstay import urls
from backstay.errors import ConfigError
from backstay.registry.records import RunContext

MEMBERS = {"userID": "user_id", "scmType": "scm_type"}
"""Members of the run context whose JSON name differs from the record's."""


def common(ctx: click.Context, context: str = "", **fields: Any) -> dict[str, Any]:
    """The fields of `Options`: the project flags, wherever they stood, and the command's own."""
    from backstay.project.variables import parse_vars

    project = ctx.obj or {}
    return {
        "config": project.get("config", ""),
        "env": project.get("env", ""),
        "vars": parse_vars(project.get("var", ())),
        "context": run_context(context),
        **fields,
    }


def run_context(text: str) -> RunContext:
    """The run context that CI passes as a JSON object; unknown members are ignored.

    It is stored with what is pushed, so the URL of a clone loses its credentials.
    """
    if not text:
        return RunContext()
    import msgspec

    from backstay.decoding import decode

    try:
        members = decode(text, dict[str, Any])
    except msgspec.DecodeError:
        raise ConfigError("--context is not a JSON object", hint="leave it out: CI sets it") from None
    known = {
        MEMBERS.get(name, name): urls.redact(str(value)) if name == "url" else str(value)
        for name, value in members.items()
        if isinstance(value, str | int)
    }
    return RunContext(**{name: known[name] for name in RunContext.__struct_fields__ if name in known})
