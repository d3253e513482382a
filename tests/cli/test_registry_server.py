"""`backstay registry serve` and `registry token`, as a person runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
import requests

from backstay.credentials import Credential
from backstay.errors import BackstayError, NetworkError
from backstay.registry import chain, http_api
from backstay.registry.http_connection import Connection
from backstay.registry.http_replica import HttpReplica
from tests.cli.conftest import Run
from tests.server.asking import STATE, next_entry


def create(run: Run, storage: str, *flags: str) -> str:
    ran = run("registry", "token", "create", "--storage", storage, *flags)
    assert ran.code == 0, ran.err
    return ran.out.strip()


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return f"file://{tmp_path}/registry"


def test_a_token_is_printed_once_and_alone(run: Run, storage: str) -> None:
    ran = run("registry", "token", "create", "--storage", storage, "--name", "ci", "--scope", "push,plan")
    secret = ran.out.strip()
    assert secret.startswith("bst_")
    assert "\n" not in secret
    assert secret not in ran.err
    assert "push, plan in * until 20" in ran.err
    listed = run("registry", "token", "list", "--storage", storage)
    assert secret not in listed.out + listed.err


def test_tokens_are_listed_as_a_table_and_as_json(run: Run, storage: str) -> None:
    create(run, storage, "--name", "ci", "--scope", "push", "--repo", "app,team/*", "--expires", "never")
    table = run("registry", "token", "list", "--storage", storage).out.splitlines()
    assert table[0].split() == ["ID", "NAME", "STATUS", "SCOPES", "REPOS", "CREATED", "EXPIRES"]
    assert table[1].split()[1:4] == ["ci", "active", "push"]
    (told,) = run("registry", "token", "list", "--storage", storage, "--format", "{{ json . }}").json()
    assert (told["Name"], told["Repos"], told["Expires"]) == ("ci", "app, team/*", "never")


def test_a_token_is_revoked_by_its_name(run: Run, storage: str) -> None:
    create(run, storage, "--name", "ci")
    assert run("registry", "token", "revoke", "ci", "--storage", storage).code == 0
    assert "revoked" in run("registry", "token", "list", "--storage", storage).out
    again = run("registry", "token", "revoke", "ci", "--storage", storage)
    assert (again.code, 'no active token "ci"' in again.err) == (1, True)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--name", "a", "--scope", "root"), "unknown scope root"),
        (("--name", "a", "--expires", "soon"), "not a lifetime"),
        (("--name", "a", "--expires", "0d"), "not a lifetime"),
        (("--scope", "read"), "--name"),
        (("--name", ""), "needs a name"),
    ],
)
def test_tokens_that_cannot_be_are_explained(
    run: Run, storage: str, flags: tuple[str, ...], words: str
) -> None:
    ran = run("registry", "token", "create", "--storage", storage, *flags)
    assert (ran.code, ran.out) == (1, "")
    assert words in ran.err


@pytest.mark.parametrize("listen", ["nowhere", "host:99999", "host:", "::1:80", "[x]:80"])
def test_addresses_that_cannot_be_are_explained(run: Run, storage: str, listen: str) -> None:
    ran = run("registry", "serve", "--storage", storage, "--listen", listen)
    assert (ran.code, "is not host:port" in ran.err) == (1, True)


@contextmanager
def serving(storage: str, *flags: str) -> Iterator[tuple[str, subprocess.Popen[str], IO[str]]]:
    command = [sys.executable, "-m", "backstay.cli", "registry", "serve", "--storage", storage]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            listening = json.loads(process.stderr.readline())["event"]
            yield listening.split()[-1], process, process.stderr
        finally:
            process.kill()


def test_a_server_runs_until_a_signal_ends_it(run: Run, storage: str) -> None:
    token = create(run, storage, "--name", "ci")
    with serving(storage) as (url, process, log):
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(url + http_api.head("app"), headers=headers, timeout=20).status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        events = [json.loads(line) for line in log.read().splitlines()]
        assert process.stdout
        assert process.stdout.read() == ""
    assert [(e["path"], e["status"], e["token"]) for e in events if e["event"] == "request"] == [
        ("/v1/repos/app/head", 404, "ci")
    ]
    assert token not in json.dumps(events)


def test_a_server_that_ends_and_starts_again_loses_no_push_that_it_confirmed(run: Run, storage: str) -> None:
    token = create(run, storage, "--name", "ci", "--scope", "push")
    confirmed: list[tuple[str, int]] = []
    errors: list[Exception] = []
    enough = threading.Event()

    def push(repo: str, url: str) -> None:
        replica = HttpReplica(Connection(url, Credential(token, "a test")))
        newest = None
        try:
            replica.put_state(repo, chain.digest(STATE), STATE)
            while True:
                newest = replica.append(repo, next_entry(newest, "latest", repo=repo))
                confirmed.append((repo, newest.sequence))
                if len(confirmed) >= 30:
                    enough.set()
        except BackstayError as error:
            errors.append(error)
            enough.set()

    repos = [f"app{number}" for number in range(6)]
    with serving(storage) as (url, process, _), ThreadPoolExecutor(len(repos)) as pool:
        pushing = [pool.submit(push, repo, url) for repo in repos]
        assert enough.wait(60)
        process.send_signal(signal.SIGTERM)
        for each in pushing:
            each.result(60)
        assert process.wait(20) == 0
    assert [error for error in errors if not isinstance(error, NetworkError)] == []
    assert len(errors) == len(repos)
    assert len(confirmed) >= 30
    with serving(storage) as (url, _, _):
        replica = HttpReplica(Connection(url, Credential(token, "a test")))
        for repo, sequence in confirmed:
            assert replica.entry(repo, sequence).record.sequence == sequence
        newest = {repo: replica.head(repo) for repo in repos}
        assert all(head and replica.tagged(repo, "latest") == head for repo, head in newest.items())


def test_an_address_that_is_taken_is_explained(run: Run, storage: str) -> None:
    with serving(storage) as (url, _, _):
        ran = run("registry", "serve", "--storage", storage, "--listen", url.removeprefix("http://"))
    assert ran.code == 1
    assert "cannot listen" in ran.err
    assert "--listen" in ran.err


def test_what_is_not_installed_is_named(run: Run, storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("backstay.server", "uvicorn", "starlette"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    ran = run("registry", "serve", "--storage", storage)
    assert ran.code == 1
    assert "pip install 'backstay[server]'" in ran.err
