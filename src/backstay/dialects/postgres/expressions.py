"""Expressions that the catalogue words in two ways.

The array behind `IN ('a', 'b')` over a varchar column is printed as `(ARRAY[a, b])::text[]`. The parser moves
such a cast into the array constructor (`transformTypeCast` in the server's sources), so that the same
expression, read again, is printed as `ARRAY[(a)::text, (b)::text]` from then on. Both mean the same.

An outer NATURAL JOIN of tables without a column in common is printed with `ON TRUE` (`get_from_clause_item`),
which is printed as `ON (true)` from then on.
"""

from __future__ import annotations

import re

from backstay.dialects.postgres.names import QUOTED_NAME, STRING

_TOKEN = re.compile(rf"{STRING}|{QUOTED_NAME}|ARRAY\[|[\[\](),]", re.DOTALL)
_TYPE = rf"(?:{QUOTED_NAME}|[^\[\]()',\"])+(?:\([\d,]+\)[a-z ]*)?"
_NATURAL = re.compile(rf"{STRING}|{QUOTED_NAME}|(?P<on> ON TRUE\b)", re.DOTALL)
_CAST = re.compile(rf"\)::({_TYPE})\[\]", re.DOTALL)
_VARCHAR = rf"(?:{STRING}|NULL)::character varying(?:\(\d+\))?"
_ARRAY = rf"ARRAY\[{_VARCHAR}(?:, {_VARCHAR})*\]"
_IN_VARCHAR = re.compile(
    rf"{STRING}|{QUOTED_NAME}|(?P<any>(?:ANY|ALL) )\(\((?P<array>{_ARRAY})\)::text\[\]\)", re.DOTALL
)


def listed(text: str) -> tuple[str, ...]:
    """The expressions of a list that `pg_get_expr` has worded: what is between its outermost commas."""
    depth, start, found = 0, 0, []
    for match in _TOKEN.finditer(text):
        match match[0]:
            case "(" | "[" | "ARRAY[":
                depth += 1
            case ")" | "]":
                depth -= 1
            case "," if not depth:
                found.append(text[start : match.start()])
                start = match.end()
    return tuple(part.strip() for part in (*found, text[start:]) if part.strip())


def settled(text: str) -> str:
    """The expression as the server words it after it has read its own words."""
    if " ON TRUE" in text:
        text = _NATURAL.sub(lambda match: " ON (true)" if match["on"] else match[0], text)
    return _with_casts_moved(text) if "(ARRAY[" in text and ")::" in text else text


def _with_casts_moved(text: str) -> str:
    """The text with casts of array constructors moved into these."""
    opened: list[tuple[int, list[int]]] = []  # where each bracket was opened, and the commas within
    position = 0
    while (match := _TOKEN.search(text, position)) is not None:
        position = match.end()
        match match[0]:
            case "(" | "[" | "ARRAY[":
                opened.append((match.start(), []))
            case "," if opened:
                opened[-1][1].append(match.start())
            case ")" | "]" if opened:
                start, commas = opened.pop()
                cast = _CAST.match(text, position)
                if cast is not None and text.startswith("(ARRAY[", start - 1):
                    moved = _moved(text, start, [*commas, match.start()], cast[1])
                    text = text[: start - 1] + moved + text[cast.end() :]
                    position = start - 1 + len(moved)
                    opened.pop()
    return text


def _moved(text: str, start: int, ends: list[int], type_: str) -> str:
    """The array constructor that starts here, with the cast moved into its items."""
    begins = [start + len("ARRAY["), *(end + 1 for end in ends)]
    items = (text[begin:end].strip() for begin, end in zip(begins, ends, strict=False))
    return f"ARRAY[{', '.join(_cast(item, type_) for item in items)}]"


def _cast(item: str, type_: str) -> str:
    return settled(f"({item})::{type_}[]") if item.startswith("ARRAY[") else f"({item})::{type_}"


def written(text: str) -> str:
    """The expression as SQL from which the server makes these words again, in the case that is common.

    A cast that goes without saying is left out: the operator before ANY or ALL asks for it.
    """

    def without_cast(match: re.Match[str]) -> str:
        return f"{match['any']}({match['array']})" if match["any"] else match[0]

    return _IN_VARCHAR.sub(without_cast, text) if "(ARRAY[" in text else text
