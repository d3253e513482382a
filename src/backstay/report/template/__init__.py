"""Go's text/template for `--format`: lexer -> parser -> tree -> sandboxed Jinja2.

    template = compile_template("{{ len .Changes.Applied }} applied", functions)
    template.render(document)

Compiling finds every mistake in the text (`TemplateError`, with line and column) before any work is done;
rendering finds what the data does not have. `define`, `template` and `block` are not supported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from backstay.report.template.builtins import BUILTINS
from backstay.report.template.errors import FunctionError, TemplateError
from backstay.report.template.parser import parse
from backstay.report.template.runtime import MAX_SIZE, Run

if TYPE_CHECKING:
    import jinja2

__all__ = ["FunctionError", "Template", "TemplateError", "compile_template"]


class Template:
    """A compiled template. It may be rendered any number of times."""

    def __init__(self, compiled: jinja2.Template, functions: Mapping[str, Callable[..., object]]) -> None:
        self._compiled = compiled
        self._functions = functions

    def render(self, data: object) -> str:
        """The text for these data: documents, maps, lists, strings, numbers, booleans, times, `None`.

        Raises `TemplateError` naming what is missing, or when the text would grow beyond all use.
        """
        run = Run(self._functions)
        pieces: list[str] = []
        size = 0
        stream = self._compiled.generate(
            data=data, member=run.member, call=run.call, items=run.items, show=run.show
        )
        for piece in stream:
            size += len(piece)
            if size > MAX_SIZE:
                raise TemplateError("1:1", f"the output is larger than {MAX_SIZE >> 20} MiB")
            pieces.append(piece)
        return "".join(pieces)


def compile_template(text: str, functions: Mapping[str, Callable[..., object]] | None = None) -> Template:
    """Compile the text of a template; `functions` are those that Go does not have itself.

    Raises `TemplateError` (a `ConfigError`) with line and column.
    """
    from jinja2.sandbox import SandboxedEnvironment

    from backstay.report.template.emitter import emit

    known = {**BUILTINS, **(functions or {})}
    environment = SandboxedEnvironment(autoescape=False, cache_size=0)
    emitted = emit(parse(text), known)
    emitted.set_environment(environment)
    try:
        compiled = environment.from_string(emitted)
    except (SyntaxError, RecursionError, MemoryError):
        raise TemplateError("1:1", "the template is too deeply nested") from None
    return Template(compiled, known)
