"""What an expression is evaluated in: names, functions, and a budget that no expression can exceed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

import msgspec

from backstay.errors import HCLError
from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.source import Source
from backstay.hcl.syntax import Node
from backstay.hcl.values import Reference, Value

MAX_UNITS = 1_000_000
"""What all expressions of a document may produce, beside as many units as its files have characters: a
unit is an element, an iteration or 16 characters."""

Function = Callable[..., Value]


class UnknownNameError(HCLError):
    """A variable or function that is not in scope. `name` is that name."""

    name: str = ""


class ExhaustedError(HCLError):
    """The budget is used up; `try` and `can` do not catch it."""


class Names(msgspec.Struct, frozen=True):
    """Names in scope for one attribute only, such as the types that a column may have.

    Make them once and pass the same object again: they are looked up, never copied.
    """

    variables: Mapping[str, Value | Namespace] = {}
    functions: Mapping[str, Function] = {}


class Namespace:
    """Something that expressions look into by name and that need not exist as a whole: `table`, `local`.

    Both methods raise `FunctionError` with a sentence; the evaluator adds the place.
    """

    def member(self, name: str) -> Value | Namespace:
        """What `.name` or `["name"]` gives."""
        raise NotImplementedError

    def value(self) -> Value:
        """The value of an expression that stops here."""
        raise NotImplementedError


class Budget:
    """Counts what expressions produce, so that no file can exhaust the memory."""

    def __init__(self) -> None:
        self.left = MAX_UNITS

    def spend(self, units: int) -> bool:
        """Take units; false when there are none left."""
        self.left -= units
        return self.left >= 0


class Scope(msgspec.Struct, frozen=True):
    """The surroundings of one expression.

    `root` gives the value of a name that is not bound nearer, `roots` lists such names for suggestions;
    it raises `KeyError` for an unknown one. `follow` makes a reference a namespace again. `bound` are
    the names of the `for` expressions around.
    """

    source: Source
    root: Callable[[str], Value | Namespace]
    roots: Callable[[], Iterable[str]]
    follow: Callable[[Reference], Namespace]
    functions: Mapping[str, Function]
    budget: Budget
    names: Names = Names()
    bound: Mapping[str, Value] = {}

    def bind(self, names: Mapping[str, Value]) -> Scope:
        """This scope with more names, as inside a `for` expression."""
        return msgspec.structs.replace(self, bound={**self.bound, **names})

    def look_up(self, node: Node, name: str) -> Value | Namespace:
        """What a bare name stands for. Raises `UnknownNameError`."""
        if name in self.bound:
            return self.bound[name]
        if name in self.names.variables:
            return self.names.variables[name]
        try:
            return self.root(name)
        except KeyError:
            known = (*self.bound, *self.names.variables, *self.roots())
            raise self._unknown(node, "variable", name, known) from None
        except FunctionError as error:
            raise self.error(node, str(error)) from None

    def function(self, node: Node, name: str) -> Function:
        """The function of this name. Raises `UnknownNameError`."""
        found = self.names.functions.get(name) or self.functions.get(name)
        if found is None:
            known = (*self.names.functions, *self.functions)
            raise self._unknown(node, "function", name, known)
        return found

    def error(self, node: Node, message: str) -> HCLError:
        """An error that points at this node."""
        return self.source.error(node.start, message)

    def spend(self, node: Node, units: int) -> None:
        """Take from the budget. Raises `ExhaustedError`."""
        if not self.budget.spend(units):
            message = f"the expressions of this document produce too much: about {MAX_UNITS} elements"
            raise self.source.error(node.start, message, kind=ExhaustedError)

    def charge(self, node: Node, value: Value) -> None:
        """Take what a value weighs from the budget. Raises `ExhaustedError`."""
        self.spend(node, weight(value, self.budget.left))

    def _unknown(self, node: Node, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        message = f'unknown {kind} "{name}"{suggestion(name, known)}'
        error = self.source.error(node.start, message, kind=UnknownNameError)
        error.name = name
        return error


def weight(value: Value, most: int) -> int:
    """The budget units of a value with all that is in it, counted as if nothing were shared.

    Counting ends once there are more than `most`.
    """
    total = 0
    stack = [value]
    while stack and total <= most:
        item = stack.pop()
        total += 1
        if isinstance(item, str):
            total += len(item) >> 4
        elif isinstance(item, tuple):
            stack.extend(item)
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
    return total


def suggestion(name: str, known: Iterable[str]) -> str:
    """` — did you mean "x"?` for the nearest of the known names; empty where none is near."""
    if len(name) > 100:
        return ""
    near = get_close_matches(name, [other for other in known if len(other) <= 100], n=1)
    return f' — did you mean "{near[0]}"?' if near else ""
