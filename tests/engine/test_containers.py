"""Dev databases in containers: started, reached, and removed whatever happens."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
import psycopg
import pytest

from backstay.dialects.dialect import Container, Dialect
from backstay.dialects.registry import dialect_for
from backstay.engine import containers
from backstay.engine.containers import NoDockerError, running
from backstay.engine.devdatabase import DevDatabase, open_dev
from backstay.errors import BackstayError, DatabaseError
from tests.servers.docker import FakeContainer, FakeEngine, Refusal, docker_engine
from tests.servers.forward import forwarder

NUMBERS = itertools.count(1)
Start = Callable[[FakeContainer], None]


@pytest.fixture
def server(postgres_servers: Callable[[str], str]) -> str:
    """The server inside every container."""
    return postgres_servers("16")


@pytest.fixture
def url() -> str:
    """A URL with a database of its own, since all containers are one server."""
    return f"docker://postgres/16/dev{next(NUMBERS)}?search_path=public"


@pytest.fixture
def engine(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeEngine]:
    """An engine whose containers work, and are reached by a published port."""
    monkeypatch.setattr(containers, "DOCKERENV", tmp_path / "not-in-a-container")
    with docker_engine(lambda container: serve(container, server)) as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.url)
        yield engine
        for container in engine.removed:
            drop(container, server)


def serve(container: FakeContainer, server: str) -> None:
    """What the image of PostgreSQL does: make the database. The engine publishes the port."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {container.environment['POSTGRES_DB']}")
    container.status = "running"
    container.settings = {
        "Ports": {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(urlsplit(server).port)}]},
        "Networks": {"bridge": {"IPAddress": "172.17.0.9"}},
    }


def drop(container: FakeContainer, server: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        name = container.environment["POSTGRES_DB"]
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def run(url: str, **more: Any) -> str:
    """Start the container of a URL, use its database, and stop; the database's URL."""
    dialect = dialect_for(url)
    with running(dialect, url, **more) as address:
        dialect.connect(address).close()
        return address


def test_the_database_of_the_url_answers_and_the_container_is_removed(engine: FakeEngine, url: str) -> None:
    address = urlsplit(run(url))
    assert address.path == urlsplit(url).path.removeprefix("/16")
    assert "search_path=public" in address.query
    assert engine.known == {}
    (container,) = engine.removed
    assert container.config["Image"] == "postgres:16"
    assert container.config["Labels"] == {"dev.backstay": "dev-database"}


def test_its_port_is_published_to_this_machine_only(engine: FakeEngine, url: str) -> None:
    run(url)
    bindings = engine.removed[0].config["HostConfig"]["PortBindings"]
    assert bindings == {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}


def test_an_image_that_is_not_there_is_pulled(engine: FakeEngine, url: str) -> None:
    run(url.replace("/16/", "/15/"))
    assert engine.pulled == ["postgres:15"]


def test_it_is_removed_when_the_work_fails(engine: FakeEngine, url: str) -> None:
    dialect = dialect_for(url)
    with pytest.raises(KeyboardInterrupt), running(dialect, url):
        raise KeyboardInterrupt
    assert engine.known == {}


def test_it_is_removed_when_a_signal_interrupts_its_creation(
    engine: FakeEngine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = containers._created

    def interrupted(*arguments: Any) -> None:
        create(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(containers, "_created", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(url)
    assert (len(engine.removed), engine.known) == (1, {})
    engine.removed.clear()


def test_a_container_that_is_gone_already_hides_no_other_error(engine: FakeEngine, url: str) -> None:
    def work() -> None:
        engine.removed += engine.known.values()
        engine.known.clear()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), running(dialect_for(url), url):
        work()


def refuse(container: FakeContainer) -> None:
    raise Refusal(500, "no space left on device")


def crash(container: FakeContainer) -> None:
    container.status = "exited"
    container.log = b"FATAL: out of memory\n"


def be_deaf(container: FakeContainer) -> None:
    container.status = "running"
    container.settings = {"Ports": {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1"}]}}


def publish_nothing(container: FakeContainer) -> None:
    container.status = "running"


FAILURES: list[tuple[Start, str]] = [
    (refuse, "cannot run a container of postgres:16: no space left on device"),
    (crash, "the container of postgres:16 stopped: FATAL: out of memory"),
    (be_deaf, "does not answer after 0.1 s: .*cannot connect"),
    (publish_nothing, "does not answer after 0.1 s: it has no address"),
]


@pytest.mark.parametrize(("start", "message"), FAILURES, ids=[start.__name__ for start, _ in FAILURES])
def test_a_container_that_does_not_come_up_is_explained_and_removed(
    engine: FakeEngine, url: str, start: Start, message: str
) -> None:
    engine.start = start
    with pytest.raises(DatabaseError, match=message):
        run(url, timeout=0.1)
    assert engine.known == {}
    assert len(engine.removed) == 1
    engine.removed.clear()


def test_an_image_that_cannot_be_pulled_is_named(engine: FakeEngine) -> None:
    engine.unknown.add("postgres:99")
    with pytest.raises(DatabaseError, match="cannot run a container of postgres:99: pull access denied"):
        run("docker://postgres/99/dev")


def test_an_engine_that_goes_away_is_an_error_of_ours(engine: FakeEngine, url: str, monkeypatch: Any) -> None:
    with forwarder("127.0.0.1", urlsplit(engine.url).port or 0) as line:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{line.port}")

        def cut(container: FakeContainer) -> None:
            line.cut()

        engine.start = cut
        with pytest.raises(DatabaseError, match="cannot run a container of postgres:16"):
            run(url)
    engine.removed.clear()


class OnPort:
    """A dialect whose containers listen on another port, that of the server here."""

    def __init__(self, dialect: Dialect, server: str) -> None:
        self._dialect = dialect
        self._port = urlsplit(server).port or 0
        self.connect = dialect.connect

    def container(self, url: str) -> Container:
        return msgspec.structs.replace(self._dialect.container(url), port=self._port)


@pytest.mark.parametrize("own", ["github_network_1", "bridge"])
def test_from_inside_a_container_it_is_reached_on_our_own_network(
    engine: FakeEngine, server: str, url: str, own: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def join(container: FakeContainer) -> None:
        serve(container, server)
        network = container.config["HostConfig"]["NetworkMode"]
        container.settings = {"Ports": {}, "Networks": {network: {"IPAddress": "127.0.0.1"}}}

    engine.start = join
    engine.known[socket.gethostname()] = FakeContainer({}, "running", {"Networks": {own: {}}})
    monkeypatch.setattr(containers, "DOCKERENV", tmp_path)
    dialect = cast(Dialect, OnPort(dialect_for(url), server))
    with running(dialect, url) as address:
        assert urlsplit(address).netloc == f"postgres:pass@127.0.0.1:{urlsplit(server).port}"
    (container,) = engine.removed
    assert container.config["HostConfig"]["NetworkMode"] == own
    assert not container.config["HostConfig"].get("PortBindings")


@pytest.mark.parametrize("known", [True, False], ids=["host network", "another engine"])
def test_a_container_without_a_network_of_that_engine_uses_the_published_port(
    engine: FakeEngine, url: str, known: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if known:
        engine.known[socket.gethostname()] = FakeContainer({}, "running", {"Networks": {"host": {}}})
    monkeypatch.setattr(containers, "DOCKERENV", tmp_path)
    assert (urlsplit(run(url)).hostname or "") == "127.0.0.1"


def test_without_an_engine_there_is_no_container(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(NoDockerError, match="no Docker engine answers"):
        run(url)


@pytest.mark.parametrize(("query", "scope"), [("?search_path=public", "public"), ("", "")])
def test_without_an_engine_an_embedded_server_of_the_same_scope_is_used(
    query: str, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    notices: list[str] = []
    url = f"docker://postgres/16/dev{query}"
    with open_dev(dialect_for(url), DevDatabase(url=url, notice=notices.append)) as session:
        assert session.major == "18"
        assert bool(session.schema) == bool(scope)
    assert notices == [f"no Docker engine answers: using an embedded dev database instead of {url}"]


def test_another_version_than_the_target_is_told_where_no_embedded_one_fits(
    engine: FakeEngine, url: str
) -> None:
    notices: list[str] = []
    with open_dev(dialect_for(url), DevDatabase(url=url, major="15", notice=notices.append)) as session:
        assert session.major == "16"
    assert "the target is postgres 15, the dev database 16" in notices[0]


def test_a_container_url_without_an_image_is_refused_before_docker_is_asked() -> None:
    with pytest.raises(BackstayError, match="unknown driver"):
        run("docker://nosuch/1/dev")
