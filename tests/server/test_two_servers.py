"""Two servers over one storage, used at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from backstay.errors import AuthError, BackstayError, ConflictError, NotFoundError
from backstay.registry.records import Approval
from backstay.registry.replicated import ReplicatedRegistry
from backstay.server.tokens import Tokens
from backstay.storage.open import open_store
from tests.registry.simulator import Forgetful, plan, state
from tests.servers.registry import registry_server

pytestmark = pytest.mark.usefixtures("unhurried")


def at_once(*steps: Callable[[], object]) -> list[BackstayError | None]:
    """Take all steps at the same moment; what each ended in."""
    start = threading.Barrier(len(steps))

    def take(step: Callable[[], object]) -> BackstayError | None:
        start.wait()
        try:
            step()
        except BackstayError as error:
            return error
        return None

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(take, steps))


def test_two_servers_over_one_storage_keep_one_history(shared: str) -> None:
    pushers = 8
    with registry_server(open_store(shared)) as first, registry_server(open_store(shared)) as second:
        token = first.token()
        start = threading.Barrier(pushers)

        def push(number: int) -> str:
            server = (first, second)[number % 2]
            registry = ReplicatedRegistry(server.replica(token), memory=Forgetful())
            start.wait()
            return registry.push(
                "app", state(f"s{number}"), version=f"v{number}", tags=["latest"]
            ).version.state

        with ThreadPoolExecutor(pushers) as pool:
            digests = list(pool.map(push, range(pushers)))
        replica = first.replica(token)
        entries = [replica.entry("app", sequence) for sequence in range(1, pushers + 1)]
        assert {entry.record.state for entry in entries} == set(digests)
        assert all(b.record.parent == a.digest for a, b in pairwise(entries))
        assert replica.head("app") == second.replica(token).tagged("app", "latest") == entries[-1]


def test_a_plan_that_is_approved_and_removed_at_once_is_gone(shared: str) -> None:
    with registry_server(open_store(shared)) as first, registry_server(open_store(shared)) as second:
        token = first.token()
        one, two = (ReplicatedRegistry(s.replica(token), memory=Forgetful()) for s in (first, second))
        one.push("app", state("a"))
        one.create_plan(plan("add"))
        approval, removal = at_once(
            lambda: one.approve_plan("app", "add", Approval(time="2026")),
            lambda: two.delete_plan("app", "add"),
        )
        assert removal is None
        assert approval is None or isinstance(approval, NotFoundError | ConflictError)
        assert one.plans("app") == two.plans("app") == ()


def test_a_push_whose_token_is_revoked_meanwhile_is_whole_or_refused(shared: str) -> None:
    with registry_server(open_store(shared)) as first, registry_server(open_store(shared)) as second:
        everything, short = first.token(), first.token(name="short-lived")
        registry = ReplicatedRegistry(second.replica(short), memory=Forgetful())
        revocation, push = at_once(
            lambda: Tokens(first.store).revoke("short-lived", now=datetime.now(UTC)),
            lambda: registry.push("app", state("a"), tags=["latest"]),
        )
        assert revocation is None
        assert push is None or isinstance(push, AuthError)
        if push is None:
            replica = first.replica(everything)
            assert replica.head("app") == replica.tagged("app", "latest")
