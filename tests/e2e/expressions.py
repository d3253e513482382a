"""The part of GitHub's expressions that workflows around our actions use: references, and `==`, `!=`."""

from __future__ import annotations

import re
from collections.abc import Mapping

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
COMPARISON = re.compile(r"(.+?)\s*(==|!=)\s*(.+)")
REFERENCE = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")


def expand(text: str, contexts: Mapping[str, object]) -> str:
    """The text with its `${{ … }}` replaced. Raises `ValueError` for what is not understood."""
    return EXPRESSION.sub(lambda match: _text(evaluate(match[1], contexts)), text)


def evaluate(expression: str, contexts: Mapping[str, object]) -> object:
    """The value of an expression; a member that is not there is an empty string."""
    expression = expression.removeprefix("${{").removesuffix("}}").strip()
    comparison = COMPARISON.fullmatch(expression)
    if comparison:
        left, operator, right = comparison.groups()
        same = _text(evaluate(left, contexts)) == _text(evaluate(right, contexts))
        return same if operator == "==" else not same
    if re.fullmatch(r"'[^']*'", expression):
        return expression[1:-1]
    if not REFERENCE.fullmatch(expression):
        raise ValueError(f"an expression this runner does not know: {expression}")
    value: object = contexts
    for name in expression.split("."):
        if value is contexts and name not in contexts:
            raise ValueError(f"there is no context {name}")
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return value


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
