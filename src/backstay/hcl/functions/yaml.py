"""YAML 1.2, core schema, built from the parser's events: no Python objects, no recursion, no alias bombs.

Differences to PyYAML's loaders: `yes`, `on` and the like are strings, dates stay strings, and `010` is ten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from backstay.hcl.functions.convert import (
    DECIMAL,
    MAX_ELEMENTS,
    FunctionError,
    anything,
    limited_text,
    mapping,
    parse_number,
    string,
)
from backstay.hcl.functions.encoding import TOO_DEEP, json_text
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import Value

if TYPE_CHECKING:
    from yaml.events import Event, ScalarEvent

TABLE = Table()
MAX_DEPTH = 200

CONSTANTS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
BASED = re.compile(r"0(o[0-7]+|x[0-9a-fA-F]+)")
MERGE_KEY = "<<"
YAML_TAG = "tag:yaml.org,2002:"


@TABLE.define(string)
def yamldecode(text: str) -> Value:
    return decode(text)


@TABLE.define(anything)
def yamlencode(value: Value) -> Value:
    try:
        return "\n".join(_lines(value)) + "\n"
    except RecursionError:
        raise FunctionError(TOO_DEEP) from None


@TABLE.define(string, rest=string)
def yamlmerge(first: str, *others: str) -> Value:
    """Mappings are merged key by key at every level; of anything else the later document's wins."""
    merged = mapping(decode(first))
    for text in others:
        merged = _merged(merged, mapping(decode(text)))
    return "\n".join(_lines(merged)) + "\n"


def decode(text: str) -> Value:
    """The value of a YAML text of one document. Raises `FunctionError`."""
    import yaml

    limited_text(len(text))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder().build(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise FunctionError(f"invalid YAML{where}: {error.problem or 'cannot be parsed'}") from None
    except yaml.YAMLError:
        raise FunctionError("invalid YAML: it contains characters that YAML does not allow") from None


class _Open:
    """A list or mapping that is still being read."""

    def __init__(self, anchor: str | None, is_mapping: bool) -> None:
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.items: list[Value] = []
        self.size = 1

    def close(self) -> Value:
        if not self.is_mapping:
            return tuple(self.items)
        entries: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key, value in zip(self.items[::2], self.items[1::2], strict=True):
            if key == MERGE_KEY:
                for source in value if isinstance(value, tuple) else (value,):
                    merged = mapping(source) | merged
            elif isinstance(key, (tuple, dict)):
                raise FunctionError("a mapping's key must be a scalar")
            else:
                entries[string(key) if key is not None else "null"] = value
        return merged | entries


class _Builder:
    """Values out of events, on a stack of its own; what aliases repeat counts against the limit."""

    def __init__(self) -> None:
        self.stack = [_Open(None, is_mapping=False)]
        self.anchors: dict[str, tuple[Value, int]] = {}

    def build(self, events: Iterator[Event]) -> Value:
        import yaml

        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._add(_scalar(event), 1, event.anchor)
            elif isinstance(event, yaml.AliasEvent):
                value, size = self._aliased(event.anchor)
                self._add(value, size, None)
            elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                _check_tag(event.tag, ("seq", "map"))
                self._open(_Open(event.anchor, isinstance(event, yaml.MappingStartEvent)))
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                done = self.stack.pop()
                self._add(done.close(), done.size, done.anchor)
        documents = self.stack[0].items
        if len(documents) > 1:
            raise FunctionError("the YAML text has more than one document")
        return documents[0] if documents else None

    def _open(self, collection: _Open) -> None:
        if len(self.stack) > MAX_DEPTH:
            raise FunctionError(TOO_DEEP)
        self.stack.append(collection)

    def _add(self, value: Value, size: int, anchor: str | None) -> None:
        parent = self.stack[-1]
        parent.items.append(value)
        parent.size += size
        if parent.size > MAX_ELEMENTS:
            raise FunctionError(f"the YAML text stands for more than {MAX_ELEMENTS} values")
        if anchor:
            self.anchors[anchor] = (value, size)

    def _aliased(self, name: str | None) -> tuple[Value, int]:
        if name is None or name not in self.anchors:
            raise FunctionError("the YAML text has an alias without an anchor before it")
        return self.anchors[name]


def _scalar(event: ScalarEvent) -> Value:
    text = event.value
    _check_tag(event.tag, ("str", "int", "float", "bool", "null"))
    quoted = not event.tag and not event.implicit[0]
    if quoted or event.tag in ("!", YAML_TAG + "str"):
        return text
    if text in CONSTANTS:
        return CONSTANTS[text]
    if BASED.fullmatch(text) and len(text) < 100:
        return int(text, 0)
    return parse_number(text) if DECIMAL.fullmatch(text) else text


def _check_tag(tag: str | None, known: tuple[str, ...]) -> None:
    if tag and tag != "!" and tag not in [YAML_TAG + name for name in known]:
        raise FunctionError("the YAML text has a tag that is not of the core schema")


def _merged(base: dict[str, Value], over: dict[str, Value]) -> dict[str, Value]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merged(mapping(below), mapping(value)) if both else value
    return merged


def _lines(value: Value) -> list[str]:
    """Block style; scalars as JSON writes them, which is YAML too."""
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key in sorted(value):
            item = value[key]
            below = _lines(item)
            name = json.dumps(key, ensure_ascii=False)
            if isinstance(item, dict) and item:
                lines += [f"{name}:", *(f"  {line}" for line in below)]
            elif isinstance(item, tuple) and item:
                lines += [f"{name}:", *below]
            else:
                lines.append(f"{name}: {below[0]}")
        return lines
    if isinstance(value, tuple) and value:
        return [
            ("- " if position == 0 else "  ") + line
            for item in value
            for position, line in enumerate(_lines(item))
        ]
    return [json_text(value)]
