"""GitHub's expressions: literals, references, operators and functions.

Written from "Evaluate expressions in workflows and actions" of GitHub's documentation: `==` compares texts
without regard to case and converts where types differ, `&&` and `||` answer one of their operands, a member
that is not there is null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?))|(?P<string>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<operator>&&|\|\||==|!=|<=|>=|[!<>()\[\],.*]))"
)
LITERALS = {"true": True, "false": False, "null": None}
LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))
STATUS_FUNCTION = re.compile(r"\b(success|failure|always|cancelled)\s*\(", re.IGNORECASE)

Contexts = Mapping[str, object]


def expand(text: str, contexts: Contexts) -> str:
    """The text with its `${{ … }}` replaced. Raises `ValueError` for what is not understood."""
    return EXPRESSION.sub(lambda match: to_text(evaluate(match[1], contexts)), text)


def holds(condition: object, contexts: Contexts) -> bool:
    """An `if:`. One that asks for no status also wants `success()`; an empty one is just that."""
    text = to_text(condition).strip()
    stripped = text.removeprefix("${{").removesuffix("}}") if text.startswith("${{") else text
    wanted = truth(evaluate(stripped, contexts)) if text else True
    return wanted and (bool(STATUS_FUNCTION.search(text)) or contexts.get("status", "success") == "success")


def evaluate(expression: str, contexts: Contexts) -> object:
    """The value of an expression, given without `${{ }}`."""
    parser = _Parser(expression, contexts)
    value = parser.level(0)
    parser.end()
    return value


def to_text(value: object) -> str:
    """A value where text is wanted, as in `with:` and `env:`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list | tuple):
        return "Object" if isinstance(value, Mapping) else "Array"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def truth(value: object) -> bool:
    """False, 0, an empty text and null are false."""
    return value not in (False, 0, "", None)


class _Parser:
    """Reads and evaluates at once. What `&&` and `||` skip is evaluated too: expressions have no effects."""

    def __init__(self, expression: str, contexts: Contexts) -> None:
        self._expression, self._contexts = expression, contexts
        self._tokens = list(self._split(expression))
        self._at = 0

    def _split(self, text: str) -> Sequence[tuple[str, str]]:
        tokens, position = [], 0
        while position < len(text.rstrip()):
            match = TOKEN.match(text, position)
            if match is None:
                raise ValueError(f"an expression that GitHub does not know: {text}")
            tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            position = match.end()
        return tokens

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _take(self, operator: str) -> bool:
        if self._peek() != ("operator", operator):
            return False
        self._at += 1
        return True

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise ValueError(f"{operator} is missing in the expression: {self._expression}")

    def end(self) -> None:
        if self._peek()[0] != "end":
            raise ValueError(f"an expression that goes on after its end: {self._expression}")

    def level(self, depth: int) -> object:
        if depth == len(LEVELS):
            return self._unary()
        left = self.level(depth + 1)
        while self._peek()[0] == "operator" and self._peek()[1] in LEVELS[depth]:
            operator = self._next()[1]
            left = _binary(operator, left, self.level(depth + 1))
        return left

    def _unary(self) -> object:
        return not truth(self._unary()) if self._take("!") else self._postfix()

    def _postfix(self) -> object:
        value = self._primary()
        while True:
            if self._take("."):
                kind, name = self._next()
                value = _star(value) if name == "*" else _member(value, name)
                if kind != "name" and name != "*":
                    raise ValueError(f"no name behind a dot: {self._expression}")
            elif self._take("["):
                value = _member(value, self.level(0))
                self._expect("]")
            else:
                return value

    def _primary(self) -> object:
        kind, text = self._next()
        if kind == "number":
            return float(int(text, 16)) if "0x" in text else float(text)
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "name":
            return self._call(text) if self._take("(") else self._reference(text)
        if text == "(":
            value = self.level(0)
            self._expect(")")
            return value
        raise ValueError(f"an expression that GitHub does not know: {self._expression}")

    def _reference(self, name: str) -> object:
        if name in LITERALS:
            return LITERALS[name]
        if name not in self._contexts:
            raise ValueError(f"there is no context {name}: {self._expression}")
        return self._contexts[name]

    def _call(self, name: str) -> object:
        arguments: list[object] = []
        while not self._take(")"):
            arguments.append(self.level(0))
            if not self._take(",") and self._peek() != ("operator", ")"):
                raise ValueError(f"an expression with a call without its end: {self._expression}")
        status = self._contexts.get("status", "success")
        if name.lower() in ("success", "failure", "cancelled"):
            return status == name.lower()
        function = FUNCTIONS.get(name.lower())
        if function is None:
            raise ValueError(f"a function that GitHub does not have: {name}")
        return function(*arguments)


def _member(value: object, key: object) -> object:
    if isinstance(value, _Starred):
        return _Starred(found for item in value if (found := _member(item, key)) is not None)
    if isinstance(value, Mapping):
        folded = {to_text(name).lower(): item for name, item in value.items()}
        return folded.get(to_text(key).lower())
    if isinstance(value, list) and isinstance(key, float) and 0 <= key < len(value):
        return value[int(key)]
    return None


class _Starred(list[object]):
    """What `.*` answers: members are taken of each item."""


def _star(value: object) -> object:
    return _Starred(
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )


def _binary(operator: str, left: object, right: object) -> object:
    if operator == "&&":
        return right if truth(left) else left
    if operator == "||":
        return left if truth(left) else right
    if not (isinstance(left, str) and isinstance(right, str)):
        if operator in ("==", "!=") and isinstance(left, Mapping | list):
            return (left is right) == (operator == "==")
        left, right = _number(left), _number(right)
    else:
        left, right = left.lower(), right.lower()
    return {
        "==": left == right, "!=": left != right, "<": left < right,  # type: ignore[operator]
        "<=": left <= right, ">": left > right, ">=": left >= right,  # type: ignore[operator]
    }[operator]  # fmt: skip


def _number(value: object) -> float:
    if isinstance(value, str):
        try:
            return float(value.strip() or 0)
        except ValueError:
            return float("nan")
    return float(value) if isinstance(value, int | float) else 0.0 if value is None else float("nan")


def _contains(where: object, what: object) -> bool:
    if isinstance(where, list):
        return any(_binary("==", item, what) for item in where)
    return to_text(what).lower() in to_text(where).lower()


def _format(pattern: object, *values: object) -> str:
    return to_text(pattern).format(*map(to_text, values))


def _join(values: object, separator: object = ",") -> str:
    return to_text(separator).join(map(to_text, values)) if isinstance(values, list) else to_text(values)


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "always": lambda: True,
    "contains": _contains,
    "startswith": lambda text, start: to_text(text).lower().startswith(to_text(start).lower()),
    "endswith": lambda text, end: to_text(text).lower().endswith(to_text(end).lower()),
    "format": _format,
    "join": _join,
    "tojson": lambda value: json.dumps(value, indent=2),
    "fromjson": lambda text: json.loads(to_text(text)),
}
