"""Patterns as text: parts divided by dots, each a shell glob with the kinds that it is limited to."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import get_args

import msgspec

from backstay.errors import ConfigError
from backstay.schema.changes import Kind

# What a type selector may call an object of this kind, where that is more than its own name.
SELECTORS = {
    "foreign_key": frozenset({"foreign_key", "fk"}),
    "fk": frozenset({"foreign_key", "fk"}),
    "unique": frozenset({"unique", "index"}),
    "exclusion": frozenset({"exclusion", "exclude"}),
    "materialized": frozenset({"materialized", "materialized_view"}),
    "function": frozenset({"function", "func"}),
    "procedure": frozenset({"procedure", "proc"}),
    **{kind: frozenset({kind, "type"}) for kind in ("enum", "domain", "composite", "range")},
}
ONLY_BY_SELECTOR = frozenset({"primary_key"})
REFUSED = frozenset({"subscription"})
"""Kinds that the model does not carry, and that patterns leave out."""
KINDS = frozenset(get_args(Kind)).union({"foreign_table"}, REFUSED, *SELECTORS.values())
"""What a type selector may name."""

_PART = re.compile(
    r'(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>(?:\\.|[^."\\])*?))(?:\[type=(?P<kinds>[^\]]*)\])?(?P<end>\.|\Z)',
    re.DOTALL,
)
_GLOB = re.compile(
    r"\\(?P<escaped>.)|(?P<star>\*+)|(?P<any>\?)|\[(?P<not>[!^]?)(?P<set>(?:\\.|[^\]\\])+)\]|(?P<char>[^\[\\])",
    re.DOTALL,
)
_CLASS = re.compile(r"\\(?P<escaped>.)|(?P<range>-)|(?P<char>.)", re.DOTALL)


class Part(msgspec.Struct, frozen=True):
    """One part of a pattern; no `kinds` means every kind."""

    glob: re.Pattern[str]
    kinds: frozenset[str]

    def matches(self, kind: str, name: str) -> bool:
        if self.kinds:
            if self.kinds.isdisjoint(SELECTORS.get(kind, (kind,))):
                return False
        elif kind in ONLY_BY_SELECTOR:
            return False
        return self.glob.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def compiled(pattern: str, limit: int = 3) -> tuple[Part, ...]:
    """The parts of a pattern. Raises `ConfigError`."""
    parts: list[Part] = []
    position, end = 0, "."
    while end:
        match = _PART.match(pattern, position)
        if match is None:
            raise _error("syntax error", pattern)
        quoted, plain, kinds, end = match.group("quoted", "plain", "kinds", "end")
        text = plain if quoted is None else quoted.replace('""', '"')
        if not text:
            raise _error("empty part", pattern)
        parts.append(Part(_glob(text, pattern), _kinds(kinds, pattern)))
        position = match.end()
    if len(parts) > limit:
        raise _error("too many parts", pattern)
    return tuple(parts)


def _kinds(selector: str | None, pattern: str) -> frozenset[str]:
    """The kinds of a type selector; none without one. Raises `ConfigError`: a kind with a typing error in it
    would leave out nothing, and what was to be left alone would be dropped."""
    kinds = frozenset() if selector is None else frozenset(selector.split("|"))
    for unknown in sorted(kinds - KINDS):
        near = get_close_matches(unknown, sorted(KINDS), n=1)
        raise ConfigError(
            f'there is no type "{unknown}", in pattern: "{pattern}"',
            hint=f'did you mean "{near[0]}"?' if near else f"types are: {', '.join(sorted(KINDS))}",
        )
    return kinds


def _glob(text: str, pattern: str) -> re.Pattern[str]:
    """The regular expression of one part. Raises `ConfigError`."""
    expression, position = "", 0
    while position < len(text):
        match = _GLOB.match(text, position)
        if match is None:
            raise _error("syntax error", pattern)
        expression += _translate(match)
        position = match.end()
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:  # a range that runs backwards
        raise _error("syntax error", pattern) from None


def _translate(match: re.Match[str]) -> str:
    if match["star"]:
        return ".*"
    if match["any"]:
        return "."
    if match["set"]:
        members = (m["range"] or re.escape(m["escaped"] or m["char"]) for m in _CLASS.finditer(match["set"]))
        return f"[{'^' if match['not'] else ''}{''.join(members)}]"
    return re.escape(match["escaped"] or match["char"])


def quoted(name: str) -> str:
    """A part that matches exactly this name."""
    return '"' + re.sub(r"([*?\[\]\\])", r"\\\1", name).replace('"', '""') + '"'


def _error(problem: str, pattern: str) -> ConfigError:
    return ConfigError(
        f'{problem} in pattern: "{pattern}"',
        hint="write at most three globs with dots between, schema.object.child; quote a name with a dot",
    )
