"""`docker://` dev databases: a throw-away container through the Docker API."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from backstay.dialects.dialect import Container, Dialect
from backstay.errors import BackstayError, DatabaseError, NetworkError

if TYPE_CHECKING:
    from docker import DockerClient

START_TIMEOUT = 60
"""Seconds a container may take until its server answers."""


class NoDockerError(NetworkError):
    """No Docker engine answers."""


def is_container(url: str) -> bool:
    """Does the URL ask for a container?"""
    return url.startswith(("docker://", "docker+"))


@contextmanager
def running(dialect: Dialect, url: str) -> Iterator[str]:
    """Run the container that the URL asks for; yields the URL of its database, which answers.

    Raises `NoDockerError` where there is no engine, `DatabaseError` where the container does not start.
    """
    from docker.errors import DockerException

    wanted = dialect.container(url)
    client = _client()
    try:
        instance = client.containers.run(
            wanted.image,
            detach=True,
            auto_remove=True,
            environment=wanted.environment,
            ports={f"{wanted.port}/tcp": None},
            labels={"dev.backstay": "dev-database"},
        )
    except DockerException as error:
        client.close()
        raise DatabaseError(
            f"cannot start a container of {wanted.image}: {error}",
            hint="check the image's name and that this machine may pull it",
        ) from None
    try:
        instance.reload()
        published = (instance.ports[f"{wanted.port}/tcp"] or [{"HostPort": ""}])[0]["HostPort"]
        address = wanted.url.format(host=_host(), port=published)
        _wait(dialect, address, wanted)
        yield address
    finally:
        instance.kill()
        client.close()


def _client() -> DockerClient:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=START_TIMEOUT)
        client.ping()
    except (DockerException, OSError):
        raise NoDockerError("no Docker engine answers", hint="start Docker, or give a database URL") from None
    return client


def _wait(dialect: Dialect, address: str, wanted: Container) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            dialect.connect(address).close()
            return
        except BackstayError as error:
            if time.monotonic() > deadline:
                raise DatabaseError(
                    f"the container of {wanted.image} does not answer after {START_TIMEOUT} s",
                    hint="see the container's log",
                ) from error
        time.sleep(0.2)


def _host() -> str:
    """Where the engine publishes ports: its own host for a remote engine, else this machine."""
    remote = urlsplit(os.environ.get("DOCKER_HOST", ""))
    return remote.hostname or "127.0.0.1" if remote.scheme in {"tcp", "ssh"} else "127.0.0.1"
