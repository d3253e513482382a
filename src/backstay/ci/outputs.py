"""Outputs as variables of the steps that follow: their names, and the files in which they are handed over.

Values are foreign: they hold names and SQL from anybody's branch, and a shell reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

from backstay.errors import ConfigError

LARGEST_VARIABLE: Final = 96 * 1024
"""Bytes of a variable. Linux starts no program with one of 128 KiB or more (`MAX_ARG_STRLEN`)."""

_SEPARATORS = str.maketrans({" ": "_", "-": "_", "/": "_"})


def variable(name: str) -> str:
    """The name in upper case, with spaces, hyphens and slashes as underscores."""
    return name.upper().translate(_SEPARATORS)


def speaks_atlas(environ: Mapping[str, str]) -> bool:
    """Was the action named with the variable of Atlas? Then the outputs have names that fit."""
    return bool(environ.get("ATLAS_ACTION")) and not environ.get("BACKSTAY_ACTION")


def named(environ: Mapping[str, str], action: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """Outputs by variable: `BACKSTAY_OUTPUT_SCHEMA_PLAN_LINK` is `link` of `schema/plan`."""
    prefix = "ATLAS_OUTPUT" if speaks_atlas(environ) else "BACKSTAY_OUTPUT"
    beginning = f"{prefix}_{variable(action)}" if action else prefix
    return {f"{beginning}_{variable(name)}": value for name, value in outputs.items()}


def exports(variables: Mapping[str, str]) -> Iterator[str]:
    """Lines for a shell to source. Between single quotes nothing is expanded, executed or escaped."""
    for name, value in variables.items():
        if len(value.encode("utf-8", "replace")) <= LARGEST_VARIABLE:
            quoted = value.replace("\0", "").replace("'", "'\\''")
            yield f"export {name}='{quoted}'\n"


def write_file(path: Path, text: str, mode: Literal["a", "w"] = "a") -> None:
    """Add to a file of outputs, or replace it. Raises `ConfigError` where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(
            f"cannot write the outputs to {path}: {error.strerror}",
            hint="let the variable that names it point into a directory that can be written",
        ) from error
