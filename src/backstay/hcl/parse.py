"""The fast front end: HCL text to the syntax tree, in linear time, whatever the text.

One regular expression reads an item of a body at a time: a whole attribute where its value is of the
usual kind, else up to where the expression begins, which is then read by `ExpressionParser`.
Blocks are kept on a stack of our own, so their nesting costs no recursion.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from backstay.hcl.expressions import ExpressionParser
from backstay.hcl.source import Source
from backstay.hcl.syntax import Attribute, Block, Body, Call, Expression, Literal, Traversal, Tuple, Variable
from backstay.hcl.tokens import INTEGER, ITEM, KEYWORDS, LABEL, LINE_END, LIST_ITEM, MAX_DEPTH

GROUPS = ITEM.groupindex
NAME, WORD, STRING, INTEGER_VALUE = (GROUPS[name] for name in ("name", "word", "string", "integer"))
LIST, CALL, EXPRESSION = GROUPS["list"], GROUPS["call"], GROUPS["expression"]
LABEL_TEXT, HEADER, CLOSE, END = (GROUPS[name] for name in ("label", "header", "close", "end"))


def parse(source: Source) -> Body:
    """The tree of a file. Offsets count in `source.normal()`. Raises `HCLError` at the first mistake."""
    return _BodyParser(source.normal()).parse()


class _Outer(NamedTuple):
    """A block that is being read, but for its inside: where it begins, its header, and what is around it."""

    start: int
    type: str
    labels: tuple[str, ...]
    attributes: dict[str, Attribute]
    blocks: list[Block]


class _BodyParser:
    """What has been read of the innermost open body, and the blocks around it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.expressions = ExpressionParser(source)
        self.attributes: dict[str, Attribute] = {}
        self.blocks: list[Block] = []
        self.outer: list[_Outer] = []

    def parse(self) -> Body:
        """Read the whole file, an item at a time."""
        position = 0
        while True:
            item = ITEM.match(self.text, position)
            assert item is not None, "every part of the pattern is optional"
            kind = item.lastindex
            if kind is None:
                self._unreadable(item.end())
            if kind <= EXPRESSION:
                position = self._attribute(item, kind)
            elif kind == CLOSE:
                position = self._close(item)
            elif kind == END:
                return self._end()
            else:
                position = self._open(item, kind)

    def _attribute(self, item: re.Match[str], kind: int) -> int:
        name, position = item[NAME], item.end()
        if name in self.attributes:
            raise self.source.error(item.start(NAME), f'attribute "{name}" is given twice')
        if kind == EXPRESSION:
            value, position = self._expression(position)
        else:
            value = _simple(item, kind)
        self.attributes[name] = Attribute(item.start(NAME), name, value)
        return position

    def _open(self, item: re.Match[str], kind: int) -> int:
        label, position = item[LABEL_TEXT], item.end()
        labels: tuple[str, ...] = () if label is None else (label,)
        if kind == HEADER:
            labels, position = self._labels(position)
        self.outer.append(_Outer(item.start(NAME), item[NAME], labels, self.attributes, self.blocks))
        self.attributes, self.blocks = {}, []
        if len(self.outer) > MAX_DEPTH:
            raise self.source.error(item.start(NAME), f"blocks nest at most {MAX_DEPTH} levels deep")
        return position

    def _close(self, item: re.Match[str]) -> int:
        if not self.outer:
            raise self.source.error(item.start(CLOSE), '"}" closes nothing')
        body = Body(self.attributes, tuple(self.blocks))
        start, type_, labels, self.attributes, self.blocks = self.outer.pop()
        self.blocks.append(Block(start, type_, labels, body))
        return item.end()

    def _end(self) -> Body:
        if self.outer:
            block = self.outer[-1]
            raise self.source.error(block.start, f'block "{block.type}" is not closed: "}}" is missing')
        return Body(self.attributes, tuple(self.blocks))

    def _expression(self, position: int) -> tuple[Expression, int]:
        """An attribute's value, which ends with its line or before the brace that closes the block."""
        value, position = self.expressions.parse(position)
        end = LINE_END.match(self.text, position)
        if end is None:
            raise self.expressions.unexpected("the end of the line")
        return value, end.end()

    def _labels(self, position: int) -> tuple[tuple[str, ...], int]:
        """The labels of a block, and where its inside begins."""
        labels: list[str] = []
        while label := LABEL.match(self.text, position):
            position = label.end()
            if label.lastgroup == "open":
                return tuple(labels), position
            if label.lastgroup == "name":
                labels.append(label["name"])
                continue
            value, position = self.expressions.string(position - 1)
            if value is None:
                raise self.source.error(label.start("string"), "a label cannot have a template in it")
            labels.append(value)
        wanted = '"{"' if labels else '"=" for an attribute, or "{" for a block,'
        raise self.source.error(position, f"{wanted} is expected here")

    def _unreadable(self, position: int) -> NoReturn:
        if self.text.startswith("/*", position):
            raise self.source.error(position, "the comment is not closed: */ is missing")
        if self.text.startswith("}", position):
            raise self.source.error(position + 1, 'a line ends after "}"')
        raise self.source.error(position, "the name of an attribute or block is expected here")


def _simple(item: re.Match[str], kind: int) -> Expression:
    """An attribute value that the pattern matched as a whole."""
    start, text = item.start(kind), item[kind]
    if kind == WORD:
        return _word(start, text)
    if kind == STRING:
        return Literal(start, text[1:-1])
    if kind == INTEGER_VALUE:
        return Literal(start, int(text))
    if kind == LIST:
        items = LIST_ITEM.finditer(item.string, start, start + len(text))
        return Tuple(start - 1, tuple(_list_item(found.start(), found[0]) for found in items))
    begin = item.start("function")
    numbers = INTEGER.finditer(item.string, start, start + len(text))
    arguments = tuple(Literal(found.start(), int(found[0])) for found in numbers)
    return Call(begin, item["function"], arguments)


def _list_item(start: int, text: str) -> Expression:
    return Literal(start, text[1:-1]) if text[0] == '"' else _word(start, text)


def _word(start: int, text: str) -> Expression:
    """A keyword, a name, or names with dots between them."""
    root, *steps = text.split(".")
    base = Literal(start, KEYWORDS[root]) if root in KEYWORDS else Variable(start, root)
    return Traversal(start, base, tuple(steps)) if steps else base
