"""Spans of time, as flags say them: how long tokens and grants are good for, how old something is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click


class Lifetime(click.ParamType[timedelta | None]):
    """`90d`, `12h`, or `never`, which is `None` and may be ruled out (`ends`)."""

    name = "lifetime"

    def __init__(self, *, ends: bool = False) -> None:
        self._ends = ends

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if value == "never" and not self._ends:
            return None
        found = re.fullmatch(r"([1-9][0-9]{0,4})([hd])", value)
        if not found:
            known = "90d or 12h" if self._ends else "90d, 12h or never"
            self.fail(f"{value!r} is not a lifetime: write {known}", param, ctx)
        return timedelta(**{{"h": "hours", "d": "days"}[found[2]]: int(found[1])})
