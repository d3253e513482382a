"""A copy of repositories behind a registry server.

What is read is verified here as if it came from a bucket: a server is no more to be believed than a store.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from backstay.decoding import decode
from backstay.errors import AuthError, CorruptError, NotFoundError, UnsupportedError
from backstay.registry import chain, http_api, plans
from backstay.registry.chain import Entry
from backstay.registry.countersigning import same_entry
from backstay.registry.http_api import Deployment, NamePage, PlanPage, PruningPage
from backstay.registry.http_connection import NOT_A_REGISTRY, Connection, Reply
from backstay.registry.inventory import Inventory
from backstay.registry.patience import Patience
from backstay.registry.records import PlanEntry, PlanKey, Pruning
from backstay.schema.canonical import encode

P = TypeVar("P", PlanPage, NamePage, PruningPage)
T = TypeVar("T")

IF_ABSENT = {"If-None-Match": "*"}
"""RFC 9110, 13.1.2."""


class KeySet(msgspec.Struct, frozen=True):
    """The keys a server signs with. What they are does not matter here: signatures are verified otherwise."""

    keys: tuple[dict[str, object], ...]


class HttpReplica:
    """See `Replica`."""

    def __init__(self, connection: Connection, patience: Patience | None = None) -> None:
        self.url = connection.url
        self.patience = patience or Patience()
        self._connection = connection

    def keeps_conditions(self) -> bool:
        """A server without a store that does refuses to write."""
        return True

    def head(self, repo: str) -> Entry | None:
        try:
            return self._opened(repo, self._get(http_api.head(repo)))
        except NotFoundError:
            return None

    def check_present(self) -> None:
        """A server that answers is there; it tells when its storage is not."""

    def entry(self, repo: str, sequence: int) -> Entry:
        data = self._get(http_api.entry(repo, sequence)).body
        return chain.open_entry(data, repo, sequence, self.url)

    def tagged(self, repo: str, tag: str) -> Entry:
        entry = self._named(repo, http_api.tag(repo, tag), f"tag {tag}")
        if tag not in entry.record.tags:
            raise CorruptError(f"{self.url}: tag {tag} of {repo} points at an entry without it")
        return entry

    def versioned(self, repo: str, version: str) -> Entry:
        entry = self._named(repo, http_api.version(repo, version), f"version {version}")
        if version != entry.record.version:
            raise CorruptError(f"{self.url}: version {version} of {repo} points at another one")
        return entry

    def signs(self) -> bool:
        return bool(self._decoded(self._get(http_api.KEYS), KeySet).keys)

    def append(self, repo: str, entry: Entry) -> Entry:
        reply = self._connection.request("POST", http_api.log(repo), body=entry.data)
        stored = chain.open_entry(reply.body, repo, entry.sequence, self.url)
        if not same_entry(stored, entry):
            raise CorruptError(f"{self.url}: entry {entry.sequence} of {repo} is not stored as it was sent")
        return stored

    def copy(self, repo: str, entry: Entry) -> None:
        path = http_api.entry(repo, entry.sequence)
        self._connection.request("PUT", path, body=entry.data, headers=IF_ABSENT)

    def index(self, repo: str, entry: Entry) -> None:
        """An entry that is there already is only indexed by the server.

        It was most likely indexed when it was written; a token that may not push leaves it to one that may.
        """
        with contextlib.suppress(AuthError):
            self.copy(repo, entry)

    def state(self, repo: str, digest: str) -> bytes:
        try:
            data = self._get(http_api.state(repo, digest)).body
        except NotFoundError:
            raise CorruptError(f"{self.url}: state {digest[:12]} of {repo} is not there") from None
        return chain.check_state(data, digest, self.url)

    def put_state(self, repo: str, digest: str, data: bytes) -> None:
        self._connection.request("PUT", http_api.state(repo, digest), body=data)

    def has_state(self, repo: str, digest: str) -> bool:
        try:
            self._connection.request("HEAD", http_api.state(repo, digest))
        except NotFoundError:
            return False
        return True

    def plan_keys(self, repo: str, from_hash: str = "", to_hash: str = "") -> frozenset[PlanKey]:
        wanted = {name: text for name, text in (("from", from_hash), ("to", to_hash)) if text}
        pages = self._pages(http_api.plans(repo), PlanPage, wanted)
        return frozenset(item.key for page in pages for item in page.items)

    def plan(self, repo: str, key: PlanKey) -> PlanEntry:
        try:
            data = self._get(http_api.plan(repo, key)).body
        except NotFoundError:
            raise CorruptError(f"{self.url}: plan {key.name} of {repo} is listed, but not there") from None
        return chain.open_plan(data, repo, key, self.url)

    def merge_plan(self, entry: PlanEntry) -> PlanEntry:
        return self._send_plan("PUT", entry)

    def advance_plan(self, entry: PlanEntry) -> PlanEntry:
        return self._send_plan("POST", entry)

    def _send_plan(self, method: str, entry: PlanEntry) -> PlanEntry:
        repo = entry.plan.repo
        reply = self._connection.request(method, http_api.plan(repo, entry.key), body=encode(entry))
        stored = chain.open_plan(reply.body, repo, entry.key, self.url)
        if stored.revision == entry.revision and not plans.same_plan(stored.plan, entry.plan):
            raise CorruptError(f"{self.url}: plan {entry.plan.name} of {repo} is not stored as it was sent")
        return stored

    def repositories(self) -> tuple[str, ...]:
        raise UnsupportedError(
            f"{self.url}: a registry server does not list its repositories", hint="name one with --repo"
        )

    def inventory(self, repo: str) -> Inventory:
        """What the server tells of a repository: not the states, nor what repairs have put aside."""
        head = self.head(repo)
        return Inventory(
            sequences=frozenset(range(1, head.sequence + 1 if head else 1)),
            tags=self._names(http_api.tags(repo)),
            versions=self._names(http_api.versions(repo)),
            plans=self.plan_keys(repo),
        )

    def prunings(self, repo: str) -> tuple[Pruning, ...]:
        pages = self._pages(http_api.prunings(repo), PruningPage)
        return tuple(note for page in pages for note in page.items if note.repo == repo)

    def put_pruning(self, pruning: Pruning) -> None:
        raise UnsupportedError(
            f"{self.url}: a registry server takes no history without its content, and "
            f"{pruning.repo} was pruned at {pruning.time}",
            hint="copy the repository to the storage behind the server: registry restore --to",
        )

    def report(self, repo: str, deployment: Deployment) -> None:
        """Tell the server of an apply. Sent once: told twice it would be two deployments."""
        self._connection.request("POST", http_api.deployments(repo), body=encode(deployment), once=True)

    def _get(self, path: str) -> Reply:
        return self._connection.request("GET", path)

    def _named(self, repo: str, path: str, what: str) -> Entry:
        try:
            return self._opened(repo, self._get(path))
        except NotFoundError:
            raise NotFoundError(f"{repo} has no {what} in {self.url}", hint="check its spelling") from None

    def _opened(self, repo: str, reply: Reply) -> Entry:
        """The entry of an answer that says where in the log it belongs."""
        place = re.fullmatch(r".*/log/([1-9][0-9]{0,9})", reply.location)
        if not place:
            raise CorruptError(f"{self.url}: {NOT_A_REGISTRY}", hint="check the URL of the registry")
        return chain.open_entry(reply.body, repo, int(place[1]), self.url)

    def _names(self, path: str) -> frozenset[str]:
        return frozenset(name for page in self._pages(path, NamePage) for name in page.items)

    def _pages(self, path: str, kind: type[P], query: Mapping[str, str] = {}) -> Iterator[P]:
        """All pages of a list. One that brings nothing new, and says that more follows, is refused."""
        known: set[object] = set()
        cursor: Mapping[str, str] = {}
        while True:
            asked = {**query, "limit": str(http_api.MAX_PAGE), **cursor}
            page = self._decoded(self._connection.request("GET", path, query=asked), kind)
            yield page
            if not page.next:
                return
            if known.issuperset(page.items):
                raise CorruptError(f"{self.url}: the list {path} does not end")
            known.update(page.items)
            cursor = {"after": page.next}

    def _decoded(self, reply: Reply, kind: type[T]) -> T:
        try:
            return decode(reply.body, kind)
        except msgspec.DecodeError:
            raise CorruptError(
                f"{self.url}: {NOT_A_REGISTRY}", hint="check the URL of the registry"
            ) from None
