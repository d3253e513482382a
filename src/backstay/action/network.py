"""Databases on `localhost`, from inside a container action.

Workflows written for actions that run on the host say `localhost:5432` for a service container. In a
container that is the container itself, so the address is looked for where it really is. In order:

1. as given: some runners share the network of the host;
2. on the host, which is the default gateway and forwards published ports;
3. at the service container that publishes this port, by its alias, where the Docker socket is usable.

Where none answers, the URL stays, a notice says how to name a service, and it is left to the connection
to fail: not every run needs every database. Only TCP addresses with a port are looked for; file and
socket URLs, and other hosts, stay as they are.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from backstay import urls
from backstay.dialects.registry import dialect_for
from backstay.errors import BackstayError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CONNECT_SECONDS = 0.3


class Address(NamedTuple):
    host: str
    port: int


class Surroundings:
    """What can be found out about the network around us. Tests give another one."""

    def connects(self, address: Address) -> bool:
        """Does something accept TCP connections there?"""
        try:
            with socket.create_connection(address, CONNECT_SECONDS):
                return True
        except OSError:
            return False

    def gateway(self) -> str:
        """The address of the default gateway; empty where there is none."""
        with suppress(OSError):
            return gateway_of(Path("/proc/net/route").read_text(encoding="ascii"))
        return ""

    def publisher(self, port: int) -> Address | None:
        """The container of our own network that publishes this port of the host, if Docker tells."""
        import docker

        with suppress(docker.errors.DockerException, OSError):
            client = docker.from_env(timeout=5)
            try:
                own = client.containers.get(socket.gethostname()).attrs
                others = [container.attrs for container in client.containers.list()]
                return publisher_of(port, own, others)
            finally:
                client.close()
        return None


class Loopback:
    """Finds where a `localhost` URL is reached, once for each address.

    `host` is `auto`, `off`, or the host to use. `tell` hears of each address that was replaced, or that
    nothing answers on.
    """

    def __init__(self, host: str, surroundings: Surroundings, tell: Callable[[str], None]) -> None:
        self._host = host
        self._around = surroundings
        self._tell = tell
        self._found: dict[Address, Address] = {}

    def locate(self, url: str) -> str:
        """The URL with the host and port under which it is reached from here."""
        try:
            parts = urls.split(url)
        except BackstayError:
            return url
        if self._host == "off" or parts.hostname not in LOOPBACK or parts.port is None:
            return url
        given = Address(parts.hostname, parts.port)
        if given not in self._found:
            self._found[given] = self._find(given)
        found = self._found[given]
        return url if found == given else dialect_for(url).reached_at(url, found.host, found.port)

    def _find(self, given: Address) -> Address:
        if self._host != "auto":
            return Address(self._host, given.port)
        for address in self._candidates(given):
            if self._around.connects(address):
                if address != given:
                    self._tell(f"{given.host}:{given.port} is reached at {address.host}:{address.port}")
                return address
        self._tell(
            f"nothing answers on {given.host}:{given.port} from inside the container of this action: for a "
            f"service of the job, use its name (the key under `services:`) in place of {given.host}"
        )
        return given

    def _candidates(self, given: Address) -> Iterator[Address]:
        yield given
        if gateway := self._around.gateway():
            yield Address(gateway, given.port)
        if publisher := self._around.publisher(given.port):
            yield publisher


def in_container_action(environ: Mapping[str, str], root: Path = Path("/")) -> bool:
    """Do we run as a container action of a GitHub workflow?"""
    return (
        environ.get("GITHUB_ACTIONS") == "true"
        and environ.get("GITHUB_WORKSPACE") == "/github/workspace"
        and (root / ".dockerenv").exists()
    )


def gateway_of(routes: str) -> str:
    """The default gateway in the text of `/proc/net/route`, whose addresses are little-endian hex."""
    for line in routes.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 2 and fields[1] == "00000000" and fields[2] != "00000000":
            return str(IPv4Address(int.from_bytes(bytes.fromhex(fields[2]), "little")))
    return ""


def publisher_of(
    port: int, own: Mapping[str, object], others: Sequence[Mapping[str, object]]
) -> Address | None:
    """Of containers as Docker describes them: who publishes `port` and shares a network with `own`.

    Its address is the alias it has there, and the port inside the container.
    """
    networks = _networks(own)
    for container in others:
        for inside, host_ports in _ports(container).items():
            if str(port) not in host_ports:
                continue
            for network, aliases in _networks(container).items():
                if network in networks and aliases:
                    return Address(aliases[0], int(inside.partition("/")[0]))
    return None


def _networks(container: Mapping[str, object]) -> dict[str, list[str]]:
    """The aliases of a container by network, without those that are only its id."""
    settings: object = container.get("NetworkSettings")
    found = settings.get("Networks") if isinstance(settings, Mapping) else None
    name = str(container.get("Id", ""))
    return {
        network: [alias for alias in details.get("Aliases") or [] if not name.startswith(alias)]
        for network, details in (found or {}).items()
    }


def _ports(container: Mapping[str, object]) -> dict[str, list[str]]:
    """The host's ports by port of the container (`5432/tcp`)."""
    settings: object = container.get("NetworkSettings")
    found = settings.get("Ports") if isinstance(settings, Mapping) else None
    return {
        inside: [binding.get("HostPort", "") for binding in bindings or []]
        for inside, bindings in (found or {}).items()
    }
