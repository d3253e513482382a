"""Comments as Bitbucket shows them: in Markdown without any HTML, which it prints as it stands.

Our texts are HTML but for fenced code, and what they quote is escaped as HTML wants it. Here it is escaped as
Markdown wants it. The hidden first line becomes the definition of a link that nothing refers to.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

LIMIT: Final = 32_000
"""Characters of a comment; Bitbucket takes 32,768."""

_HIDDEN = re.compile(r"<!-- (.*?) -->")
_DEFINITION = re.compile(r"\[//\]: # \((.*)\)")
_FENCE = re.compile(r"(^(`{3,}|~{3,})[^\n]*\n.*?^\2[ \t]*$)", re.MULTILINE | re.DOTALL)
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|>])")
_CUT: Final = "\n\n*The rest does not fit into a comment: the log of the step has it.*"


def shown(text: str) -> str:
    """The text of a comment in the Markdown of Bitbucket, cut at the end where it is too long."""
    first, _, rest = text.partition("\n")
    hidden = _HIDDEN.fullmatch(first)
    blocks = [f"[//]: # ({hidden[1]})"] if hidden else []
    for number, block in enumerate(_FENCE.split(rest if hidden else text)):
        if number % 3 == 0:
            blocks.append(_converted(block))
        elif number % 3 == 1:
            blocks.append(block)
    return _fitted("\n\n".join(filter(None, blocks)))


def remembered(text: str) -> str:
    """The text with its hidden line as it was before `shown`."""
    first, newline, rest = text.partition("\n")
    found = _DEFINITION.fullmatch(first.strip())
    return f"<!-- {found[1]} -->{newline}{rest}" if found else text


def _converted(html: str) -> str:
    converter = _Converter()
    converter.feed(html)
    converter.close()
    return re.sub(r"\n\s*\n", "\n\n", converter.text()).strip()


def _fitted(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    kept = text[: LIMIT - len(_CUT) - 8].rpartition("\n")[0]
    fences = re.findall(r"^(`{3,}|~{3,})", kept, re.MULTILINE)
    return kept + (f"\n{fences[-1]}" if len(fences) % 2 else "") + _CUT


class _Converter(HTMLParser):
    """HTML of our templates to Markdown: headings, paragraphs, tables, links, folds."""

    OPEN: Final = {
        "b": "**", "h3": "\n\n### ", "h4": "\n\n#### ", "p": "\n\n", "summary": "\n\n**", "li": "\n- ",
        "br": " · ", "table": "\n\n", "tr": "\n|", "td": " ", "th": " ", "details": "\n\n",
    }  # fmt: skip
    CLOSE: Final = {
        "b": "**", "h3": "\n\n", "h4": "\n\n", "p": "\n\n", "summary": "**\n\n", "td": " |", "th": " |",
        "table": "\n\n", "ul": "\n\n",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._out: list[str] = []
        self._links: list[str] = []
        self._code: list[str] | None = None
        self._cells = 0
        self._rows = 0

    def text(self) -> str:
        """What was converted so far."""
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "code":
            self._code = []
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self._out.append("[")
        else:
            self._cells = 0 if tag == "tr" else self._cells + (tag in ("td", "th"))
            self._rows = 0 if tag == "table" else self._rows
            self._out.append(self.OPEN.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "code" and self._code is not None:
            self._out.append(_code("".join(self._code)))
            self._code = None
        elif tag == "a" and self._links:
            self._out.append(f"]({_address(self._links.pop())})")
        elif tag == "tr":
            self._rows += 1
            self._out.append("\n|" + " --- |" * self._cells if self._rows == 1 else "")
        else:
            self._out.append(self.CLOSE.get(tag, ""))

    def handle_data(self, data: str) -> None:
        if self._code is not None:
            self._code.append(data)
        elif data.strip():
            self._out.append(_SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", data)))
        elif data and "\n" not in data:
            self._out.append(" ")


def _code(text: str) -> str:
    """A span of code; a cell of a table ends at a bar wherever it stands."""
    text = " ".join(text.split()).replace("|", "¦")
    ticks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{ticks} {text} {ticks}" if len(ticks) > 1 else f"`{text}`"


def _address(url: str) -> str:
    """An address that does not end before its end."""
    return "".join(f"%{ord(char):02X}" if char in " ()<>\\\n\"'|" else char for char in url)
