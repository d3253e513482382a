"""How long tokens and grants are good for, as flags say it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click


class Lifetime(click.ParamType[timedelta | None]):
    """`90d`, `12h`, or `never`, which is `None`."""

    name = "lifetime"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or value == "never":
            return None if value == "never" else value
        found = re.fullmatch(r"([1-9][0-9]{0,4})([hd])", value)
        if not found:
            self.fail(f"{value!r} is not a lifetime: write 90d, 12h or never", param, ctx)
        return timedelta(**{{"h": "hours", "d": "days"}[found[2]]: int(found[1])})
