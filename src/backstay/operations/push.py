"""Push: the desired state, normalised, becomes the newest version of a repository.

The state of a database goes without the passwords of its user mappings.
"""

from __future__ import annotations

from msgspec.structs import replace

from backstay.dialects.registry import dialect_named
from backstay.errors import BackstayError
from backstay.operations.addresses import repo_url
from backstay.operations.observer import Observer
from backstay.operations.options import PushOptions
from backstay.operations.resolve import single
from backstay.operations.results import PushResult, VersionChanges
from backstay.operations.settings import Settings
from backstay.operations.states import Found, conceal, find
from backstay.operations.transition import between, statements_of
from backstay.registry.records import LATEST, PushedVersion
from backstay.registry.registry import Registry
from backstay.schema.secrets import withheld


def push(options: PushOptions, observer: Observer) -> PushResult:
    """Push to the registry and every backup; a push without a tag moves `latest`.

    Succeeds when one of them took it; `targets` tells each one's result.
    """
    settings = single(options, observer, src=options.url, repo=options.repo)
    repo = settings.repository()
    registry = settings.open_registry()
    found = find(settings.src, settings, settings.reading("--url"))
    tags = options.tags or (LATEST,)
    state = found.state
    if not state.sources:  # a database, whose passwords nobody has written into files
        state = replace(state, realm=withheld(state.realm))
    pushed = registry.push(
        repo,
        state,
        tags=tags,
        version=options.version,
        description=options.description,
        context=options.context,
    )
    return PushResult(
        repo=repo,
        url=repo_url(repo, tags[0] if options.tags else ""),
        registry=registry.url,
        version=pushed.version.version,
        tags=tags,
        created=pushed.created,
        targets=settings.told(pushed.targets),
        changes=_changes(settings, registry, pushed, replace(found, state=state))
        if options.compare
        else None,
    )


def _changes(
    settings: Settings, registry: Registry, pushed: PushedVersion, found: Found
) -> VersionChanges | None:
    """What a new version changes. The push is done: where this cannot be told, a notice says so.

    While a target is away nothing is asked: its silence has cost enough.
    """
    before = pushed.before
    if before is None or not pushed.created or any(target.error for target in pushed.targets):
        return None
    try:
        old = registry.read(before.repo, version=before.version).state
        conceal(old, settings)
        step = between(
            settings, dialect_named(old.dialect), Found(state=old, description=before.version), found
        )
        planned = statements_of(settings, step)
    except BackstayError as error:
        settings.observer.notice(f"what changed since version {before.version} is not shown: {error.message}")
        return None
    after = step.after.state.realm
    return VersionChanges(since=before.version, planned=planned, before=old.realm, after=after)
