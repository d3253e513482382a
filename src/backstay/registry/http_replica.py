"""A copy of repositories behind a registry server.

What is read is verified here as if it came from a bucket: a server is no more to be believed than a store.
"""

from __future__ import annotations

import re

import msgspec

from backstay.errors import CorruptError, NotFoundError
from backstay.registry import chain, http_api
from backstay.registry.chain import Entry
from backstay.registry.http_api import Deployment, PlanPage
from backstay.registry.http_connection import NOT_A_REGISTRY, Connection, Reply
from backstay.registry.records import PlanEntry, PlanKey
from backstay.schema.canonical import encode

IF_ABSENT = {"If-None-Match": "*"}
"""RFC 9110, 13.1.2."""


class HttpReplica:
    """See `Replica`."""

    def __init__(self, connection: Connection) -> None:
        self.url = connection.url
        self._connection = connection

    def keeps_conditions(self) -> bool:
        """A server without a store that does refuses to write."""
        return True

    def head(self, repo: str) -> Entry | None:
        try:
            return self._opened(repo, self._get(http_api.head(repo)))
        except NotFoundError:
            return None

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

    def append(self, repo: str, entry: Entry) -> Entry:
        self.copy(repo, entry)
        return entry

    def copy(self, repo: str, entry: Entry) -> None:
        path = http_api.entry(repo, entry.sequence)
        self._connection.request("PUT", path, body=entry.data, headers=IF_ABSENT)

    def index(self, repo: str, entry: Entry) -> None:
        """An entry that is there already is only indexed by the server."""
        self.copy(repo, entry)

    def state(self, repo: str, digest: str) -> bytes:
        try:
            data = self._get(http_api.state(repo, digest)).body
        except NotFoundError:
            raise CorruptError(f"{self.url}: state {digest[:12]} of {repo} is not there") from None
        return chain.check_state(data, digest, self.url)

    def put_state(self, repo: str, digest: str, data: bytes) -> None:
        self._connection.request("PUT", http_api.state(repo, digest), body=data)

    def plan_keys(self, repo: str, from_hash: str = "", to_hash: str = "") -> frozenset[PlanKey]:
        wanted = {name: text for name, text in (("from", from_hash), ("to", to_hash)) if text}
        keys: set[PlanKey] = set()
        cursor = ""
        while True:
            query = {**wanted, "limit": str(http_api.MAX_PAGE), **({"after": cursor} if cursor else {})}
            reply = self._connection.request("GET", http_api.plans(repo), query=query)
            page = self._decoded(reply, PlanPage)
            found = {item.key for item in page.items} - keys
            keys |= found
            if not page.next:
                return frozenset(keys)
            if not found:
                raise CorruptError(f"{self.url}: the list of plans of {repo} does not end")
            cursor = page.next

    def plan(self, repo: str, key: PlanKey) -> PlanEntry:
        try:
            data = self._get(http_api.plan(repo, key)).body
        except NotFoundError:
            raise CorruptError(f"{self.url}: plan {key.name} of {repo} is listed, but not there") from None
        return chain.open_plan(data, repo, key, self.url)

    def merge_plan(self, entry: PlanEntry) -> PlanEntry:
        repo = entry.plan.repo
        reply = self._connection.request("PUT", http_api.plan(repo, entry.key), body=encode(entry))
        return chain.open_plan(reply.body, repo, entry.key, self.url)

    def report(self, repo: str, deployment: Deployment) -> None:
        """Tell the server of an apply. Sent once: told twice it would be two deployments."""
        self._connection.request("POST", http_api.deployments(repo), body=encode(deployment))

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

    def _decoded(self, reply: Reply, kind: type[PlanPage]) -> PlanPage:
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except (msgspec.DecodeError, RecursionError):
            raise CorruptError(
                f"{self.url}: {NOT_A_REGISTRY}", hint="check the URL of the registry"
            ) from None
