"""The root command: groups by name, errors in two lines, signals, exit codes."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import sys
import textwrap
from collections.abc import Sequence
from types import FrameType

import click

from backstay.cli.lazy import LazyGroup
from backstay.errors import BackstayError, ConfigError, HCLError
from backstay.log import is_debugging

COMMANDS = {
    "schema": "Inspect, diff, plan, push and apply schemas.",
    "registry": "Look after registries, and run one as a server.",
    "login": "Log in to a registry server, or get a grant to go on without it.",
    "logout": "Forget the token that login kept.",
    "whoami": "Say whose token this is.",
    "version": "Print the version.",
}
"""Command groups: each is a module of this package with a click command of the same name."""


SHOWN, SHOWN_BEFORE = 160, 100
"""Characters of a wrong line that an error shows, and how many of them stand before the mistake."""


def _debug(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    """Tell the log who is asked for what, where the flag or the environment wants it."""
    if wanted or is_debugging(os.environ):
        from backstay.cli.output import log
        from backstay.report.debug import enable

        enable(log(debug=True).debug)


root = LazyGroup(
    "backstay.cli",
    COMMANDS,
    name="backstay",
    help="Database schemas as code, deployable while any one service is down.",
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[
        click.Option(
            ["--debug"],
            is_flag=True,
            expose_value=False,
            callback=_debug,
            help="Tell on stderr who is asked for what, and how long it takes (BACKSTAY_DEBUG).",
        )
    ],
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0, or 1 for every error."""
    gc.set_threshold(200_000, 20, 50)  # A run makes many values, keeps them, and ends soon.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    _prepare_streams()
    try:
        _check_text(sys.argv[1:] if arguments is None else arguments)
        result = root.main(args=arguments, prog_name="backstay", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        show_error("interrupted", "what was not committed was rolled back; run the command again to go on")
    except click.ClickException as error:
        show_error(error.format_message(), "see backstay --help")
    except HCLError as error:
        show_error(error.message, error.hint, error.source_line, error.column)
    except BackstayError as error:
        show_error(error.message, error.hint, label=error.label, details=error.details)
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        where = f"{error.filename}: " if error.filename else ""
        show_error(
            f"{where}{error.strerror or error}", "this machine refused it; see that it can, and run again"
        )
    except Exception as error:
        _internal(error)
    return 1


def _prepare_streams() -> None:
    """Speak UTF-8 whatever the locale, as JSON must; a stream that is closed takes what is written to it."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _discard_output() -> None:
    """Let what is still buffered go nowhere: Python would fail on it once more while it exits."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check_text(arguments: Sequence[str]) -> None:
    """Raises `ConfigError` for an argument with bytes that are no text: no JSON could carry them."""
    for argument in arguments:
        if any("\ud800" <= character <= "\udfff" for character in argument):
            raise ConfigError(
                f"an argument is not text: {argument!a}",
                hint="give names and values in UTF-8, and set LC_ALL=C.UTF-8",
            )


def show_error(
    message: str,
    hint: str = "",
    source_line: str = "",
    column: int = 0,
    label: str = "Error",
    details: str = "",
) -> None:
    """What is wrong, the line it is in, what there is to look into, and what to do, on stderr."""
    from backstay.report.redact import process_secrets, scrub
    from backstay.report.secrets import find_secrets
    from backstay.report.visible import visible

    print(visible(scrub(f"{label}: {message}")), file=sys.stderr)
    if source_line:
        process_secrets().add(*find_secrets({}, [source_line]))
        start = max(column - 1 - SHOWN_BEFORE, 0)
        shown = visible(source_line[start : start + SHOWN])
        before = visible(source_line[start : column - 1])
        print(scrub(f"  {shown}\n  {' ' * len(before)}^"), file=sys.stderr)
    if details:
        print(visible(scrub(textwrap.indent(details, "    "))), file=sys.stderr)
    if hint:
        print(visible(scrub(f"  {hint}")), file=sys.stderr)


def _internal(error: Exception) -> None:
    """A bug: one line for the person, the traceback for the debug log."""
    import traceback

    from backstay import cache
    from backstay.report.redact import scrub

    name = "debug.log"
    text = scrub("".join(traceback.format_exception(error)))
    kept = cache.write(name, text.encode(errors="backslashreplace"))
    where = f"; the details are in {cache.directory() / name}" if kept else ""
    print(f"Error: internal error ({type(error).__name__}){where}", file=sys.stderr)
    print("  this is a bug of Backstay: please report it with those details", file=sys.stderr)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
