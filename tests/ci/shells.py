"""Platforms whose steps run in a shell, over streams that tests can read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TypeVar

from backstay.ci.base import Comment
from backstay.ci.plain import Plain

P = TypeVar("P", bound=Plain)

SHA = "0123456789abcdef0123456789abcdef01234567"
MARK = '<!-- backstay:v1 {"a":"plan","k":"0123456789abcdef",'
LINE = f'{MARK}"r":[1],"h":"e30="}} -->'


def scrub(text: str) -> str:
    return text.replace("hunter2", "***")


def started(kind: type[P], environ: dict[str, str]) -> tuple[P, io.StringIO, io.StringIO]:
    """The platform, its log and its data."""
    log, data = io.StringIO(), io.StringIO()
    return kind(environ, log, data, scrub), log, data


def comment(text: str = "new", seen: list[Sequence[str]] | None = None) -> Comment:
    """A comment that is to say `text`; what was there is put into `seen`."""

    def write(earlier: Sequence[str], left: Sequence[str]) -> str:
        if seen is not None:
            seen.append(tuple(earlier))
        return f"{LINE}\n\n<p>{text}</p>" if text else ""

    return Comment(mark=MARK, write=write)
