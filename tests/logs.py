"""A log whose lines a test can read."""

from __future__ import annotations

from typing import TextIO

from backstay.log import Form, Log, Text


def log_to(stream: TextIO, form: Form = Text(), *, debug: bool = False) -> Log:
    """A log in which `hunter2` is a secret."""
    return Log(lambda: stream, lambda: form, lambda text: text.replace("hunter2", "***"), debug=debug)
