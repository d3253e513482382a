"""The syntax tree of a Go template (https://pkg.go.dev/text/template)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

BranchKind = Literal["if", "with", "range"]
JumpKind = Literal["break", "continue"]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all nodes. `position` is `line:column`, both from 1."""

    position: str


class Value(Node, frozen=True):
    """A literal: string, number, boolean or nil."""

    value: str | int | float | bool | None


class Dot(Node, frozen=True):
    """`.`"""


class Variable(Node, frozen=True):
    """`$name`; `$` alone has the empty name."""

    name: str


class Function(Node, frozen=True):
    """The name of a function."""

    name: str


class Fields(Node, frozen=True):
    """`base.Name.Name`: members of a value, one after the other."""

    base: Operand
    names: tuple[str, ...]


class Pipe(Node, frozen=True):
    """Commands, each getting the result of the one before as its last argument.

    `variables` are those that take the value: declared by `:=`, or given a new value by `=` (`assigns`).
    """

    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()
    assigns: bool = False


Operand: TypeAlias = Value | Dot | Variable | Function | Fields | Pipe


class Command(Node, frozen=True):
    """An operand, and the arguments it is called with."""

    operand: Operand
    arguments: tuple[Operand, ...] = ()


class Text(Node, frozen=True):
    """Text between actions, trimmed already."""

    text: str


class Action(Node, frozen=True):
    """A pipeline whose value is printed, unless it goes into a variable."""

    pipe: Pipe


class Branch(Node, frozen=True):
    """`if`, `with` or `range`, with what happens else. An `else if` is a branch within `otherwise`."""

    kind: BranchKind
    pipe: Pipe
    body: tuple[Item, ...]
    otherwise: tuple[Item, ...] = ()


class Jump(Node, frozen=True):
    """`break` or `continue`."""

    kind: JumpKind


Item: TypeAlias = Text | Action | Branch | Jump
