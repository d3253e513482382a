"""Which registry a run works with. A decision only: nothing is opened or asked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from backstay import urls
from backstay.credentials import NOBODY, Credential, from_environment
from backstay.errors import ConfigError
from backstay.project.model import Cloud, Repo

URL_VARIABLES = ("BACKSTAY_REGISTRY_URL",)
TOKEN_VARIABLES = ("BACKSTAY_TOKEN", "ATLAS_TOKEN", "ATLAS_CLOUD_TOKEN")
"""In their order; each may also be given as `…_FILE`, the path of a file with the value."""

LOCAL_REGISTRY = ".backstay/registry"


class RegistryChoice(msgspec.Struct, frozen=True, kw_only=True):
    """URLs with whatever credentials they carry; `notices` are for people and carry none.

    `is_backup` says that the primary is a backup that serves as the registry. `credential` is the token for
    registry servers.
    """

    primary: str
    backups: tuple[str, ...] = ()
    is_backup: bool = False
    notices: tuple[str, ...] = ()
    credential: Credential = NOBODY


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the decision rests on. `environment_url` is the URL of a registry that the environment names."""

    repo: Repo | None
    cloud: Cloud | None
    environment_url: str
    is_ci: bool
    directory: str

    @property
    def backups(self) -> tuple[str, ...]:
        return self.repo.backup if self.repo else ()


def _first_backup(facts: Facts) -> str:
    return facts.backups[0] if facts.backups else ""


def _local(facts: Facts) -> str:
    return "" if facts.is_ci else f"file://{Path(facts.directory).absolute() / LOCAL_REGISTRY}"


ORDER: tuple[tuple[Callable[[Facts], str], str], ...] = (
    (lambda facts: facts.repo.url if facts.repo else "", ""),
    (lambda facts: facts.cloud.url if facts.cloud else "", ""),
    (lambda facts: facts.environment_url, ""),
    (_first_backup, "no registry is configured: the first backup, {url}, serves as the registry"),
    (_local, "no registry is configured: {url} on this machine serves as the registry"),
)
"""Where a registry may be named, the first that is wins; and what is said about it."""


def choose_registry(
    repo: Repo | None, cloud: Cloud | None, *, environ: Mapping[str, str], directory: str
) -> RegistryChoice:
    """The registry and its backups. Raises `ConfigError` in CI when nothing names one."""
    facts = Facts(
        repo=repo,
        cloud=cloud,
        environment_url=from_environment(URL_VARIABLES, environ).text,
        is_ci=environ.get("CI", "").lower() in {"1", "true"},
        directory=directory,
    )
    for named, notice in ORDER:
        primary = named(facts)
        if primary:
            _check(primary)
            others = dict.fromkeys(url for url in facts.backups if url != primary)
            notices = (notice.format(url=urls.redact(primary)),) if notice else ()
            return RegistryChoice(
                primary=primary,
                backups=tuple(others),
                is_backup=named is _first_backup,
                notices=notices,
                credential=credential_of(cloud, environ),
            )
    raise ConfigError(
        "no registry is configured",
        hint="name one with schema { repo { url = … } } in the env, or in BACKSTAY_REGISTRY_URL",
    )


def named_registry(repo: Repo | None, cloud: Cloud | None, environ: Mapping[str, str]) -> str:
    """The URL of the registry, where something names one; empty where a backup or this machine serves."""
    environment_url = from_environment(URL_VARIABLES, environ).text
    return (repo.url if repo else "") or (cloud.url if cloud else "") or environment_url


def credential_of(cloud: Cloud | None, environ: Mapping[str, str]) -> Credential:
    """The token for registry servers: the project file's, else the environment's."""
    if cloud and cloud.token:
        return Credential(cloud.token, "atlas { cloud { token } }")
    return from_environment(TOKEN_VARIABLES, environ)


def _check(url: str) -> None:
    """Without a scheme it is whatever somebody put into the variable, perhaps a secret: not quoted."""
    if "://" not in url:
        raise ConfigError(
            "the registry's URL has no scheme",
            hint="write it as s3://bucket/prefix, file:///directory or https://host",
        )
    urls.split(url)
