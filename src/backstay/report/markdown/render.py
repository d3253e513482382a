"""From templates to Markdown in which no foreign text can be anything but text.

Foreign text (names, SQL, messages) stands in HTML, where every printed value is escaped without being
asked, or in a code fence that it cannot close. In text, GitHub looks for mentions, references, emoji and
formulas: an invisible character breaks them up. In code it does not, and code is left to be copied. Hidden
characters are shown by their number. Secrets of the process are taken out before: once it is escaped or
cut, nobody could tell one.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from backstay.report.redact import scrub
from backstay.report.visible import visible

MAX_TEXT: Final = 2_000
"""Characters of one value outside of code: nobody reads more in a table."""

_MENTION: Final = re.compile(
    r"(@|(?<!&)#|\bGH-|\bhttps?:(?=//)|\bwww\.|:(?=[\w+-]+:)|\$)(?=\S)", re.IGNORECASE
)
"""`@team`, `#12`, `GH-12`, `https://`, `www.`, `:smile:`, `$x$`."""


def render(template: str, **values: Any) -> str:
    """The text of `templates/<template>.md.j2` for these values."""
    return _environment().get_template(f"{template}.md.j2").render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=inline,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fence"] = fence
    environment.filters["href"] = href
    environment.filters["code"] = code
    return environment


def inline(value: object) -> object:
    """A value as HTML on one line, in which nothing is a tag, a mention or a reference."""
    if isinstance(value, (Markup, int, float)):
        return value
    return Markup(_MENTION.sub(r"\1&#8203;", _escaped(str(value))).replace("\n", "<br>"))


def code(value: str) -> Markup:
    """A value as code within HTML. A line break is shown by its number: within code GitHub hides it."""
    return Markup(f"<code>{_escaped(value)}</code>".replace("\n", "\\u{A}"))


def _escaped(text: str) -> str:
    text = scrub(text)
    clipped = f"{text[:MAX_TEXT]}…" if len(text) > MAX_TEXT else text
    return escape(visible(clipped)).replace("|", "&#124;").replace("`", "&#96;")


def fence(code: str, language: str = "sql") -> Markup:
    """A code block whose fence is longer than any run of backticks within."""
    body = visible(scrub(code).replace("\r\n", "\n")).strip("\n")
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    ticks = "`" * max(3, longest + 1)
    return Markup(f"{ticks}{language}\n{body}\n{ticks}")


def href(url: str) -> Markup:
    """The URL for an attribute if it may be linked to, else an empty text."""
    return Markup(escape(url) if re.fullmatch(r"https?://[^\s<>\"'()]+", url) else "")
