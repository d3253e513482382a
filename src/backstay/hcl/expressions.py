"""Expressions by recursive descent, one token ahead (HCL Native Syntax Specification, "Expressions").

Nesting is bounded by `MAX_DEPTH`, so no input can exhaust the stack; every token is looked at once.
"""

from __future__ import annotations

import re
from decimal import Decimal

from backstay.errors import HCLError
from backstay.hcl import templates
from backstay.hcl.source import Source
from backstay.hcl.syntax import (
    Binary,
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
from backstay.hcl.tokens import (
    GAP_ONLY,
    INTEGER,
    KEYWORDS,
    LINE_TOKEN,
    MAX_DEPTH,
    MAX_OPERATORS,
    NESTED_TOKEN,
    PRECEDENCE,
    number,
)

KINDS = {"newline": "the end of the line", "end": "the end of the file", "quote": "a string"}


class ExpressionParser:
    """The parser's place in one source: the current token is `kind`, `token`, `start`; `position` is its end.

    `kind` is the token itself for symbols. `tokens` is the grammar in use, `limit` the end of what is
    read: a heredoc's inside ends before the source does.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.limit = len(self.text)
        self.position = 0
        self.kind = self.token = ""
        self.start = 0
        self.tokens = LINE_TOKEN
        self._depth = 0
        self._operators = 0

    def parse(self, position: int) -> tuple[Expression, int]:
        """The expression that begins at this offset, and the offset where it ends. Raises `HCLError`."""
        self.position = position
        self._operators = 0
        self.advance()
        expression = self.expression()
        return expression, self.start

    def string(self, position: int) -> tuple[str | None, int]:
        """The text of the string that begins at this offset (`None` for a template), and where it ends."""
        self.position = position
        self.advance()
        value = self._primary()
        text = value.value if isinstance(value, Literal) and isinstance(value.value, str) else None
        return text, self.start

    def advance(self) -> None:
        """Go on to the next token."""
        found = self.tokens.match(self.text, self.position, self.limit)
        if found is None:
            raise self._unreadable()
        kind = str(found.lastgroup)
        self.start, self.position = found.span(kind)
        self.token = found[kind]
        self.kind = self.token if kind == "symbol" else kind
        if kind == "unclosed":
            raise self.error("the comment is not closed: */ is missing", self.start)

    def expect(self, kind: str, purpose: str) -> None:
        """Step over a token of this kind. Raises `HCLError` where there is another."""
        if self.kind != kind:
            raise self.unexpected(f'"{kind}" {purpose}')
        self.advance()

    def error(self, message: str, offset: int = -1) -> HCLError:
        """An error at this offset, or else at the current token."""
        return self.source.error(self.start if offset < 0 else offset, message)

    def _unreadable(self) -> HCLError:
        gap = GAP_ONLY.match(self.text, self.position, self.limit)
        assert gap is not None, "a gap may be empty"
        return self.error(f"the character {self.text[gap.end()]!r} has no meaning here", gap.end())

    def unexpected(self, wanted: str) -> HCLError:
        """The error for a token that is not what must come here."""
        found = KINDS.get(self.kind) or f'"{self.token[:40].strip()}"'
        return self.error(f"{wanted} is expected here, not {found}")

    def expression(self) -> Expression:
        """A whole expression: the current token is its first one, and then the one after it."""
        condition = self._operation(0)
        if self.kind != "?":
            return condition
        self.advance()
        self._deeper()
        then = self.expression()
        self.expect(":", "and the value for false")
        otherwise = self.expression()
        self._depth -= 1
        return Conditional(condition.start, condition, then, otherwise)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error(f"the expression is nested more than {MAX_DEPTH} levels deep")

    def _operation(self, level: int) -> Expression:
        """Operators that bind tighter than `level`, by precedence climbing."""
        self._deeper()
        left = self._operand()
        while (precedence := PRECEDENCE.get(self.kind, 0)) > level:
            operator = self.kind
            self._operators += 1
            if self._operators > MAX_OPERATORS:
                raise self.error(f"the expression has more than {MAX_OPERATORS} operators")
            self.advance()
            left = Binary(left.start, operator, left, self._operation(precedence))
        self._depth -= 1
        return left

    def _operand(self) -> Expression:
        if self.kind not in ("-", "!"):
            return self._steps(self._primary())
        operator, start = self.kind, self.start
        self.advance()
        self._deeper()
        operand = self._operand()
        self._depth -= 1
        return negated(start, operand) if operator == "-" else Unary(start, operator, operand)

    def _primary(self) -> Expression:
        start = self.start
        match self.kind:
            case "string":
                value = Literal(start, self.token[1:-1])
                self.advance()
                return value
            case "name":
                return self._name()
            case "number":
                return self._number()
            case "(":
                return self._parentheses()
            case "[":
                return self._brackets()
            case "{":
                return self._braces()
            case "quote":
                return templates.quoted(self)
            case "heredoc":
                return templates.heredoc(self)
        raise self.unexpected("a value")

    def _name(self) -> Expression:
        start, name = self.start, self.token
        self.advance()
        if self.kind == "(":
            return self._call(start, name)
        return Literal(start, KEYWORDS[name]) if name in KEYWORDS else Variable(start, name)

    def _number(self) -> Literal:
        try:
            value = Literal(self.start, number(self.token))
        except ValueError as error:
            raise self.error(str(error)) from None
        self.advance()
        return value

    def _open(self) -> re.Pattern[str]:
        """Step inside a bracket, where newlines are blanks; returns the grammar outside, for `_close`."""
        outside, self.tokens = self.tokens, NESTED_TOKEN
        self.advance()
        return outside

    def _close(self, bracket: str, opened: int, outside: re.Pattern[str]) -> None:
        """Step over the closing bracket, back to the grammar outside."""
        if self.kind == "end":
            raise self.error(f'the "{self.text[opened]}" is not closed: "{bracket}" is missing', opened)
        if self.kind != bracket:
            raise self.unexpected(f'"{bracket}"')
        self.tokens = outside
        self.advance()

    def _parentheses(self) -> Expression:
        start = self.start
        outside = self._open()
        value = self.expression()
        self._close(")", start, outside)
        return value

    def _call(self, start: int, name: str) -> Call:
        opened = self.start
        outside = self._open()
        arguments: list[Expression] = []
        expand = False
        while self.kind not in (")", "end"):
            arguments.append(self.expression())
            if self.kind == "...":
                expand = True
                self.advance()
            elif self.kind == ",":
                self.advance()
                continue
            break
        self._close(")", opened, outside)
        return Call(start, name, tuple(arguments), expand)

    def _brackets(self) -> Expression:
        start = self.start
        outside = self._open()
        value = self._for(start, keyed=False) if self._at_for() else self._tuple(start)
        self._close("]", start, outside)
        return value

    def _tuple(self, start: int) -> Tuple:
        items: list[Expression] = []
        while self.kind not in ("]", "end"):
            items.append(self.expression())
            if self.kind != ",":
                break
            self.advance()
        return Tuple(start, tuple(items))

    def _braces(self) -> Expression:
        start = self.start
        outside = self._open()
        value = self._for(start, keyed=True) if self._at_for() else self._object(start)
        self._close("}", start, outside)
        return value

    def _object(self, start: int) -> Object:
        """The items up to the closing brace: each ends with a comma or a newline."""
        self.tokens = LINE_TOKEN
        items: list[tuple[Expression, Expression]] = []
        while self.kind not in ("}", "end"):
            key = self._key()
            if self.kind not in ("=", ":"):
                raise self.unexpected('"=" after the key')
            self.advance()
            items.append((key, self.expression()))
            if self.kind not in (",", "newline"):
                break
            if self.kind == ",":
                self.advance()
            while self.kind == "newline":
                self.advance()
        return Object(start, tuple(items))

    def _key(self) -> Expression:
        """A key: a bare name stands for itself, anything else is an expression."""
        if self.kind == "name":
            key = Literal(self.start, self.token)
            self.advance()
            if self.kind in ("=", ":"):
                return key
            raise self.error("a key that is an expression is written in parentheses", key.start)
        return self.expression()

    def _at_for(self) -> bool:
        return self.kind == "name" and self.token == "for"

    def _for(self, start: int, *, keyed: bool) -> For:
        self.advance()
        key_name, value_name, collection = self.for_intro()
        self.expect(":", "and the value for each element")
        key = None
        value = self.expression()
        group = False
        if keyed:
            self.expect("=>", "and the value for each key")
            key, value = value, self.expression()
            if self.kind == "...":
                group = True
                self.advance()
        condition = None
        if self.kind == "name" and self.token == "if":
            self.advance()
            condition = self.expression()
        return For(start, key_name, value_name, collection, key, value, condition, group)

    def for_intro(self) -> tuple[str, str, Expression]:
        """`k, v in collection`: the names (the first may be empty) and the collection."""
        key_name, value_name = "", self._identifier()
        if self.kind == ",":
            self.advance()
            key_name, value_name = value_name, self._identifier()
        if self.kind != "name" or self.token != "in":
            raise self.unexpected('"in"')
        self.advance()
        return key_name, value_name, self.expression()

    def _identifier(self) -> str:
        if self.kind != "name":
            raise self.unexpected("a name")
        name = self.token
        self.advance()
        return name

    def _steps(self, root: Expression) -> Expression:
        """The traversal that follows a value, if one does."""
        steps = self._traversal()
        return Traversal(root.start, root, steps) if steps else root

    def _traversal(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        while True:
            if self.kind == "[":
                step = self._index()
            elif self.kind == ".":
                step = self._dot()
            else:
                return tuple(steps)
            steps.append(step)

    def _index(self) -> Step:
        opened = self.start
        outside = self._open()
        if self.kind == "*":
            self.advance()
            self._close("]", opened, outside)
            self._deeper()
            steps = self._traversal()
            self._depth -= 1
            return Splat(opened, steps)
        key = self.expression()
        self._close("]", opened, outside)
        return key

    def _dot(self) -> Step:
        """`.name`, `.0` or `.*`. After `.*`, only names belong to the splat, an index to its result."""
        start = self.start
        if digits := INTEGER.match(self.text, self.position, self.limit):
            self.position = digits.end()
            self.advance()
            return Literal(digits.start(), number(digits[0]))
        self.advance()
        if self.kind != "*":
            return self._identifier()
        self.advance()
        self._deeper()
        steps: list[Step] = []
        while self.kind == ".":
            steps.append(self._dot())
        self._depth -= 1
        return Splat(start, tuple(steps))


def negated(start: int, operand: Expression) -> Expression:
    """`-` and its operand: a negative number is a literal."""
    value = operand.value if isinstance(operand, Literal) else None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Literal(start, -value)
    return Unary(start, "-", operand)
