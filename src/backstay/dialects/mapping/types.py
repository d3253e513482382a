"""Type specs: how a column type is written in HCL, and what it is called in SQL.

A dialect lists its types as data. `Types` makes of that list the names that are in scope for
`column.type` (`text`, `varchar(255)`), and finds the way back from what a catalogue prints. Where no
spec fits, a type is written `sql("…")` and read as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial

import msgspec

from backstay.hcl.document import Names
from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.values import RawSQL, Value

ARRAY = re.compile(r"\s*(\barray\s*)?(\[\d*\]\s*)+$|\s*\barray\s*$", re.IGNORECASE)
ARGUMENTS = re.compile(r"([^()]*)\(([^()]*)\)([^()]*)")
ARGUMENT = re.compile(r" ?-?[0-9]+")


class TypeSpec(msgspec.Struct, frozen=True):
    """One type: its HCL names (the canonical one first), and its SQL text by number of arguments.

    `forms[n]` is the text with `n` arguments, `{}` standing for each; empty where `n` are too few.
    `kind` is the class of its values, which decides how literals are written: `string`, `integer`, …
    """

    names: tuple[str, ...]
    forms: tuple[str, ...]
    kind: str

    @property
    def required(self) -> int:
        """How many arguments cannot be left out."""
        return next(number for number, form in enumerate(self.forms) if form)


class TypeCall(msgspec.Struct, frozen=True):
    """A type as HCL writes it: `character_varying(120)`."""

    name: str
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({','.join(self.arguments)})" if self.arguments else self.name


def simple(names: str, kind: str) -> tuple[TypeSpec, ...]:
    """Specs of types without arguments whose SQL text is their HCL name."""
    return tuple(TypeSpec((name,), (name,), kind) for name in names.split())


class Types:
    """The types of one dialect.

    `special` are functions from arguments to SQL text for names whose text depends on the values.
    """

    def __init__(
        self, specs: Sequence[TypeSpec], special: Mapping[str, Callable[..., str]] | None = None
    ) -> None:
        self._by_form = {form: spec for spec in reversed(specs) for form in spec.forms if form}
        self._by_name = {name: spec for spec in specs for name in spec.names}
        self._calls: dict[str, TypeCall | None] = {}
        variables: dict[str, Value] = {}
        functions: dict[str, Callable[..., Value]] = {}
        for spec in specs:
            for name in spec.names:
                functions[name] = partial(_call, spec, name)
                if not spec.required:
                    variables[name] = RawSQL(_call(spec, name).text)
        for name, render in (special or {}).items():
            functions[name] = partial(_special, render)
            variables[name] = RawSQL(render())
        self.names = Names(variables=variables, functions=functions)

    def call(self, text: str) -> TypeCall | None:
        """The way HCL writes this SQL type; `None` where no spec gives back exactly this text."""
        if text not in self._calls:
            self._calls[text] = self._find(text)
        return self._calls[text]

    def kind(self, text: str) -> str:
        """The class of the values of this SQL type; empty for types without a spec, `array` for arrays."""
        if ARRAY.search(text):
            return "array"
        spec = self._spec(text) or self._by_name.get(text.partition("(")[0].strip().lower())
        return spec.kind if spec else ""

    def known(self, text: str) -> bool:
        """Is this a type of the system, or an array of one?"""
        return self.kind(ARRAY.sub("", text)) != ""

    def problem(self, name: str) -> tuple[str, str]:
        """Message and hint for a name written where a type belongs and which is not one by itself."""
        if name in self.names.functions:
            return f'Type "{name}" requires at least 1 argument', f"write {name}(…)"
        near = get_close_matches(name, self.names.functions, n=1)
        hint = f'did you mean "{near[0]}"?' if near else 'a type of your own is written sql("…")'
        return f'Unknown column.type; There is no type named "{name}".', hint

    def _spec(self, text: str) -> TypeSpec | None:
        return self._by_form.get(_form(text)[0]) or self._by_form.get(text)

    def _find(self, text: str) -> TypeCall | None:
        spec, arguments = self._spec(text), _form(text)[1]
        if spec is None or not all(map(ARGUMENT.fullmatch, arguments)):
            return None
        name = spec.names[0]
        written = [arguments[:count] for count in (*range(1, len(arguments) + 1), 0)]
        return next((TypeCall(name, a) for a in written if _render(spec, a) == text), None)


def _form(text: str) -> tuple[str, tuple[str, ...]]:
    """`numeric(9,2)` is `numeric({},{})` with the arguments 9 and 2."""
    match = ARGUMENTS.fullmatch(text)
    if match is None:
        return text, ()
    arguments = tuple(match[2].split(","))
    return f"{match[1]}({','.join('{}' for _ in arguments)}){match[3]}", arguments


def _render(spec: TypeSpec, arguments: Sequence[str]) -> str:
    return spec.forms[len(arguments)].format(*arguments) if len(arguments) < len(spec.forms) else ""


def _call(spec: TypeSpec, name: str, *arguments: Value) -> RawSQL:
    """The SQL of a type written as a function. Raises `FunctionError`, which the evaluator places."""
    if arguments and len(spec.forms) == 1:
        raise FunctionError(f'Type "{name}" does not accept attributes')
    if len(arguments) >= len(spec.forms):
        raise FunctionError(f'too many arguments for type definition "{name}"')
    if len(arguments) < spec.required:
        raise FunctionError(f'Type "{name}" requires at least {_count(spec.required)}')
    return RawSQL(_render(spec, [_integer(name, argument) for argument in arguments]))


def _special(render: Callable[..., str], *arguments: Value) -> RawSQL:
    return RawSQL(render(*arguments))


def _integer(name: str, argument: Value) -> str:
    if isinstance(argument, bool) or not isinstance(argument, int):
        raise FunctionError(f'arguments of type "{name}" are whole numbers')
    return str(argument)


def _count(number: int) -> str:
    return f"{number} argument" if number == 1 else f"{number} arguments"
