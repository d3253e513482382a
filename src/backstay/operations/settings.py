"""What one target of a run is made of: given options over the project's env, everything resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from backstay import urls
from backstay.dialects.dialect import Dialect
from backstay.dialects.registry import dialect_for, is_database
from backstay.engine.containers import is_container
from backstay.engine.devdatabase import DevDatabase
from backstay.engine.lint import LintPolicy
from backstay.engine.read import Reading
from backstay.errors import ConfigError
from backstay.hcl.values import Value
from backstay.operations.observer import Observer
from backstay.project.model import Check, Diff
from backstay.registry.records import TargetResult
from backstay.registry.registry import Registry
from backstay.schema.managed import Managed


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One target. `url` is the database as configured, `address` where it is reached from here.

    `src` are the URLs of the desired state. `open_registry` opens the registry when it is needed, since
    most commands can do without. `attributes` are what `env://…` can name.
    """

    env: str = ""
    url: str = ""
    address: str = ""
    src: tuple[str, ...] = ()
    dev: str = ""
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    managed: Managed = Managed()
    repo: str = ""
    backups: tuple[str, ...] = ()
    inputs: Mapping[str, Value] = {}
    attributes: Mapping[str, Value] = {}
    lint: LintPolicy = LintPolicy()
    diff: Diff = Diff()
    checks: tuple[Check, ...] = ()
    lock_name: str = ""
    lock_timeout: float | None = None
    open_registry: Callable[[], Registry]
    observer: Observer

    def reading(
        self,
        flag: str,
        *,
        dialect: Dialect | None = None,
        schema: str | None = None,
        major: str = "",
        optional: bool = False,
        target: str = "",
    ) -> Reading:
        """How this target's states are read; `schema` and `major` are those of a known other side.

        `target` is the identity of a database that is no dev database.
        """
        return Reading(
            dialect=dialect or self.dialect(),
            dev=DevDatabase(
                url=self.dev,
                schema=schema,
                major=major,
                optional=optional,
                target=target,
                notice=self.observer.notice,
            ),
            schemas=self.schemas,
            exclude=self.exclude,
            include=self.include,
            managed=self.managed,
            inputs=self.inputs,
            flag=flag,
        )

    def dialect(self) -> Dialect | None:
        """The dialect of the target or the dev database, where one of them is configured."""
        known = (url for url in (self.address, self.dev) if is_database(url) or is_container(url))
        return next((dialect_for(url) for url in known), None)

    def told(self, results: Sequence[TargetResult]) -> tuple[TargetResult, ...]:
        """The results of a write as reports tell them.

        A backup that serves as the registry, because none is configured, is told as the backup it is.
        """
        backups = {urls.redact(url) for url in self.backups}
        return tuple(
            msgspec.structs.replace(result, primary=False) if result.url in backups else result
            for result in results
        )

    def addresses(self, given: Sequence[str]) -> list[str]:
        """Where the states behind these URLs are reached from here; `env://` is expanded."""
        return [
            located(url, self.observer) for item in given for url in expand(item, self.attributes, self.env)
        ]

    def repository(self) -> str:
        """The slug of the repository. Raises `ConfigError` where none is named."""
        if not self.repo:
            raise ConfigError(
                "no repository is named",
                hint='set schema { repo { name = "app" } } in the env, or name it on the command line',
            )
        return self.repo


def expand(url: str, attributes: Mapping[str, Value], env: str) -> tuple[str, ...]:
    """The URLs that an `env://attribute` URL stands for; any other URL stands for itself.

    Raises `ConfigError` without an env, and for an attribute that is not there.
    """
    if not url.startswith("env://"):
        return (url,)
    name = url.removeprefix("env://")
    if not env:
        raise ConfigError(f'"{url}" needs an env', hint="name one with --env")
    value = attributes.get(name)
    values = value if isinstance(value, tuple) else (value,)
    found = tuple(item for item in values if isinstance(item, str) and item)
    if not found:
        raise ConfigError(
            f'"{url}": attribute "{name}" is not set in env "{env}"',
            hint=f"attributes of this env: {', '.join(sorted(attributes)) or 'none'}",
        )
    if any(item.startswith("env://") for item in found):
        raise ConfigError(f'"{url}" leads to another env:// URL', hint="let it name a state directly")
    return found


def located(url: str, observer: Observer) -> str:
    """Where a database is reached from here; other URLs stay as they are."""
    return observer.locate(url) if is_database(url) else url
