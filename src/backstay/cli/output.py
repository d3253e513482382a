"""Where results go: data to stdout, by template or as text; what is said meanwhile to the log, on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from backstay.log import Form, Log
from backstay.operations.options import Options
from backstay.registry.records import TargetResult
from backstay.report.redact import scrub
from backstay.report.visible import visible

if TYPE_CHECKING:
    from backstay.report.console import Console, Quiet

Render = Callable[[Any], str]


def log(*, debug: bool = False, service: bool = False) -> Log:
    """The log of a command; a `service` is one that runs on and on."""

    def form() -> Form:
        from backstay.ci.detect import log_form

        return log_form(os.environ, terminal=sys.stderr.isatty(), service=service)

    return Log(lambda: sys.stderr, form, lambda text: visible(scrub(text)), debug=debug)


def emit(text: str) -> None:
    """Data on stdout, ending in a newline."""
    text = scrub(text)
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")
    sys.stdout.flush()


def renderer(format_: str) -> Render:
    """The template of `--format`, checked now, before any work. Raises `ConfigError`."""
    from backstay.report.functions import template_functions
    from backstay.report.template import compile_template

    return compile_template(format_, template_functions(colors=colors())).render


def chosen_renderer(format_: str, options: Options, command: str) -> Render | None:
    """The template of `--format`, else the env's for this command; nothing where neither is given."""
    from backstay.operations.resolve import formats

    template = format_ or next(iter(formats(options, command)), "")
    return renderer(template) if template else None


def colors() -> bool:
    """May stdout be coloured? Only on a terminal, and never with `NO_COLOR`."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def quiet() -> Quiet:
    """The observer of a run whose stdout is data."""
    from backstay.report.console import Quiet

    return Quiet(log())


def watched() -> AbstractContextManager[Quiet]:
    """The observer of a long run: bars where a person watches, lines where a log is kept."""
    from backstay.report.progress import BarProgress, PlainProgress

    if sys.stderr.isatty() and not os.environ.get("CI"):
        return BarProgress(log(), sys.stderr)
    return nullcontext(PlainProgress(log()))


def console(approval: str, *, transition: bool = False, ask: bool = True) -> Console:
    """The observer of a run for people; it asks where stdin is a terminal."""
    from backstay.report.console import Console

    prompt = input if ask and sys.stdin.isatty() else None
    return Console(sys.stdout, log(), ask=prompt, approval=approval, transition=transition, colors=colors())


def say_targets(targets: Sequence[TargetResult]) -> None:
    """A warning for each registry or backup that did not take a write that others took."""
    for target in targets:
        kind = "registry" if target.primary else "backup"
        if target.error:
            log().warning(f"the {kind} {target.url} missed this write: {target.error}")
        elif target.notice:
            log().notice(f"{target.url}: {target.notice}")
