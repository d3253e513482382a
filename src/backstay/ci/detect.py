"""Which CI system runs us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from backstay.ci.base import Platform, Scrub
from backstay.ci.github import GitHub
from backstay.ci.plain import Plain
from backstay.errors import ConfigError

NAMES = ("github", "plain")


def detect_name(environ: Mapping[str, str]) -> str:
    """The system's name: as `BACKSTAY_PLATFORM` says, else by the variable each system sets.

    Raises `ConfigError` for a name that is not known.
    """
    given = environ.get("BACKSTAY_PLATFORM", "").strip().lower()
    if given and given not in NAMES:
        raise ConfigError(
            f'BACKSTAY_PLATFORM names an unknown platform "{given}"',
            hint=f"use one of: {', '.join(NAMES)}",
        )
    return given or ("github" if environ.get("GITHUB_ACTIONS") == "true" else "plain")


def detect(environ: Mapping[str, str], *, stdout: TextIO, stderr: TextIO, scrub: Scrub) -> Platform:
    """The platform of this run."""
    if detect_name(environ) == "github":
        return GitHub(environ, stdout, scrub)
    return Plain(environ, stderr, stdout, scrub)
