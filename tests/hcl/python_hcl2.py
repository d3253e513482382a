"""python-hcl2 as an independent oracle: its parse tree, lowered to our syntax tree.

It reads a wide grammar, but takes exponential time on some unclosed strings, so only text that our parser
has accepted goes in; and some of what the HCL specification allows it cannot read (`${~ trim ~}`, names
beyond ASCII, a heredoc as an argument) or reads otherwise (text after an escaped `$${`): then it has no
answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from backstay.errors import HCLError
from backstay.hcl import templates
from backstay.hcl.expressions import ExpressionParser, negated
from backstay.hcl.source import Source
from backstay.hcl.syntax import (
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expression,
    For,
    Literal,
    Object,
    Splat,
    Step,
    Traversal,
    Tuple,
    Unary,
    Variable,
)
from backstay.hcl.templates import Directive, Insert, Piece, Text
from backstay.hcl.tokens import KEYWORDS, number, unescape

Tree: TypeAlias = Any
"""A `lark.Tree` (`data`, `children`, `meta`) or a `lark.Token` (a string with `type` and `start_pos`)."""

OPERATORS = {
    "DOUBLE_PIPE": "||",
    "DOUBLE_AMP": "&&",
    "DOUBLE_EQ": "==",
    "NEQ": "!=",
    "LT": "<",
    "GT": ">",
    "LEQ": "<=",
    "GEQ": ">=",
    "PLUS": "+",
    "MINUS": "-",
    "ASTERISK": "*",
    "SLASH": "/",
    "PERCENT": "%",
}
"""Operators by token type: the text of the token may have newlines in front."""
SWALLOWED = re.compile(r'["\n]|[$%]\{')
"""What python-hcl2 takes for text when it stands between `$${` and the next brace."""
ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")


class _UnreadableError(Exception):
    """python-hcl2 read this otherwise than HCL means it."""


def lowered(source: Source) -> Body | None:
    """python-hcl2's reading of a normal source, `None` where it cannot read it.

    Only for text that the fast front end has accepted: on other text it may not come back.
    """
    from hcl2.parser import parser
    from lark.exceptions import LarkError

    try:
        tree = parser().parse(source.text + "\n")
        return _Lowering(source).body(tree.children[0])
    except (LarkError, HCLError, _UnreadableError):
        return None


class _Lowering:
    """From a parse tree of one file to the syntax tree; a method for each rule of the grammar."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._rules: Mapping[str, Callable[[Tree], Expression]] = {
            "expr_term": self._term,
            "identifier": lambda tree: Variable(_start(tree), str(tree.children[0])),
            "literal_value": lambda tree: Literal(_start(tree), KEYWORDS[str(tree.children[0])]),
            "int_lit": self._number,
            "float_lit": self._number,
            "string": self._string,
            "heredoc_template": self._heredoc,
            "heredoc_template_trim": self._heredoc,
            "tuple": lambda tree: Tuple(_start(tree), self._all(_trees(tree))),
            "object": self._object,
            "function_call": self._call,
            "conditional": self._conditional,
            "binary_op": self._binary,
            "unary_op": self._unary,
            "for_tuple_expr": self._for,
            "for_object_expr": self._for,
            "index_expr_term": self._traversal,
            "get_attr_expr_term": self._traversal,
            "attr_splat_expr_term": self._traversal,
            "full_splat_expr_term": self._traversal,
        }

    def body(self, tree: Tree) -> Body:
        """A `body`."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for item in _trees(tree):
            if item.data == "block":
                blocks.append(self._block(item))
            else:
                name, value = _trees(item)
                attributes[_word(name)] = Attribute(_start(item), _word(name), self.expression(value))
        return Body(attributes, tuple(blocks))

    def expression(self, tree: Tree) -> Expression:
        """Any expression."""
        rule = self._rules.get(tree.data)
        if rule is None:
            raise _UnreadableError
        return rule(tree)

    def _all(self, trees: Sequence[Tree]) -> tuple[Expression, ...]:
        return tuple(self.expression(tree) for tree in trees)

    def _block(self, tree: Tree) -> Block:
        type_, *labels, body = _trees(tree)
        return Block(
            _start(tree), _word(type_), tuple(self._label(label) for label in labels), self.body(body)
        )

    def _label(self, tree: Tree) -> str:
        if tree.data != "string":
            return _word(tree)
        label = self._string(tree)
        if not isinstance(label, Literal) or not isinstance(label.value, str):
            raise _UnreadableError
        return label.value

    def _term(self, tree: Tree) -> Expression:
        return self.expression(_trees(tree)[0])

    def _number(self, tree: Tree) -> Expression:
        text = str(tree.children[0])
        if text.startswith("-"):
            return negated(_start(tree), Literal(_start(tree), number(text[1:])))
        return Literal(_start(tree), number(text))

    def _conditional(self, tree: Tree) -> Expression:
        condition, then, otherwise = self._all(_trees(tree))
        return Conditional(condition.start, condition, then, otherwise)

    def _binary(self, tree: Tree) -> Expression:
        terms: list[tuple[str, Expression]] = []
        while tree.data == "binary_op":
            tree, term = _trees(tree)
            operator, right = _trees(term)
            terms.append((OPERATORS[operator.children[0].type], self.expression(right)))
        left = self.expression(tree)
        for name, right in reversed(terms):
            left = Binary(left.start, name, left, right)
        return left

    def _unary(self, tree: Tree) -> Expression:
        start, operand = _start(tree), self.expression(_trees(tree)[0])
        return negated(start, operand) if tree.children[0].type == "MINUS" else Unary(start, "!", operand)

    def _call(self, tree: Tree) -> Expression:
        name, *rest = _trees(tree)
        if len(rest) > 1:
            raise _UnreadableError
        arguments = rest[0] if rest else None
        expand = arguments is not None and any(
            getattr(child, "type", "") == "ELLIPSIS" for child in arguments.children
        )
        return Call(_start(tree), _word(name), self._all(_trees(arguments)) if arguments else (), expand)

    def _object(self, tree: Tree) -> Expression:
        items = (_trees(item) for item in _trees(tree))
        return Object(_start(tree), tuple((self._key(key), self.expression(value)) for key, value in items))

    def _key(self, tree: Tree) -> Expression:
        key = _trees(tree)[0]
        inside = key if key.data == "keyword" else _trees(key)[0] if key.data == "expr_term" else None
        parentheses = key.data == "expr_term" and getattr(key.children[0], "type", "") == "LPAR"
        if inside is None or parentheses or inside.data not in ("keyword", "identifier", "literal_value"):
            return self.expression(key)
        return Literal(_start(tree), _word(inside))

    def _for(self, tree: Tree) -> Expression:
        intro, *values = _trees(tree)
        condition = None
        if values[-1].data == "for_cond":
            condition = self.expression(_trees(values.pop())[0])
        *names, collection = _trees(intro)
        key_name = _word(names[0]) if len(names) == 2 else ""
        key, value = self._all(values) if len(values) == 2 else (None, self.expression(values[0]))
        group = any(getattr(child, "type", "") == "ELLIPSIS" for child in tree.children)
        return For(
            _start(tree),
            key_name,
            _word(names[-1]),
            self.expression(collection),
            key,
            value,
            condition,
            group,
        )

    def _traversal(self, tree: Tree) -> Expression:
        """Nested one step at a time: flattened, so that splats can take the steps that are theirs."""
        suffixes: list[Tree] = []
        while tree.data.endswith("_expr_term"):
            inner, suffix = _trees(tree)
            suffixes.append(suffix)
            parentheses = len(_trees(inner)) != 1 or getattr(inner.children[0], "type", "") == "LPAR"
            tree = inner if parentheses else _trees(inner)[0]
        root = self.expression(tree)
        if tree.data in ("int_lit", "float_lit"):
            raise _UnreadableError
        flat = [step for suffix in reversed(suffixes) for step in self._suffix(suffix)]
        steps, _ = _folded(flat, 0)
        return Traversal(root.start, root, steps)

    def _suffix(self, tree: Tree) -> Iterator[_FlatStep]:
        start = _start(tree)
        if tree.data == "get_attr":
            yield ".", start, _word(_trees(tree)[0])
        elif tree.data == "short_index":
            digits = tree.children[-1]
            yield ".", start, Literal(digits.start_pos, number(str(digits)))
        elif tree.data == "braces_index":
            yield "[", start, self.expression(_trees(tree)[0])
        else:
            yield ("*" if tree.data == "attr_splat" else "[*]"), start, ""
            for child in _trees(tree):
                yield from self._suffix(child)

    def _heredoc(self, tree: Tree) -> Expression:
        """python-hcl2 leaves the inside unread."""
        parser = ExpressionParser(self.source)
        parser.position = tree.children[0].start_pos
        parser.advance()
        return templates.heredoc(parser)

    def _string(self, tree: Tree) -> Expression:
        pieces = [self._piece(part.children[0]) for part in _trees(tree)]
        return templates.assemble(self.source, _start(tree), pieces)

    def _piece(self, part: Tree) -> Piece:
        if isinstance(part, str):
            return _text(part)
        if part.data == "interpolation":
            return Insert(_start(part), self.expression(_trees(part)[0]))
        keyword = part.data.removeprefix("template_").removesuffix("_start")
        kinds = [getattr(child, "type", "") for child in part.children]
        before, after = kinds[1] == "STRIP_MARKER", kinds[-2] == "STRIP_MARKER"
        *names, value = _trees(part) or [None]
        return Directive(
            _start(part),
            keyword,
            None if value is None else self.expression(value),
            _word(names[0]) if len(names) == 2 else "",
            _word(names[-1]) if names else "",
            before,
            after,
        )


_FlatStep: TypeAlias = tuple[str, int, str | Expression]
"""How the step is written (`.`, `[`, `*`, `[*]`), its offset, and its name or index."""


def _folded(
    flat: Sequence[_FlatStep], position: int, *, names_only: bool = False
) -> tuple[tuple[Step, ...], int]:
    """Steps from this position on, and the position after them. `[*]` takes all that follow, `.*` names."""
    steps: list[Step] = []
    while position < len(flat):
        form, start, step = flat[position]
        if names_only and form not in (".", "*"):
            break
        position += 1
        if form in ("*", "[*]"):
            inner, position = _folded(flat, position, names_only=form == "*")
            steps.append(Splat(start, inner))
        else:
            steps.append(step)
    return tuple(steps), position


def _text(token: Tree) -> Text:
    text = str(token)
    if token.type != "STRING_CHARS":
        if SWALLOWED.search(text, 3):
            raise _UnreadableError
        text = text[1:]
    try:
        return Text(token.start_pos, ESCAPE.sub(lambda escape: unescape(escape[0]), text))
    except (ValueError, KeyError):
        raise _UnreadableError from None


def _trees(tree: Tree) -> list[Tree]:
    """The children that are rules, not tokens; newlines left out."""
    return [
        child for child in tree.children if hasattr(child, "data") and child.data != "new_line_or_comment"
    ]


def _word(tree: Tree) -> str:
    return str(tree.children[0])


def _start(tree: Tree) -> int:
    return int(tree.meta.start_pos)
