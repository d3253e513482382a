"""How a function is declared: its name, what its arguments are converted to, and how many it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.values import Value

Converter: TypeAlias = Callable[[Value], Any]
Body: TypeAlias = Callable[..., Value]


class Table(dict[str, Body]):
    """The functions of one theme by name."""

    def define(
        self, *parameters: Converter, optional: int = 0, rest: Converter | None = None
    ) -> Callable[[Body], Body]:
        """Declare the decorated function, named like it (a trailing `_` avoids Python's own names).

        `parameters` convert the arguments in order; the last `optional` ones may be left out; any
        further arguments are converted by `rest`. A call with another number of arguments, or with one
        that does not convert, raises `FunctionError`.
        """

        def declare(body: Body) -> Body:
            name = body.__name__.rstrip("_")

            def call(*arguments: Value) -> Value:
                missing = len(arguments) < len(parameters) - optional
                if missing or (rest is None and len(arguments) > len(parameters)):
                    raise FunctionError(_arity(name, len(parameters), optional, rest, len(arguments)))
                return body(*_converted(arguments, parameters, rest))

            self[name] = call
            return body

        return declare


def _converted(
    arguments: tuple[Value, ...], parameters: tuple[Converter, ...], rest: Converter | None
) -> list[Any]:
    converted = []
    for position, argument in enumerate(arguments):
        convert = parameters[position] if position < len(parameters) else rest
        assert convert is not None
        try:
            converted.append(convert(argument))
        except FunctionError as error:
            raise FunctionError(f"argument {position + 1}: {error}") from None
    return converted


def _arity(name: str, known: int, optional: int, rest: Converter | None, given: int) -> str:
    least = known - optional
    if rest is not None:
        wanted = f"at least {least}"
    elif optional:
        wanted = f"{least} to {known}"
    else:
        wanted = str(known)
    return f"{name} takes {wanted} argument{'' if wanted.endswith('1') and known == 1 else 's'}, not {given}"
