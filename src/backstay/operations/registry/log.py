"""Log: the versions of a repository, who made them, when, and which targets missed them."""

from __future__ import annotations

from backstay.errors import NotFoundError
from backstay.operations.observer import Observer
from backstay.operations.options import LogOptions
from backstay.operations.registry.results import LogResult
from backstay.operations.registry.targets import Targets
from backstay.registry.replicated import ReplicatedRegistry
from backstay.registry.store_replica import StoreReplica
from backstay.registry.survey import branch


def log(options: LogOptions, observer: Observer) -> LogResult:
    """The newest entries, the newest first; with a branch, those that a repair put aside under its name.

    Which copy is read is decided as for any other read. Raises `NotFoundError`.
    """
    targets = Targets(options, observer)
    targets.require("read")
    repo = targets.only
    if options.branch:
        return _branch(targets, repo, options)
    primary, *backups = targets.replicas
    registry = ReplicatedRegistry(primary, backups, allow_stale=options.allow_stale, trust=targets.trust)
    found = registry.log(repo, options.limit)
    for notice in found.notices:
        observer.notice(notice)
    return LogResult(repo=repo, source=found.source, entries=found.entries)


def _branch(targets: Targets, repo: str, options: LogOptions) -> LogResult:
    """A branch is kept where it was put aside: the first copy that has one of that name."""
    for replica in targets.replicas:
        if not isinstance(replica, StoreReplica):
            continue
        entries = [entry.record for entry in branch(replica, repo, options.branch)]
        if entries:
            newest = tuple(reversed(entries))[: options.limit]
            return LogResult(repo=repo, source=replica.url, entries=newest, branch=options.branch)
    raise NotFoundError(
        f'{repo} has no branch "{options.branch}" in any target', hint="registry verify lists the branches"
    )
