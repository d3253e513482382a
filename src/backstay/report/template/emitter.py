"""The syntax tree as a Jinja2 tree.

Every operation becomes a call of the runtime, so that Go's rules hold and not Jinja's. Text and literals
enter as constants of the tree and are never Jinja source. Go's variables can be changed from within inner
blocks, Jinja's cannot: each is a `namespace` of its own under a fresh name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jinja2 import nodes

from backstay.report.template import tree
from backstay.report.template.errors import TemplateError, Unavailable

DATA: Final = "data"
_SHORT_CIRCUIT: Final[dict[str, type[nodes.BinExpr]]] = {"and": nodes.And, "or": nodes.Or}

Scope = dict[str, str]
Functions = Mapping[str, Callable[..., object]]


def emit(items: Sequence[tree.Item], functions: Functions) -> nodes.Template:
    """The Jinja2 template that does what the Go template says, over a variable `data`.

    Raises `TemplateError` for an unknown function or variable, and for a wrong number of arguments.
    """
    emitter = _Emitter(functions)
    return nodes.Template(emitter.items(items, DATA, {"$": DATA}), lineno=1)


def _call(function: str, *arguments: nodes.Expr) -> nodes.Call:
    return nodes.Call(nodes.Name(function, "load"), list(arguments), [], None, None)


class _Emitter:
    """`dot` is the Jinja name of the current value, `scope` maps Go variables to Jinja names."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.names = 0

    def fresh(self) -> str:
        self.names += 1
        return f"_v{self.names}"

    # Items

    def items(self, items: Sequence[tree.Item], dot: str, scope: Scope) -> list[nodes.Node]:
        """A list of items. Variables declared in it are gone behind it."""
        inner = dict(scope)
        return [node for item in items for node in self.item(item, dot, inner)]

    def item(self, item: tree.Item, dot: str, scope: Scope) -> list[nodes.Node]:
        match item:
            case tree.Text():
                return [nodes.Output([nodes.TemplateData(item.text)])]
            case tree.Action():
                return self.action(item.pipe, dot, scope)
            case tree.Jump():
                return [nodes.Break() if item.kind == "break" else nodes.Continue()]
            case tree.Branch():
                emit_branch = {"if": self.if_, "with": self.with_, "range": self.range_}[item.kind]
                return emit_branch(item, dot, dict(scope))

    def action(self, pipe: tree.Pipe, dot: str, scope: Scope) -> list[nodes.Node]:
        value = self.pipe(pipe, dot, scope)
        if pipe.variables:
            return [self.store(pipe, pipe.variables[0], value, scope)]
        return [nodes.Output([_call("show", value)])]

    def store(self, pipe: tree.Pipe, variable: str, value: nodes.Expr, scope: Scope) -> nodes.Node:
        if pipe.assigns:
            return nodes.Assign(nodes.NSRef(self.variable(variable, pipe.position, scope), "value"), value)
        scope[variable] = self.fresh()
        return self.holder(scope[variable], value)

    def holder(self, name: str, value: nodes.Expr) -> nodes.Node:
        """A namespace of this name, with a value that inner blocks can change."""
        made = nodes.Call(nodes.Name("namespace", "load"), [], [nodes.Keyword("value", value)], None, None)
        return nodes.Assign(nodes.Name(name, "store"), made)

    def variable(self, name: str, position: str, scope: Scope) -> str:
        if name not in scope:
            raise TemplateError(position, f'undefined variable "{name}"')
        return scope[name]

    def if_(self, branch: tree.Branch, dot: str, scope: Scope) -> list[nodes.Node]:
        before, condition = self.condition(branch.pipe, dot, scope)
        body = self.items(branch.body, dot, scope)
        return [*before, nodes.If(condition, body, [], self.items(branch.otherwise, dot, scope))]

    def with_(self, branch: tree.Branch, dot: str, scope: Scope) -> list[nodes.Node]:
        before, condition = self.condition(branch.pipe, dot, scope)
        inner = self.fresh()
        body = self.items(branch.body, inner, scope)
        keep = nodes.Assign(nodes.Name(inner, "store"), condition)
        test = nodes.Name(inner, "load")
        return [*before, keep, nodes.If(test, body, [], self.items(branch.otherwise, dot, scope))]

    def condition(self, pipe: tree.Pipe, dot: str, scope: Scope) -> tuple[list[nodes.Node], nodes.Expr]:
        """The value that decides, and the statement that puts it into a variable before, if one is named."""
        value = self.pipe(pipe, dot, scope)
        if not pipe.variables:
            return [], value
        stored = self.store(pipe, pipe.variables[0], value, scope)
        return [stored], self.read(pipe.variables[0], pipe.position, scope)

    def range_(self, branch: tree.Branch, dot: str, scope: Scope) -> list[nodes.Node]:
        pipe = branch.pipe
        items = _call("items", nodes.Const(pipe.position), self.pipe(pipe, dot, scope))
        index, element = self.fresh(), self.fresh()
        target = nodes.Tuple([nodes.Name(index, "store"), nodes.Name(element, "store")], "store")
        values = (index, element) if len(pipe.variables) == 2 else (element,)
        inner = dict(scope)
        stored = [
            self.store(pipe, variable, nodes.Name(value, "load"), inner)
            for variable, value in zip(pipe.variables, values, strict=False)
        ]
        body = [*stored, *self.items(branch.body, element, inner)]
        otherwise = self.items(branch.otherwise, dot, scope)
        return self.loop(target, items, body, otherwise)

    def loop(
        self, target: nodes.Node, items: nodes.Expr, body: list[nodes.Node], otherwise: list[nodes.Node]
    ) -> list[nodes.Node]:
        """A loop. Jinja's own `else` also runs when every turn ends in `continue`, so a flag decides."""
        if not otherwise:
            return [nodes.For(target, items, body, [], None, False)]
        empty = self.fresh()
        turned = nodes.Assign(nodes.NSRef(empty, "value"), nodes.Const(False))
        return [
            self.holder(empty, nodes.Const(True)),
            nodes.For(target, items, [turned, *body], [], None, False),
            nodes.If(nodes.Getattr(nodes.Name(empty, "load"), "value", "load"), otherwise, [], []),
        ]

    # Expressions

    def pipe(self, pipe: tree.Pipe, dot: str, scope: Scope) -> nodes.Expr:
        first, *stages = pipe.commands
        value = self.command(first, dot, scope, [])
        for stage in stages:
            value = self.command(stage, dot, scope, [value])
        return value

    def command(self, command: tree.Command, dot: str, scope: Scope, piped: list[nodes.Expr]) -> nodes.Expr:
        arguments = [self.operand(argument, dot, scope) for argument in command.arguments] + piped
        return self.operand(command.operand, dot, scope, arguments)

    def operand(
        self, operand: tree.Operand, dot: str, scope: Scope, arguments: Sequence[nodes.Expr] = ()
    ) -> nodes.Expr:
        position = nodes.Const(operand.position)
        match operand:
            case tree.Value():
                return nodes.Const(operand.value)
            case tree.Dot():
                return nodes.Name(dot, "load")
            case tree.Variable():
                return self.read(operand.name, operand.position, scope)
            case tree.Pipe():
                return self.parenthesis(operand, dot, scope)
            case tree.Fields():
                base = self.operand(operand.base, dot, scope)
                return _call("member", position, base, nodes.Const(operand.names), *arguments)
            case tree.Function():
                return self.function(operand, arguments)

    def parenthesis(self, pipe: tree.Pipe, dot: str, scope: Scope) -> nodes.Expr:
        if pipe.variables:
            raise TemplateError(pipe.position, "a variable cannot be set within parentheses")
        return self.pipe(pipe, dot, scope)

    def read(self, name: str, position: str, scope: Scope) -> nodes.Expr:
        variable = nodes.Name(self.variable(name, position, scope), "load")
        return variable if name == "$" else nodes.Getattr(variable, "value", "load")

    def function(self, function: tree.Function, arguments: Sequence[nodes.Expr]) -> nodes.Expr:
        if function.name in _SHORT_CIRCUIT:
            return self.short_circuit(function, arguments)
        self.check(function, len(arguments))
        return _call("call", nodes.Const(function.position), nodes.Const(function.name), *arguments)

    def short_circuit(self, function: tree.Function, arguments: Sequence[nodes.Expr]) -> nodes.Expr:
        """`and` and `or` return the operand that decides; Python's operators do the same."""
        if not arguments:
            raise TemplateError(function.position, f"{function.name} needs an argument")
        value = arguments[0]
        for argument in arguments[1:]:
            value = _SHORT_CIRCUIT[function.name](value, argument)
        return value

    def check(self, function: tree.Function, count: int) -> None:
        """Refuse an unknown function, and arguments it cannot take, before any work is done."""
        implementation = self.functions.get(function.name)
        if implementation is None:
            raise TemplateError(function.position, f'function "{function.name}" is not defined')
        if isinstance(implementation, Unavailable):
            raise TemplateError(
                function.position, f"{function.name} is not available yet", hint=implementation.instead
            )
        placeholders: list[Any] = [None] * count
        try:
            inspect.signature(implementation).bind(*placeholders)
        except TypeError:
            raise TemplateError(
                function.position, f"wrong number of arguments for {function.name}: {count}"
            ) from None
