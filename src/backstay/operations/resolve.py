"""Options over the project file: the targets of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import msgspec

from backstay.engine.lint import LintPolicy
from backstay.errors import ConfigError
from backstay.operations.addresses import slug
from backstay.operations.grants import opening
from backstay.operations.observer import Observer
from backstay.operations.options import Options
from backstay.operations.settings import Settings, expand, located
from backstay.project import Env, Project, Repo, load
from backstay.registry.patience import patience_with
from backstay.registry.registry import Registry


def targets(
    options: Options, observer: Observer, *, url: str = "", src: Sequence[str] = (), repo: str = ""
) -> tuple[Settings, ...]:
    """Every target of the run: one for each selected env, or one of nothing but flags.

    `url`, `src` and `repo` are what the command was given for the database, the desired state and the
    repository. What is given wins over the env.
    """
    project = project_of(options)
    for warning in project.warnings:
        observer.notice(warning)
    envs = project.envs or (Env(name="", inputs=project.inputs, lint=project.lint, diff=project.diff),)
    return tuple(_settings(options, observer, project, env, url, src, repo) for env in envs)


def single(
    options: Options, observer: Observer, *, url: str = "", src: Sequence[str] = (), repo: str = ""
) -> Settings:
    """The only target, for commands that work on one. Raises `ConfigError` where there are several."""
    found = targets(options, observer, url=url, src=src, repo=repo)
    if len(found) > 1:
        raise ConfigError(
            f'multiple envs found for "{options.env}"', hint="this command works on one target at a time"
        )
    return found[0]


def formats(options: Options, command: str) -> tuple[str, ...]:
    """The output templates that the selected envs set for a command, one per target; may be empty."""
    return tuple(env.formats.get(command, "") for env in project_of(options).envs)


def review(options: Options) -> str:
    """The review policy of the run where it can decide without a person: WARNING or ERROR, else empty."""
    project = project_of(options)
    policies = {env.lint.review for env in project.envs} or {project.lint.review}
    return policies.pop() if policies <= {"WARNING", "ERROR"} else ""


def project_of(options: Options) -> Project:
    """The project file of the run, evaluated once per process."""
    return _project(options.config, options.env, options.vars)


def forget_projects() -> None:
    """Evaluate project files anew from here on, in a process that does more than one run.

    Also ask services again that did not answer.
    """
    _project.cache_clear()
    patience_with.cache_clear()


@cache
def _project(config: str, env: str, variables: tuple[tuple[str, str], ...]) -> Project:
    return load(config, env, variables)


def _settings(
    options: Options,
    observer: Observer,
    project: Project,
    env: Env,
    url: str,
    src: Sequence[str],
    repo: str,
) -> Settings:
    address = _one(url or env.url, env)
    dev = _one(options.dev_url or env.dev, env)
    desired = tuple(src) or env.src
    named = env.repo
    if repo:
        named = msgspec.structs.replace(named, name=slug(repo)) if named else Repo(name=slug(repo))
    return Settings(
        env=env.name,
        url=address,
        address=located(address, observer) if address else "",
        src=desired,
        dev=located(dev, observer) if dev else "",
        schemas=options.schemas or env.schemas,
        exclude=options.exclude or env.exclude,
        include=options.include or env.include,
        managed=env.managed,
        repo=named.name if named else "",
        inputs=env.inputs,
        attributes=env.attributes,
        lint=LintPolicy(errors=env.lint.errors, forced=env.lint.forced, review=env.lint.review),
        diff=env.diff,
        checks=env.checks,
        lock_name=env.lock_name,
        lock_timeout=env.lock_timeout,
        backups=named.backup if named else (),
        open_registry=_opener(options, project, named, observer),
        observer=observer,
    )


def _opener(
    options: Options, project: Project, repo: Repo | None, observer: Observer
) -> Callable[[], Registry]:
    """Opens the registry at the first call, and gives the same one afterwards."""

    @cache
    def opener() -> Registry:
        from backstay.grants.registry import GrantedRegistry
        from backstay.registry.open import open_registry

        found = opening(repo, project, observer)
        registry = open_registry(
            found.choice.primary,
            found.choice.backups,
            allow_stale=options.allow_stale,
            strict=not found.choice.is_backup,
            notify=observer.notice,
            credential=found.credential,
            trust=found.trust,
            signer=found.signer,
            heard=found.heard,
        )
        return GrantedRegistry(registry, found.grants) if found.grants else registry

    return opener


def _one(url: str, env: Env) -> str:
    return expand(url, env.attributes, env.name)[0] if url else ""
