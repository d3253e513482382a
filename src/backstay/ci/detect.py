"""Which CI system runs us, and how a log looks there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TextIO

from backstay.ci.base import Platform, Scrub
from backstay.ci.bitbucket import Bitbucket
from backstay.ci.circleci import CircleCI
from backstay.ci.github import GitHub
from backstay.ci.github.log import Commands
from backstay.ci.gitlab import GitLab
from backstay.ci.kubernetes import Kubernetes
from backstay.ci.plain import Plain, is_collected
from backstay.errors import ConfigError
from backstay.log import Form, form

SHOWS: Final[Mapping[str, Callable[[Mapping[str, str]], bool]]] = {
    "github": lambda environ: environ.get("GITHUB_ACTIONS") == "true",
    "gitlab": lambda environ: environ.get("GITLAB_CI") == "true",
    "circleci": lambda environ: environ.get("CIRCLECI") == "true",
    "bitbucket": lambda environ: any(map(environ.get, ("BITBUCKET_PIPELINE_UUID", "BITBUCKET_BUILD_NUMBER"))),
    "kubernetes": lambda environ: bool(environ.get("KUBERNETES_SERVICE_HOST")),
    "plain": lambda environ: True,
}
"""How each system shows. Runners of the others may be pods, so that Kubernetes comes behind them."""

SHELLS: Final[Mapping[str, type[Plain]]] = {
    system.name: system for system in (GitLab, CircleCI, Bitbucket, Kubernetes, Plain)
}


def detect_name(environ: Mapping[str, str]) -> str:
    """The system's name: as `BACKSTAY_PLATFORM` says, else by the variable each system sets.

    Raises `ConfigError` for a name that is not known.
    """
    given = environ.get("BACKSTAY_PLATFORM", "").strip().lower()
    if given and given not in SHOWS:
        raise ConfigError(
            f'BACKSTAY_PLATFORM names an unknown platform "{given}"',
            hint=f"use one of: {', '.join(SHOWS)}",
        )
    return given or next(name for name, shows in SHOWS.items() if shows(environ))


def detect(environ: Mapping[str, str], *, stdout: TextIO, stderr: TextIO, scrub: Scrub) -> Platform:
    """The platform of this run."""
    name = detect_name(environ)
    if name == "github":
        return GitHub(environ, stdout, scrub)
    return SHELLS[name](environ, stderr, stdout, scrub)


def log_form(environ: Mapping[str, str], *, terminal: bool, service: bool = False) -> Form:
    """The form of the log of a command; a `service` is one that runs on and on.

    Raises `ConfigError` where a variable names what there is not.
    """
    name = detect_name(environ)
    if name == GitHub.name and not service:
        return Commands()
    collected = service or is_collected(name, environ)
    return form(environ, terminal=terminal, collected=collected)
