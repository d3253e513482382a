"""What a running template can do: read members, call functions, walk over values, print.

This is all of its world. A template never touches an attribute of a Python object: members are looked up
in the declared fields of documents and in the keys of maps. Steps and sizes are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from backstay.errors import BackstayError
from backstay.report.gojson import ZERO_TIME, Document, fields
from backstay.report.template.errors import FunctionError, TemplateError
from backstay.report.template.printing import go_type, plain, show

MAX_STEPS: Final = 5_000_000
MAX_SIZE: Final = 32 * 1024 * 1024

_METHODS: Final[dict[type, dict[str, Callable[..., object]]]] = {
    datetime: {
        "String": plain,
        "Unix": lambda time: int(time.timestamp()),
        "IsZero": lambda time: time == ZERO_TIME,
        "Sub": lambda time, other: time - other,
    },
    timedelta: {
        "String": plain,
        "Seconds": lambda duration: duration.total_seconds(),
        "Milliseconds": lambda duration: duration // timedelta(milliseconds=1),
    },
}


@cache
def _attributes(document: type[Document]) -> dict[str, str]:
    return {field.go_name: field.attribute for field in fields(document)} | dict(document.methods)


class Run:
    """One rendering: the functions it may call, and how much of its allowance is used."""

    def __init__(self, functions: Mapping[str, Callable[..., object]]) -> None:
        self.functions = functions
        self.steps = 0

    def spend(self, position: str) -> None:
        """Count a step. Raises `TemplateError` when there were too many."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TemplateError(position, "the template takes too many steps")

    def member(self, position: str, value: object, names: tuple[str, ...], *arguments: object) -> object:
        """`value.Name.Name`; the last may be a method that takes the arguments."""
        self.spend(position)
        for name in names[:-1]:
            value = self._member(position, value, name)
        return self._member(position, value, names[-1], *arguments)

    def _member(self, position: str, value: object, name: str, *arguments: object) -> object:
        if isinstance(value, Mapping):
            found = value.get(name)
        elif isinstance(value, Document) and name in _attributes(type(value)):
            found = getattr(value, _attributes(type(value))[name])
        elif method := _METHODS.get(type(value), {}).get(name):
            return self._apply(position, name, method, (value, *arguments))
        elif value is None:
            raise TemplateError(position, f"there is no .{name}, because what should have it is nil")
        else:
            raise TemplateError(position, f"there is no field {name} in a value of type {go_type(value)}")
        if callable(found):
            return self._apply(position, name, found, arguments)
        if arguments:
            raise TemplateError(position, f"{name} is not a method and takes no arguments")
        return found

    def call(self, position: str, name: str, *arguments: object) -> object:
        """The value of a function."""
        self.spend(position)
        return self._apply(position, name, self.functions[name], arguments)

    def _apply(
        self, position: str, name: str, function: Callable[..., object], arguments: tuple[object, ...]
    ) -> object:
        try:
            result = function(*arguments)
        except FunctionError as error:
            raise TemplateError(position, f"{name}: {error}") from None
        except BackstayError:
            raise
        except (TypeError, ValueError, ArithmeticError) as error:
            raise TemplateError(position, f"{name} cannot take these arguments ({error})") from error
        if isinstance(result, str) and len(result) > MAX_SIZE:
            raise TemplateError(position, f"{name} makes a text of more than {MAX_SIZE >> 20} MiB")
        return result

    def items(self, position: str, value: Any) -> Iterator[tuple[object, object]]:
        """What `range` walks over: index and item, key and value, or the numbers below a number."""
        for pair in self._pairs(position, value):
            self.spend(position)
            yield pair

    def _pairs(self, position: str, value: Any) -> Iterator[tuple[object, object]]:
        if value is None:
            return iter(())
        if isinstance(value, (list, tuple)):
            return enumerate(value)
        if isinstance(value, Mapping):
            return ((key, value[key]) for key in sorted(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return ((number, number) for number in range(value))
        raise TemplateError(position, f"cannot range over a value of type {go_type(value)}")

    def show(self, value: object) -> str:
        """What an action prints."""
        return show(value)
