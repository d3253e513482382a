"""Jobs on machines of their own: the cache of GitHub Actions carries the grant from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from backstay.registry.signing_keys import Signer
from backstay.storage.memory import MemoryStore
from tests.e2e.runner import Result, Runner
from tests.e2e.test_grants import PROJECT
from tests.servers.actions_cache import MAIN, ActionsCache, actions_cache, runtime_token
from tests.servers.registry import registry_server

PULL = "refs/pull/7/merge"
LOOKUP, CREATE, FINALIZE = "GetCacheEntryDownloadURL", "CreateCacheEntry", "FinalizeCacheEntryUpload"
SAVE = [CREATE, "PUT", FINALIZE]


class Repository:
    """A repository with a registry server, whose every job is on a fresh machine."""

    def __init__(self, path: Path, cache: ActionsCache, stack: ExitStack) -> None:
        server = stack.enter_context(registry_server(MemoryStore(), signer=Signer(b"s" * 32)))
        self.go_away = stack.close
        self.cache = cache
        self.token = server.token(name="ci", life=timedelta(days=30))
        self.jobs = 0
        self.path = path
        self.workspace = path / "workspace"
        self.workspace.mkdir()
        self.url = server.url
        (self.workspace / "schema.lt.sql").write_text("CREATE TABLE users (id integer);")
        project = PROJECT.format(src="file://schema.lt.sql", backup=path / "backup")
        (self.workspace / "atlas.hcl").write_text(project)

    def push(
        self, token: str = "", *, pull_request: bool = False, fork: bool = False, **inputs: str
    ) -> Result:
        """A job that pushes, with what the runner gives it. A fork has no secrets."""
        self.cache.seen.clear()
        self.jobs += 1
        head = {"sha": "a" * 40, "ref": "f", "repo": {"full_name": "mallory/app" if fork else "octo/app"}}
        request = {"number": 7, "head": head, "base": {"repo": {"full_name": "octo/app"}}}
        job = Runner(
            self.workspace,
            temp=self.path / f"machine-{self.jobs}",
            secrets={"TOKEN": "" if fork else self.token},
            event="pull_request" if pull_request else "push",
            payload={"pull_request": request} if pull_request else {},
        )
        job.exported |= self.cache.environment(token or runtime_token())
        variables = {"REGISTRY": self.url, "BACKSTAY_TOKEN": "${{ secrets.TOKEN }}"}
        return job.uses("schema/push", {"env": "e", **inputs}, variables)


@pytest.fixture
def cache() -> Iterator[ActionsCache]:
    with actions_cache() as running:
        yield running


@pytest.fixture
def repository(tmp_path: Path, cache: ActionsCache) -> Iterator[Repository]:
    with ExitStack() as stack:
        yield Repository(tmp_path, cache, stack)


def succeeded(result: Result) -> None:
    assert result.exit_code == 0, result.raw


def stopped_for_want_of_a_grant(result: Result) -> None:
    assert (result.exit_code, result.outputs["failure-reason"]) == (1, "grant"), result.raw


def test_a_job_goes_on_with_the_grant_that_another_machine_has_saved(
    repository: Repository, cache: ActionsCache
) -> None:
    succeeded(repository.push())
    assert cache.seen == [LOOKUP, *SAVE]
    (entry,) = cache.entries
    assert entry.scope == MAIN
    assert repository.token.encode() not in entry.data
    succeeded(repository.push())
    assert cache.seen == [LOOKUP, "GET"]
    repository.go_away()
    alone = repository.push(cache="off")
    stopped_for_want_of_a_grant(alone)
    assert cache.seen == []
    result = repository.push()
    succeeded(result)
    assert any("this goes on without" in message for message in result.messages("notice"))
    request = repository.push(runtime_token(PULL), pull_request=True)
    succeeded(request)
    assert cache.seen == [LOOKUP, "GET"]


def test_a_pull_request_saves_for_itself_what_its_base_branch_does_not_have(
    repository: Repository, cache: ActionsCache
) -> None:
    succeeded(repository.push(runtime_token(PULL), pull_request=True))
    assert [entry.scope for entry in cache.entries] == [PULL]
    repository.go_away()
    succeeded(repository.push(runtime_token(PULL), pull_request=True))
    stopped_for_want_of_a_grant(repository.push())  # on main, which sees no cache of a pull request


def test_a_pull_request_of_a_fork_asks_for_nothing(repository: Repository, cache: ActionsCache) -> None:
    repository.push()
    result = repository.push(runtime_token(PULL, writable=False), pull_request=True, fork=True)
    assert result.exit_code == 1
    assert cache.seen == []


@pytest.mark.parametrize(
    "data", [b"", b"\x01" + b"x" * 100, b"x" * (65 << 10)], ids=["empty", "forged", "huge"]
)
def test_an_entry_that_somebody_else_wrote_is_a_miss(
    repository: Repository, cache: ActionsCache, data: bytes
) -> None:
    succeeded(repository.push())
    cache.poison(data)
    result = repository.push()
    succeeded(result)
    assert result.messages("warning") == []
    assert cache.seen[:3] == [LOOKUP, "GET", CREATE]
    repository.go_away()
    stopped_for_want_of_a_grant(repository.push())


def read_only_by_input(repository: Repository) -> Result:
    return repository.push(cache="read-only")


def read_only_by_token(repository: Repository) -> Result:
    return repository.push(runtime_token(writable=False))


@pytest.mark.parametrize("push", [read_only_by_input, read_only_by_token])
def test_a_run_that_may_not_write_does_not_try(
    repository: Repository, cache: ActionsCache, push: Callable[[Repository], Result]
) -> None:
    succeeded(push(repository))
    assert cache.seen == [LOOKUP]


@pytest.mark.parametrize("status", [403, 404, 429, 502])
def test_a_cache_that_fails_fails_nothing(repository: Repository, cache: ActionsCache, status: int) -> None:
    cache.status = status
    result = repository.push()
    succeeded(result)
    assert cache.seen == [LOOKUP] * (3 if status == 502 else 1)
    assert result.messages("warning") == []
    assert any("is not used for grants" in line for line in result.log.debug)


def test_a_token_of_the_step_wins_over_that_of_the_job(repository: Repository) -> None:
    good, repository.token = repository.token, "bst_" + "x" * 43
    result = repository.push()
    assert result.outputs["failure-reason"] == "auth"
    succeeded(repository.push(**{"cloud-token": good}))
