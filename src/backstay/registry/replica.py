"""One copy of repositories: the small steps that push, read and catching up are made of."""

from __future__ import annotations

from typing import Protocol

from backstay.registry.chain import Entry
from backstay.registry.http_api import Deployment
from backstay.registry.inventory import Inventory
from backstay.registry.patience import Patience
from backstay.registry.records import PlanEntry, PlanKey, Pruning


class Replica(Protocol):
    """A copy of repositories. Errors are those of `Store`; what is read is verified (`chain`)."""

    url: str
    """As shown to people: without credentials."""

    patience: Patience
    """Through it a copy is first asked, and what it is asked for as a whole."""

    def keeps_conditions(self) -> bool:
        """Are two writers at once safe from overwriting each other? Asked before the first write."""

    def head(self, repo: str) -> Entry | None:
        """The newest entry; `None` for a repository that is not there."""

    def check_present(self) -> None:
        """Raises `NetworkError` where the whole place is missing, and not only a repository."""

    def entry(self, repo: str, sequence: int) -> Entry:
        """An entry of the history."""

    def tagged(self, repo: str, tag: str) -> Entry:
        """The entry a tag stands for. Raises `NotFoundError`."""

    def versioned(self, repo: str, version: str) -> Entry:
        """The newest entry of a version. Raises `NotFoundError`."""

    def signs(self) -> bool:
        """Does it sign what is written to it? A bucket cannot; a server does that has a key."""

    def append(self, repo: str, entry: Entry) -> Entry:
        """Add a new entry, the next one, and index it; answers it as stored, for a server may sign it.

        Raises `ConflictError` if its sequence is taken by another.
        """

    def copy(self, repo: str, entry: Entry) -> None:
        """Add the next entry as another copy has it, byte for byte. Otherwise like `append`."""

    def index(self, repo: str, entry: Entry) -> None:
        """Point the version and the tags of an entry at it, unless a newer one has them. Idempotent."""

    def state(self, repo: str, digest: str) -> bytes:
        """The bytes of a state. Raises `CorruptError` where they are not there, for whatever reason."""

    def has_state(self, repo: str, digest: str) -> bool:
        """Is a state there? Its bytes are not read."""

    def put_state(self, repo: str, digest: str, data: bytes) -> None:
        """Store the bytes of a state. Idempotent."""

    def plan_keys(self, repo: str, from_hash: str = "", to_hash: str = "") -> frozenset[PlanKey]:
        """The keys of all plans, or of those from or to a state; of removed ones too."""

    def plan(self, repo: str, key: PlanKey) -> PlanEntry:
        """A plan that is listed."""

    def merge_plan(self, entry: PlanEntry) -> PlanEntry:
        """Store a plan as another copy has it, merged with what is there; answers what then is there."""

    def advance_plan(self, entry: PlanEntry) -> PlanEntry:
        """Store a plan, or one a step further on. Like `merge_plan`, but a server may sign the step."""

    def repositories(self) -> tuple[str, ...]:
        """The names of all repositories. Raises `UnsupportedError` for a registry server."""

    def inventory(self, repo: str) -> Inventory:
        """What there is of a repository, by name."""

    def prunings(self, repo: str) -> tuple[Pruning, ...]:
        """The notes of states that were removed on purpose."""

    def put_pruning(self, pruning: Pruning) -> None:
        """Store such a note. Idempotent."""

    def report(self, repo: str, deployment: Deployment) -> None:
        """Tell of an apply. For registry servers: a bucket collects no reports, and does nothing."""
