"""The evaluator: an expression and its scope to a value, as the HCL specification defines it.

Where HCL converts between strings, numbers and bools, so does this; conditional branches need not have
one type, only the chosen one is evaluated, and `&&` and `||` look at the right side only if it matters.
Whatever goes wrong is an `HCLError` at the expression; `try` and `can` catch it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Context, InvalidOperation
from typing import Any

from backstay.errors import HCLError
from backstay.hcl.functions.convert import (
    FunctionError,
    Number,
    boolean,
    identity,
    kind,
    normal,
    number,
    sequence,
    string,
)
from backstay.hcl.scope import ExhaustedError, Namespace, Scope, suggestion
from backstay.hcl.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    Literal,
    Node,
    Object,
    Splat,
    Step,
    Template,
    TemplateFor,
    TemplateIf,
    Traversal,
    Tuple,
    Unary,
    Variable,
)
from backstay.hcl.values import Reference, Set, Value

DECIMALS = Context(prec=160)
"""About the 512 bits that the reference implementation computes with."""


def evaluate(node: Expression, scope: Scope) -> Value:
    """The value of an expression. Raises `HCLError`."""
    return _EVALUATORS[type(node)](node, scope)


def _literal(node: Literal, _: Scope) -> Value:
    return node.value


def _variable(node: Variable, scope: Scope) -> Value:
    return _whole(scope.look_up(node, node.name), node, scope)


def _traversal(node: Traversal, scope: Scope) -> Value:
    root = node.root
    value = scope.look_up(root, root.name) if isinstance(root, Variable) else evaluate(root, scope)
    return _whole(_walk(value, node.steps, node, scope), node, scope)


def _whole(value: Value | Namespace, node: Node, scope: Scope) -> Value:
    return _placed(value.value, node, scope) if isinstance(value, Namespace) else value


def _walk(value: Value | Namespace, steps: tuple[Step, ...], node: Node, scope: Scope) -> Value | Namespace:
    for step in steps:
        if isinstance(step, str):
            value = _member(value, step, node, scope)
        elif isinstance(step, Splat):
            items = _splat_items(_whole(value, node, scope))
            scope.spend(step, len(items))
            value = tuple(_whole(_walk(item, step.steps, node, scope), node, scope) for item in items)
        else:
            value = _index(value, evaluate(step, scope), step, scope)
    return value


def _splat_items(value: Value) -> tuple[Value, ...]:
    """What a splat runs over: null is no element, anything but a list is one."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _member(value: Value | Namespace, name: str, node: Node, scope: Scope) -> Value | Namespace:
    if isinstance(value, Reference):
        value = _placed(scope.follow, node, scope, value)
    if isinstance(value, Namespace):
        member: Value | Namespace = _placed(value.member, node, scope, name)
        return member
    if not isinstance(value, dict):
        raise scope.error(node, f'{kind(value)} has no attribute "{name}"')
    if name not in value:
        raise scope.error(node, f'the object has no attribute "{name}"{suggestion(name, value)}')
    return value[name]


def _index(value: Value | Namespace, key: Value, node: Node, scope: Scope) -> Value | Namespace:
    if isinstance(value, (dict, Reference, Namespace)):
        name = _converted(string, key, node, scope)
        if isinstance(value, dict) and name not in value and not isinstance(node, Literal):
            raise scope.error(node, "the object has no attribute of this name")
        return _member(value, name, node, scope)
    if isinstance(value, Set) or not isinstance(value, tuple):
        raise scope.error(node, f"{kind(value)} has no elements that could be taken by an index")
    position = _converted(number, key, node, scope)
    if not isinstance(position, int) or not 0 <= position < len(value):
        raise scope.error(node, f"the list has {len(value)} elements, and none at index {position}")
    return value[position]


def _placed(function: Callable[..., Any], node: Node, scope: Scope, *arguments: object) -> Any:
    """The function's result; what it refuses becomes an error at the node."""
    try:
        return function(*arguments)
    except FunctionError as error:
        raise scope.error(node, str(error)) from None


def _converted(converter: Callable[[Value], Any], value: Value, node: Node, scope: Scope) -> Any:
    return _placed(converter, node, scope, value)


def _call(node: Call, scope: Scope) -> Value:
    if lazy := _LAZY.get(node.name):
        return lazy(node, scope)
    function = scope.function(node, node.name)
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    if node.expand:
        arguments.extend(_converted(sequence, arguments.pop(), node, scope))
    try:
        value = function(*arguments)
    except FunctionError as error:
        prefix = "" if node.name in scope.names.functions else f"{node.name}: "
        raise scope.error(node, f"{prefix}{error}") from None
    scope.charge(node, value)
    return value


def _try(node: Call, scope: Scope) -> Value:
    for argument in node.arguments:
        try:
            return evaluate(argument, scope)
        except ExhaustedError:
            raise
        except HCLError as error:
            failure = error
    if not node.arguments:
        raise scope.error(node, "try takes at least 1 argument")
    raise scope.error(node, f"try: no argument has a value; the last one says: {failure.detail}")


def _can(node: Call, scope: Scope) -> Value:
    if len(node.arguments) != 1:
        raise scope.error(node, f"can takes 1 argument, not {len(node.arguments)}")
    try:
        evaluate(node.arguments[0], scope)
    except ExhaustedError:
        raise
    except HCLError:
        return False
    return True


_LAZY: Mapping[str, Callable[[Call, Scope], Value]] = {"try": _try, "can": _can}


def _unary(node: Unary, scope: Scope) -> Value:
    value = evaluate(node.operand, scope)
    if node.operator == "!":
        return not _converted(boolean, value, node, scope)
    return normal(-_converted(number, value, node, scope))


def _binary(node: Binary, scope: Scope) -> Value:
    """A chain of operators leans to the left: it is walked, not recursed into."""
    chain = [node]
    while isinstance(left := chain[-1].left, Binary):
        chain.append(left)
    value = evaluate(chain[-1].left, scope)
    while chain:
        value = _operate(chain.pop(), value, scope)
    return value


def _operate(node: Binary, left: Value, scope: Scope) -> Value:
    operator = node.operator
    if operator in ("||", "&&"):
        decided = _converted(boolean, left, node, scope)
        if decided == (operator == "||"):
            return bool(decided)
        return bool(_converted(boolean, evaluate(node.right, scope), node.right, scope))
    right = evaluate(node.right, scope)
    if operator in ("==", "!="):
        return (identity(left) == identity(right)) == (operator == "==")
    one, other = _converted(number, left, node, scope), _converted(number, right, node.right, scope)
    if operator in _COMPARISONS:
        return _COMPARISONS[operator](one, other)
    return _placed(_arithmetic, node, scope, operator, one, other)  # type: ignore[no-any-return]


def _arithmetic(operator: str, one: Number, other: Number) -> Number:
    if operator in "/%" and other == 0:
        raise FunctionError("division by zero")
    try:
        return normal(_ARITHMETIC[operator](one, other))
    except InvalidOperation:
        raise FunctionError("the numbers are too far apart to compute with") from None


def _plus(one: Number, other: Number) -> Number:
    return one + other if isinstance(one, int) and isinstance(other, int) else DECIMALS.add(one, other)


def _times(one: Number, other: Number) -> Number:
    return one * other if isinstance(one, int) and isinstance(other, int) else DECIMALS.multiply(one, other)


def _divided(one: Number, other: Number) -> Number:
    if isinstance(one, int) and isinstance(other, int) and one % other == 0:
        return one // other
    return DECIMALS.divide(one, other)


def _remainder(one: Number, other: Number) -> Number:
    """The remainder of a division that cuts off: it has the sign of the dividend."""
    if isinstance(one, int) and isinstance(other, int):
        return abs(one) % abs(other) * (-1 if one < 0 else 1)
    return DECIMALS.remainder(one, other)


_ARITHMETIC: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": _plus,
    "-": lambda one, other: _plus(one, -other),
    "*": _times,
    "/": _divided,
    "%": _remainder,
}
_COMPARISONS: Mapping[str, Callable[[Number, Number], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def _conditional(node: Conditional, scope: Scope) -> Value:
    chosen = _converted(boolean, evaluate(node.condition, scope), node.condition, scope)
    return evaluate(node.then if chosen else node.otherwise, scope)


def _tuple(node: Tuple, scope: Scope) -> Value:
    value = tuple(evaluate(item, scope) for item in node.items)
    scope.charge(node, value)
    return value


def _object(node: Object, scope: Scope) -> Value:
    result: dict[str, Value] = {}
    for key, item in node.items:
        name = _converted(string, evaluate(key, scope), key, scope)
        if name in result:
            raise scope.error(key, "this key is given twice")
        result[name] = evaluate(item, scope)
    scope.charge(node, result)
    return result


def _for(node: For, scope: Scope) -> Value:
    if node.key is None:
        items = tuple(evaluate(node.value, inner) for inner in _iterations(node, node.condition, scope))
        scope.charge(node, items)
        return items
    groups: dict[str, list[Value]] = {}
    for inner in _iterations(node, node.condition, scope):
        name = _converted(string, evaluate(node.key, inner), node.key, scope)
        if name in groups and not node.group:
            message = 'two elements have the same key: write "..." after the value to group them'
            raise scope.error(node.key, message)
        groups.setdefault(name, []).append(evaluate(node.value, inner))
    result = {name: tuple(items) if node.group else items[0] for name, items in groups.items()}
    scope.charge(node, result)
    return result


def _iterations(node: For | TemplateFor, condition: Expression | None, scope: Scope) -> Iterator[Scope]:
    """A scope for each element that the condition keeps."""
    for key, item in _elements(evaluate(node.collection, scope), node.collection, scope):
        scope.spend(node, 1)
        bound = {node.value_name: item, node.key_name: key} if node.key_name else {node.value_name: item}
        inner = scope.bind(bound)
        if condition is None or _converted(boolean, evaluate(condition, inner), condition, scope):
            yield inner


def _elements(value: Value, node: Node, scope: Scope) -> Iterator[tuple[Value, Value]]:
    """Keys and values: an object's in the order of its keys, a set's values are their own keys."""
    if isinstance(value, Set):
        return ((item, item) for item in value)
    if isinstance(value, tuple):
        return enumerate(value)
    if isinstance(value, dict):
        return ((key, value[key]) for key in sorted(value))
    raise scope.error(node, f"a list, set or object is required, not {kind(value)}")


def _template(node: Template, scope: Scope) -> Value:
    only = node.parts[0]
    if len(node.parts) == 1 and not isinstance(only, (TemplateIf, TemplateFor)):
        return evaluate(only, scope)
    return _render(node, node.parts, scope)


def _render(node: Node, parts: tuple[Expression, ...], scope: Scope) -> str:
    texts: list[str] = []
    for part in parts:
        text = _converted(string, evaluate(part, scope), part, scope)
        scope.spend(node, 1 + (len(text) >> 4))
        texts.append(text)
    return "".join(texts)


def _template_if(node: TemplateIf, scope: Scope) -> Value:
    chosen = _converted(boolean, evaluate(node.condition, scope), node.condition, scope)
    return _render(node, node.then if chosen else node.otherwise, scope)


def _template_for(node: TemplateFor, scope: Scope) -> Value:
    return "".join(_render(node, node.parts, inner) for inner in _iterations(node, None, scope))


_EVALUATORS: Mapping[type, Callable[[Any, Scope], Value]] = {
    Literal: _literal,
    Variable: _variable,
    Traversal: _traversal,
    Call: _call,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    Tuple: _tuple,
    Object: _object,
    For: _for,
    Template: _template,
    TemplateIf: _template_if,
    TemplateFor: _template_for,
}
