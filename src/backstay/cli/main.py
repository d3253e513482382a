"""The root command: groups by name, errors in two lines, signals, exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType

import click

from backstay.cli.lazy import LazyGroup
from backstay.errors import BackstayError, HCLError

COMMANDS = {
    "schema": "Inspect, diff, plan, push and apply schemas.",
    "version": "Print the version.",
}
"""Command groups: each is a module of this package with a click command of the same name."""


root = LazyGroup(
    "backstay.cli",
    COMMANDS,
    name="backstay",
    help="Database schemas as code, deployable while any one service is down.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0, or 1 for every error."""
    gc.set_threshold(200_000, 20, 50)  # A run makes many values, keeps them, and ends soon.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        result = root.main(args=arguments, prog_name="backstay", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        print("Error: interrupted", file=sys.stderr)
    except click.ClickException as error:
        show_error(error.format_message(), "see backstay --help")
    except HCLError as error:
        show_error(error.message, error.hint, error.source_line, error.column)
    except BackstayError as error:
        show_error(error.message, error.hint)
    except KeyboardInterrupt:
        print("Error: interrupted; nothing was left half-done", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        _internal(error)
    return 1


def show_error(message: str, hint: str = "", source_line: str = "", column: int = 0) -> None:
    """What is wrong, the line it is in, and what to do, on stderr."""
    from backstay.report.redact import scrub

    print(scrub(f"Error: {message}"), file=sys.stderr)
    if source_line:
        print(scrub(f"  {source_line}\n  {' ' * (column - 1)}^"), file=sys.stderr)
    if hint:
        print(scrub(f"  {hint}"), file=sys.stderr)


def _internal(error: Exception) -> None:
    """A bug: one line for the person, the traceback for the debug log."""
    import traceback

    from backstay import cache

    name = "debug.log"
    kept = cache.write(name, "".join(traceback.format_exception(error)).encode())
    where = f"; the details are in {cache.directory() / name}" if kept else ""
    print(f"Error: internal error ({type(error).__name__}){where}", file=sys.stderr)
    print("  this is a bug of Backstay: please report it with those details", file=sys.stderr)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
