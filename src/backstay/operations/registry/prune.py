"""Prune: remove the content of old versions from every target."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from backstay.errors import BackstayError, ConfigError, ConflictError, NotFoundError
from backstay.operations.observer import Observer
from backstay.operations.options import PruneOptions
from backstay.operations.registry.results import PrunedCopy, PruneResult
from backstay.operations.registry.targets import Targets
from backstay.registry.prune import AT_ONCE, Remover, Retention, Rule, decide, notes
from backstay.registry.replicated import timestamp
from backstay.registry.signing import sign_pruning
from backstay.registry.survey_history import Agreement, agree, problems


def prune(options: PruneOptions, observer: Observer) -> PruneResult:
    """Remove what nobody needs (`registry.prune`), first noting on every target that it goes.

    Only where all targets can be read, are whole and agree: raises `ConflictError` otherwise.
    """
    if options.keep < 1:
        raise ConfigError("the newest version cannot be pruned", hint="keep at least one: --keep 1")
    targets = Targets(options, observer)
    targets.require("read" if options.dry_run else "push")
    repo = targets.only
    agreement = _agreed(repo, targets)
    rule = Rule(
        keep=options.keep, let_go=options.let_go, commit_tags=options.commit_tags, since=options.since
    )
    retention = decide(agreement, rule)
    result = PruneResult(
        repo=repo,
        versions=retention.versions,
        removed=len(retention.removed),
        left_over=len(retention.left_over),
        kept=retention.kept,
        dry_run=options.dry_run,
    )
    removers = [Remover(replica, repo, len(agreement.history)) for replica in targets.replicas]
    if options.dry_run:
        return result
    now = timestamp(datetime.now(UTC))
    signed = [sign_pruning(n, targets.signer) for n in notes(agreement, retention, now, options.context)]
    for note in signed:
        targets.trust.check_pruning(note, "this run")
        for remover in removers:
            remover.note(note)
    copies = tuple(_prune(remover, retention, repo, observer) for remover in removers)
    return msgspec.structs.replace(result, copies=copies)


def _agreed(repo: str, targets: Targets) -> Agreement:
    """What the targets agree on. Raises `ConflictError` where anything is wrong with any of them."""
    surveys = targets.survey(repo)
    agreement = agree(repo, surveys)
    found = problems(agreement, surveys)
    if found:
        first = found[0]
        raise ConflictError(
            f"nothing is removed while anything is wrong: {len(found)} problems, the first in {first.url}: "
            f"{first.object} {first.text}",
            hint="see them all with registry verify, and bring the targets to agreement with registry sync",
        )
    if not agreement.history:
        raise NotFoundError(f"{targets.replicas[0].url} has no repository {repo}", hint="check the name")
    return agreement


def _prune(remover: Remover, retention: Retention, repo: str, observer: Observer) -> PrunedCopy:
    """Remove from one target. What stops it stops only it: the note says what is still to go."""
    digests = (*retention.removed, *retention.left_over)
    states = 0
    for start in range(0, len(digests), AT_ONCE):
        try:
            states += remover.remove(digests[start : start + AT_ONCE])
        except BackstayError as error:
            return PrunedCopy(url=remover.url, states=states, error=error.message)
        observer.progress(f"{repo}: {remover.url}", min(start + AT_ONCE, len(digests)), len(digests))
    return PrunedCopy(url=remover.url, states=states)
