"""The syntax tree of HCL: what both front ends make, and what the evaluator reads.

Nodes are immutable and carry `start`, the offset of their first character in the source (see
`source.py`). What has no meaning of its own leaves no node: comments, parentheses, the two ways to
write a string, trim marks, and the indentation that `<<-` takes away. A tree has no cycles, so the
nodes stay out of the garbage collector's sight.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

import msgspec


class Node(msgspec.Struct, frozen=True, gc=False):
    """Base of all nodes."""

    start: int


class Literal(Node, frozen=True, gc=False):
    """A string without interpolation, a number, a bool or null."""

    value: str | int | Decimal | bool | None


class Variable(Node, frozen=True, gc=False):
    """A bare name."""

    name: str


class Splat(Node, frozen=True, gc=False):
    """`[*]` or `.*`: the steps are taken from each element."""

    steps: tuple[Step, ...]


class Traversal(Node, frozen=True, gc=False):
    """Steps into a value. A string is an attribute name (`.name`), an expression an index (`[0]`, `.0`)."""

    root: Expression
    steps: tuple[Step, ...]


class Call(Node, frozen=True, gc=False):
    """A function call; with `expand`, the last argument is a list of arguments (`f(list...)`)."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool = False


class Unary(Node, frozen=True, gc=False):
    """`-` or `!`. A minus before a number is part of the `Literal`."""

    operator: str
    operand: Expression


class Binary(Node, frozen=True, gc=False):
    """One of `|| && == != < <= > >= + - * / %`. Chains lean to the left."""

    operator: str
    left: Expression
    right: Expression


class Conditional(Node, frozen=True, gc=False):
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression


class Tuple(Node, frozen=True, gc=False):
    """`[a, b]`."""

    items: tuple[Expression, ...]


class Object(Node, frozen=True, gc=False):
    """`{ a = 1, (b) = 2 }`: pairs of key and value. A bare name as key is a string `Literal`."""

    items: tuple[tuple[Expression, Expression], ...]


class For(Node, frozen=True, gc=False):
    """`[for k, v in c : v if …]`, and with a `key` expression `{for k, v in c : key => value… if …}`."""

    key_name: str
    value_name: str
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None = None
    group: bool = False


class Template(Node, frozen=True, gc=False):
    """A string with interpolations. A single interpolation and nothing else keeps the value's type."""

    parts: tuple[Expression, ...]


class TemplateIf(Node, frozen=True, gc=False):
    """`%{ if … }…%{ else }…%{ endif }`; occurs only among the parts of a template."""

    condition: Expression
    then: tuple[Expression, ...]
    otherwise: tuple[Expression, ...]


class TemplateFor(Node, frozen=True, gc=False):
    """`%{ for k, v in c }…%{ endfor }`; occurs only among the parts of a template."""

    key_name: str
    value_name: str
    collection: Expression
    parts: tuple[Expression, ...]


Expression: TypeAlias = (
    Literal
    | Variable
    | Traversal
    | Call
    | Unary
    | Binary
    | Conditional
    | Tuple
    | Object
    | For
    | Template
    | TemplateIf
    | TemplateFor
)
Step: TypeAlias = str | Expression | Splat


class Attribute(Node, frozen=True, gc=False):
    """`name = value`."""

    name: str
    value: Expression


class Body(msgspec.Struct, frozen=True, gc=False):
    """The inside of a file or block: attributes by name and child blocks, each in source order."""

    attributes: dict[str, Attribute]
    blocks: tuple[Block, ...]


class Block(Node, frozen=True, gc=False):
    """`type "label" { … }`."""

    type: str
    labels: tuple[str, ...]
    body: Body


def traversals(expression: Expression) -> Iterator[tuple[str, ...]]:
    """Every name the expression mentions, with the attribute names after it: `("atlas", "env")`."""
    stack: list[object] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Variable):
            yield (node.name,)
        elif isinstance(node, Traversal) and isinstance(node.root, Variable):
            yield (node.root.name, *_names(node.steps))
            stack.extend(node.steps)
        elif isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, Node):
            stack.extend(getattr(node, name) for name in node.__struct_fields__)


def _names(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        if not isinstance(step, str):
            return
        yield step
