"""Which copies of which repositories a command works on: from flags, the project file and the environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial

import msgspec

from backstay import urls
from backstay.errors import BackstayError, ConfigError, NotFoundError
from backstay.grants.rights import Scope
from backstay.operations.addresses import slug
from backstay.operations.grants import opening
from backstay.operations.observer import Observer
from backstay.operations.options import RegistryOptions
from backstay.operations.resolve import project_of
from backstay.project import Repo
from backstay.registry.open import open_replica
from backstay.registry.replica import Replica
from backstay.registry.signing_keys import Signer
from backstay.registry.survey import Survey, survey
from backstay.registry.trust import Trust


class Targets:
    """The copies, the registry first, and the repositories in them that were asked for."""

    def __init__(self, options: RegistryOptions, observer: Observer, *, given: Sequence[str] = ()) -> None:
        """`given` are URLs that the command itself names; they go before everything else.

        Raises `ConfigError` where nothing names a registry, or something names several repositories.
        """
        project = project_of(options)
        for warning in project.warnings:
            observer.notice(warning)
        if len(project.envs) > 1:
            raise ConfigError(
                f'multiple envs found for "{options.env}"', hint="this command works on one target at a time"
            )
        block = project.envs[0].repo if project.envs else None
        named = tuple(map(observer.locate, given or options.urls))
        if named:
            block = msgspec.structs.replace(block or Repo(name=""), url=named[0], backup=named[1:])
        found = opening(block, project, observer)
        self.trust: Trust = found.trust
        self.signer: Signer | None = found.signer
        self.trust.check_signer(self.signer)
        self.replicas: tuple[Replica, ...] = (
            open_replica(found.choice.primary, found.credential, self.trust, found.heard),
            *(open_replica(url, found.credential, self.trust) for url in found.choice.backups),
        )
        self._grants = found.grants
        self._observer = observer
        self._repo = slug(options.repo) if options.repo else block.name if block else ""

    @cached_property
    def repositories(self) -> tuple[str, ...]:
        """The names, sorted. Raises `NotFoundError` where the targets that can be read have none."""
        if self._repo:
            return (self._repo,)
        found: set[str] = set()
        errors: list[BackstayError] = []
        for replica in self.replicas:
            try:
                found.update(replica.repositories())
            except BackstayError as error:
                errors.append(error)
        if found:
            return tuple(sorted(found))
        if errors:
            raise errors[0]
        where = ", ".join(replica.url for replica in self.replicas)
        raise NotFoundError(f"there is no repository in {where}", hint="check the URLs, or push a schema")

    @property
    def only(self) -> str:
        """The repository, for what works on one. Raises `ConfigError` where several could be meant."""
        if len(self.repositories) > 1:
            raise ConfigError(
                f"there are several repositories: {', '.join(self.repositories)}",
                hint="name one with --repo",
            )
        return self.repositories[0]

    def replica(self, url: str) -> Replica:
        """The copy of a URL, however it is written. Raises `ConfigError` for one that is no target."""
        shown = urls.redact(url)
        for replica in self.replicas:
            if replica.url.rstrip("/") == shown.rstrip("/"):
                return replica
        known = ", ".join(replica.url for replica in self.replicas)
        raise ConfigError(f"{shown} is none of the targets", hint=f"they are {known}")

    def require(self, *scopes: Scope) -> None:
        """Stop what the grant does not allow in these repositories while the registry server is away."""
        if self._grants:
            for repo in self.repositories:
                self._grants.require(repo, *scopes)

    def survey(self, repo: str) -> tuple[Survey, ...]:
        """What each copy holds of a repository; all are read at once."""
        with ThreadPoolExecutor(len(self.replicas)) as pool:
            questions = [
                pool.submit(survey, replica, repo, self.trust, self._progress(f"{repo}: {replica.url}"))
                for replica in self.replicas
            ]
            return tuple(question.result() for question in questions)

    def _progress(self, task: str) -> Callable[[int, int], None]:
        return partial(self._observer.progress, task)
