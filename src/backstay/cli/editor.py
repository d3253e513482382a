"""The editor of the person at the terminal: `--edit`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from backstay.errors import ConfigError

DEFAULT = "vi"


def edit(text: str) -> str:
    """The text as it is when `$EDITOR` (a shell command, `vi` if unset) has ended.

    Raises `ConfigError` when the editor fails, and nothing goes on.
    """
    editor = os.environ.get("EDITOR") or DEFAULT
    with tempfile.TemporaryDirectory(prefix="backstay-") as directory:
        path = Path(directory) / "migration.sql"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(["sh", "-c", f'{editor} "$1"', "sh", str(path)], check=False)
        if done.returncode:
            raise ConfigError(
                f"the editor ended with exit code {done.returncode}: {editor}",
                hint="set EDITOR to a command that edits the file it is given",
            )
        return path.read_text(encoding="utf-8")
