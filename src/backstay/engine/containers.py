"""`docker://` dev databases: a throw-away container through the Docker API.

Where its server is reached depends on where we run:

| we run | the server's address |
|---|---|
| on the engine's machine | its port, published on the loopback interface only |
| on another machine (`DOCKER_HOST` names the engine's) | its port, published on the engine's machine |
| in a container of that engine, as container actions do | its own address, on a network of ours |
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from backstay.dialects.dialect import Container, Dialect
from backstay.errors import BackstayError, DatabaseError, NetworkError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container as Instance

ENGINE_TIMEOUT = 5
"""Seconds until an engine that says nothing counts as none."""

START_TIMEOUT = 60
"""Seconds a container may take until its server answers."""

POLL_SECONDS = 0.2
LOOPBACK = "127.0.0.1"
DOCKERENV = Path("/.dockerenv")
"""Exists where we are in a container ourselves."""


class NoDockerError(NetworkError):
    """No Docker engine answers."""


class Route(NamedTuple):
    """How a container is reached: on this network of ours, else by its port published at `host`."""

    network: str
    host: str


def is_container(url: str) -> bool:
    """Does the URL ask for a container?"""
    return url.startswith(("docker://", "docker+"))


@contextmanager
def running(dialect: Dialect, url: str, timeout: float = START_TIMEOUT) -> Iterator[str]:
    """Run the container that the URL asks for; yields the URL of its database, which answers.

    Raises `NoDockerError` where there is no engine, `DatabaseError` where the container does not start,
    stops, or does not answer within `timeout` seconds. It is removed in every case.
    """
    wanted = dialect.container(url)
    with closing(_client()) as client:
        route = _route(client)
        with _started(client, wanted, route) as instance:
            yield _answering(dialect, wanted, instance, route, timeout)


def _client() -> DockerClient:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=ENGINE_TIMEOUT)
    except (DockerException, OSError):
        raise NoDockerError("no Docker engine answers", hint="start Docker, or give a database URL") from None
    client.api.timeout = START_TIMEOUT  # From here on it may have an image to pull.
    return client


def _route(client: DockerClient) -> Route:
    remote = urlsplit(os.environ.get("DOCKER_HOST", ""))
    elsewhere = (remote.hostname or "") if remote.scheme in {"tcp", "ssh"} else ""
    network = _own_network(client) if DOCKERENV.exists() else "host"
    if network == "host" or (elsewhere and not network):
        return Route("", elsewhere or LOOPBACK)
    return Route(network or "bridge", "")


def _own_network(client: DockerClient) -> str:
    """A network of the container we run in, `host` for that of the machine.

    Empty where the engine does not know our container.
    """
    from docker.errors import DockerException

    with suppress(DockerException, OSError):
        own = client.containers.get(socket.gethostname())
        return next(iter(own.attrs["NetworkSettings"]["Networks"]), "")
    return ""


@contextmanager
def _started(client: DockerClient, wanted: Container, route: Route) -> Iterator[Instance]:
    """The name is ours, so that also a container is removed whose creation a signal interrupts."""
    from docker.errors import DockerException

    name = f"backstay-dev-{token_hex(8)}"
    try:
        with _explained(wanted):
            instance = _created(client, name, wanted, route)
            instance.start()
        yield instance
    finally:
        with suppress(DockerException, OSError):
            client.api.remove_container(name, force=True, v=True)


def _created(client: DockerClient, name: str, wanted: Container, route: Route) -> Instance:
    from docker.errors import ImageNotFound

    options: dict[str, Any] = {
        "name": name,
        "environment": wanted.environment,
        "labels": {"dev.backstay": "dev-database"},
    }
    if route.network:
        options["network"] = route.network
    else:
        port = f"{wanted.port}/tcp"
        options["ports"] = {port: (LOOPBACK, None) if route.host == LOOPBACK else None}
    try:
        return client.containers.create(wanted.image, **options)
    except ImageNotFound:
        client.images.pull(wanted.image)
        return client.containers.create(wanted.image, **options)


def _answering(dialect: Dialect, wanted: Container, instance: Instance, route: Route, timeout: float) -> str:
    """The URL of the container's database, as soon as it accepts connections."""
    deadline = time.monotonic() + timeout
    while True:
        with _explained(wanted):
            instance.reload()
            if instance.status in {"exited", "dead"}:
                raise DatabaseError(
                    f"the container of {wanted.image} stopped: {_last_words(instance)}",
                    hint="correct the image in the docker:// URL, or give a database URL",
                )
        address = _address(wanted, instance, route)
        refusal = "it has no address"
        try:
            if address:
                dialect.connect(address).close()
                return address
        except BackstayError as error:
            refusal = error.message
        if time.monotonic() > deadline:
            raise DatabaseError(
                f"the container of {wanted.image} does not answer after {timeout:g} s: {refusal}",
                hint="see that its image runs the database server that the URL names",
            )
        time.sleep(POLL_SECONDS)


def _address(wanted: Container, instance: Instance, route: Route) -> str:
    """The URL of the database; empty as long as the engine has not said host and port.

    Without them the URL would be that of some other database on this machine.
    """
    settings = instance.attrs["NetworkSettings"]
    if route.network:
        joined = (settings["Networks"] or {}).get(route.network) or {}
        host, port = joined.get("IPAddress", ""), str(wanted.port)
    else:
        published = (settings["Ports"] or {}).get(f"{wanted.port}/tcp") or [{}]
        host, port = route.host, published[0].get("HostPort", "")
    if not host or not port:
        return ""
    return wanted.url.format(host=f"[{host}]" if ":" in host else host, port=port)


def _last_words(instance: Instance) -> str:
    lines = instance.logs(tail=1).decode(errors="replace").split("\n")
    return lines[0].strip() or "it said nothing"


@contextmanager
def _explained(wanted: Container) -> Iterator[None]:
    """What the engine refuses, as one of our errors."""
    from docker.errors import DockerException

    try:
        yield
    except (DockerException, OSError) as error:
        raise DatabaseError(
            f"cannot run a container of {wanted.image}: {getattr(error, 'explanation', None) or error}",
            hint="check the image's name, and that this machine may pull and run it",
        ) from None
