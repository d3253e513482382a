"""Requests as a test writes them, and a repository to ask about."""

from __future__ import annotations

import contextlib
import socket
from http.client import HTTPResponse
from typing import Any

import requests
from msgspec.structs import replace

from backstay.registry import chain, http_api
from backstay.registry.chain import Entry
from backstay.registry.records import PlanEntry
from backstay.schema.canonical import encode
from tests.registry.simulator import plan, state
from tests.registry.test_store_replica import entry
from tests.servers.registry import RegistryServer

SECONDS = 20
"""After which a server that says nothing is a failure of the test."""

IF_ABSENT = {"If-None-Match": "*"}
PLAN = PlanEntry(plan=plan())
PLAN_PATH = http_api.plan("app", PLAN.key)
STATE = encode(state("a"))


def ask(
    server: RegistryServer, method: str, path: str, token: str, body: bytes | None = None, **options: Any
) -> requests.Response:
    """The answer to one request, no redirect followed."""
    headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
    return requests.request(
        method,
        server.url + path,
        headers=headers,
        data=body,
        timeout=SECONDS,
        allow_redirects=False,
        **options,
    )


def raw(server: RegistryServer, data: bytes) -> int:
    """The status that these very bytes are answered with."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        with contextlib.suppress(ConnectionError):  # It may be refused before all of it is sent.
            connection.sendall(data)
        with HTTPResponse(connection) as response:
            response.begin()
            return response.status


def next_entry(previous: Entry | None = None, *tags: str, data: bytes = STATE, repo: str = "app") -> Entry:
    """An entry of `repo` with that state, behind another one."""
    made = entry(previous.sequence + 1 if previous else 1, previous, *tags)
    return chain.seal(replace(made.record, repo=repo, state=chain.digest(data)))


def filled(server: RegistryServer, count: int = 1) -> Entry:
    """Give the repository `app` so many entries with the tag `latest`, and a plan; the newest entry."""
    replica = server.replica()
    replica.put_state("app", chain.digest(STATE), STATE)
    newest = None
    for _ in range(count):
        newest = next_entry(newest, "latest")
        replica.append("app", newest)
    replica.merge_plan(PLAN)
    assert newest
    return newest
