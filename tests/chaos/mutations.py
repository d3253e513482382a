"""Guards of the product, each of which can be taken out of a process, to see that the harness notices.

A function here is a hook (see `zygote`): it changes a process before its command begins.
"""

from __future__ import annotations

import time
from typing import Any

from backstay.errors import AuthError, CorruptError, NetworkError, NotFoundError
from backstay.registry import chain, copies, fallback, survey_history, writing
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.storage import remote
from backstay.storage.file import FileStore


def no_digest_check() -> None:
    """A state is taken for what it is called."""
    chain.check_state = lambda data, expected, source: data  # type: ignore[assignment]


def no_chain_check() -> None:
    """Any entry continues any history."""
    for module in (chain, copies, writing, survey_history):
        if hasattr(module, "follows"):
            module.follows = lambda entry, previous: True  # type: ignore[attr-defined]


def no_signature_check() -> None:
    """Nobody needs to have signed anything."""
    Trust.check_entry = lambda self, entry, source: ""  # type: ignore[method-assign]


def overwriting_create() -> None:
    """What is there is written over; and slowly, so that somebody else is sure to be there."""

    def create(self: FileStore, key: str, data: bytes) -> str:
        time.sleep(0.3)
        return self.put(key, data)

    FileStore.create = create  # type: ignore[method-assign]


def pointer_before_content() -> None:
    """A state is written only after the entry that names it."""
    waiting: dict[tuple[str, str], bytes] = {}
    put, index = StoreReplica.put_state, StoreReplica.index

    def put_later(self: StoreReplica, repo: str, digest: str, data: bytes) -> None:
        waiting[self.url, digest] = data

    def put_now(self: StoreReplica, repo: str, entry: Any) -> None:
        index(self, repo, entry)
        if data := waiting.pop((self.url, entry.record.state), None):
            put(self, repo, entry.record.state, data)

    StoreReplica.put_state = put_later  # type: ignore[method-assign]
    StoreReplica.index = put_now  # type: ignore[method-assign]
    StoreReplica.has_state = lambda self, repo, digest: True  # type: ignore[method-assign]


def fallback_from_anything() -> None:
    """A refused credential, and a place that is not there, are reasons to ask a backup."""
    fallback.ELIGIBLE = (NetworkError, CorruptError, AuthError, NotFoundError)  # type: ignore[assignment]


def fallback_from_nothing() -> None:
    """That the registry does not have a repository is no answer either."""
    fallback._choose_orphan = lambda repo, answers, histories: fallback.rank(answers, histories)


def endless_attempts() -> None:
    """Who fails is asked again and again."""
    remote.PAUSES = (0,) * 50  # type: ignore[assignment]


def boastful() -> None:
    """Every target is said to have taken a write."""
    results = writing.Writer._results

    def boast(self: writing.Writer) -> Any:
        self._errors.clear()
        return results(self)

    writing.Writer._results = boast  # type: ignore[method-assign]
