"""How a template is wrong: always with line and column, as `template:1:5: …`."""

from __future__ import annotations

from backstay.errors import ConfigError

HINT = "see docs/templates.md for the syntax, the functions and the data of each command"


class TemplateError(ConfigError):
    """A template that cannot be parsed, or does not fit its data. `position` is `line:column`."""

    reason = "config"

    def __init__(self, position: str, message: str, *, hint: str = HINT) -> None:
        super().__init__(f"template:{position}: {message}", hint=hint)


class FunctionError(ValueError):
    """A function cannot take these arguments; whoever calls it knows the position."""


class Unavailable:
    """In place of a function that exists and cannot be used yet: `instead` says what to do."""

    def __init__(self, instead: str) -> None:
        self.instead = instead

    def __call__(self, *arguments: object) -> object:
        """Never gets this far: compiling refuses it."""
        raise FunctionError("not available yet")
