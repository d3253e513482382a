"""Inputs of an action, read by the kinds the manifest gives them.

An empty input is one that was not given. All are read at the start: a wrong one ends the step before
any work is done, with a message that names the input, and quotes its value only where it cannot be a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from backstay.action.declarations import Action, Input, Kind
from backstay.decoding import decode
from backstay.errors import ConfigError
from backstay.operations.addresses import slug
from backstay.operations.options import Options
from backstay.report.duration import parse_duration

Value = str | bool | float | tuple[str, ...] | tuple[tuple[str, str], ...]
O = TypeVar("O", bound=Options)  # noqa: E741

TRUE = frozenset({"1", "t", "T", "true", "True", "TRUE"})
FALSE = frozenset({"0", "f", "F", "false", "False", "FALSE"})


class Inputs:
    """The values of an action's inputs. `raw` gives the text of an input as the CI system has it.

    A wrong one is a `ConfigError`, which is raised; where there is a list of `problems` it is put there, and
    the input counts as not given.
    """

    def __init__(
        self, action: Action, raw: Callable[[str], str], problems: list[ConfigError] | None = None
    ) -> None:
        self._action = action
        self._given: dict[str, str] = {}
        self._values: dict[str, Value] = {}
        for declared in action.inputs:
            text = raw(declared.name).strip() or _default(declared)
            try:
                self._values[declared.name] = _READERS[declared.kind](declared, text)
            except ConfigError as error:
                if problems is None:
                    raise
                problems.append(error)
                text = _default(declared)
                self._values[declared.name] = _READERS[declared.kind](declared, text)
            self._given[declared.name] = text

    def given(self, name: str) -> bool:
        """Is it an input of the action that has a value, its own or a default?"""
        return bool(self._given.get(name))

    def text(self, name: str) -> str:
        """The value of an input that is one word, URL, path or choice."""
        return cast(str, self._values[name])

    def flag(self, name: str) -> bool:
        """The value of a boolean; false where it is not given."""
        return cast(bool, self._values[name])

    def seconds(self, name: str) -> float:
        """The value of a duration; 0 where it is not given."""
        return cast(float, self._values[name])

    def items(self, name: str) -> tuple[str, ...]:
        """The value of a list."""
        return cast("tuple[str, ...]", self._values[name])

    def options(self, kind: type[O], **more: object) -> O:
        """Options of an operation: what the inputs give, and `more`, which wins."""
        values: dict[str, Any] = {
            i.option: self._values[i.name]
            for i in self._action.inputs
            if i.option in kind.__struct_fields__ and self._given[i.name]
        }
        return kind(**(values | more))


def _default(declared: Input) -> str:
    """An expression is for the CI system to fill in; where it did not, there is no value."""
    return "" if "${{" in declared.default else declared.default


def repair_host_paths(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A function that turns paths of the runner's host into paths of our container.

    The runner translates variables that *begin* with a path it has mounted, but no `file://` URL and no
    second line. `RUNNER_WORKSPACE` stays a host path, being the parent of the workspace: with the
    repository's name behind it, it is the workspace as the host knows it.
    """
    parent, workspace = environ.get("RUNNER_WORKSPACE", ""), environ.get("GITHUB_WORKSPACE", "")
    name = environ.get("GITHUB_REPOSITORY", "").rpartition("/")[2]
    host = f"{parent.rstrip('/')}/{name}"
    if not (parent and workspace and name) or host == workspace:
        return lambda text: text
    pattern = re.compile(re.escape(host) + r"(?![\w.-])")
    return lambda text: pattern.sub(lambda _: workspace, text)


def _read_text(declared: Input, text: str) -> Value:
    return text


def _read_lines(declared: Input, text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _read_urls(declared: Input, text: str) -> tuple[str, ...]:
    lines = _read_lines(declared, text)
    for line in lines:
        _read_url(declared, line)
    return lines


def _read_url(declared: Input, text: str) -> str:
    if text and ("://" not in text or len(text.splitlines()) > 1):
        raise ConfigError(
            f"input {declared.name} is not a URL",
            hint="write it as scheme://…, for instance file://schema.hcl (what was given is not shown here)",
        )
    return text


def _read_config(declared: Input, text: str) -> str:
    return ",".join(_read_urls(declared, text))


def _read_slug(declared: Input, text: str) -> str:
    """A repository's name, also out of its URL `atlas://name?tag=…`."""
    try:
        return slug(text)
    except ConfigError as error:
        raise ConfigError(
            f"input {declared.name} names no repository of a registry", hint=error.hint
        ) from None


def _read_boolean(declared: Input, text: str) -> bool:
    if text in TRUE:
        return True
    if text in FALSE or not text:
        return False
    raise ConfigError(f'input {declared.name} is no boolean: "{text}"', hint="use true or false")


def _read_duration(declared: Input, text: str) -> float:
    try:
        return max(parse_duration(text, bare_seconds=True), 0.0) if text else 0.0
    except ConfigError as error:
        raise ConfigError(f"input {declared.name}: {error.message}", hint=error.hint) from None


def _read_choice(declared: Input, text: str) -> str:
    if not text:
        return ""
    chosen = [choice for choice in declared.choices if choice.lower() == text.lower()]
    if not chosen:
        raise ConfigError(
            f'input {declared.name} has an unknown value: "{text}"',
            hint=f"use one of: {', '.join(declared.choices)}",
        )
    return chosen[0]


def _read_vars(declared: Input, text: str) -> tuple[tuple[str, str], ...]:
    """Pairs sorted by name; a list gives one pair for each of its elements."""
    try:
        given = decode(text, dict[str, object]) if text else {}
    except msgspec.MsgspecError:
        raise ConfigError(
            f"input {declared.name} is not a JSON object",
            hint='write it like {"tenant": "a", "regions": ["eu", "us"]}',
        ) from None
    _refuse_repetition(declared, text)
    return tuple(
        (name, _scalar(declared, name, element))
        for name, value in sorted(given.items())
        for element in (value if isinstance(value, list) else [value])
    )


def _refuse_repetition(declared: Input, text: str) -> None:
    """JSON lets the last of two equal names win, in silence: which was meant is not ours to guess."""

    def members(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(
                f"input {declared.name} gives {', '.join(twice)} twice",
                hint='give a list for several values, like {"regions": ["eu", "us"]}',
            )

    json.loads(text or "{}", object_pairs_hook=members)


def _scalar(declared: Input, name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, str | int | float):
        return str(value)
    raise ConfigError(
        f'input {declared.name}: the value of "{name}" is neither text, number, boolean nor a list of these',
        hint="give nested values as text, for instance as JSON in a string",
    )


_READERS: Mapping[Kind, Callable[[Input, str], Value]] = {
    "text": _read_text,
    "path": _read_text,
    "slug": _read_slug,
    "url": _read_url,
    "urls": _read_urls,
    "config": _read_config,
    "list": _read_lines,
    "boolean": _read_boolean,
    "duration": _read_duration,
    "choice": _read_choice,
    "vars": _read_vars,
    "token": _read_text,
}
