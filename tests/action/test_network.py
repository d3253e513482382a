"""Where a database on `localhost` is found from inside a container."""

from __future__ import annotations

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from backstay.action.network import Address, Loopback, gateway_of, in_container_action, publisher_of
from backstay.action.network import Surroundings as Around
from tests.servers.process import serving

GIVEN = "postgres://postgres:p%40ss@localhost:5432/dev?sslmode=disable"
AT_GATEWAY = "postgres://postgres:p%40ss@172.17.0.1:5432/dev?sslmode=disable"
AT_SERVICE = "postgres://postgres:p%40ss@postgres:15432/dev?sslmode=disable"


class Surroundings:
    """A network of which one knows what answers."""

    def __init__(self, *answering: tuple[str, int], gateway="172.17.0.1", publisher=None):
        self.answering = {Address(*address) for address in answering}
        self.tried: list[Address] = []
        self._gateway, self._publisher = gateway, publisher

    def connects(self, address):
        self.tried.append(address)
        return address in self.answering

    def gateway(self):
        return self._gateway

    def publisher(self, port):
        return self._publisher


def locate(url, surroundings, host="auto"):
    told: list[str] = []
    return Loopback(host, surroundings, told.append).locate(url), told


@pytest.mark.parametrize(
    ("surroundings", "found", "notices"),
    [
        (Surroundings(("localhost", 5432), ("172.17.0.1", 5432)), GIVEN, 0),
        (Surroundings(("172.17.0.1", 5432)), AT_GATEWAY, 1),
        (Surroundings(("postgres", 15432), publisher=Address("postgres", 15432)), AT_SERVICE, 1),
        (Surroundings(("postgres", 15432), gateway="", publisher=Address("postgres", 15432)), AT_SERVICE, 1),
        (Surroundings(), GIVEN, 1),
    ],
)
def test_the_first_address_that_answers_is_used(surroundings, found, notices):
    url, told = locate(GIVEN, surroundings)
    assert url == found
    assert len(told) == notices


def test_where_nothing_answers_the_notice_says_how_to_name_a_service():
    _, (told,) = locate(GIVEN, Surroundings())
    assert told == (
        "nothing answers on localhost:5432 from inside the container of this action: "
        "for a service of the job, use its name (the key under `services:`) in place of localhost"
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgres://db.example.com:5432/app",
        "postgres://localhost/app",
        "postgres:///app?host=/var/run/postgresql",
        "sqlite://file.db",
        "file://schema.hcl",
        "docker://postgres/16/dev",
        "atlas://app",
        "postgres://localhost:notaport/x",
        "no url",
    ],
)
def test_other_urls_stay_and_nothing_is_tried(url):
    surroundings = Surroundings()
    assert locate(url, surroundings) == (url, [])
    assert surroundings.tried == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_every_spelling_of_loopback_counts(host):
    url, _ = locate(f"postgres://{host}:5432/dev", Surroundings(("172.17.0.1", 5432)))
    assert url == "postgres://172.17.0.1:5432/dev"


def test_off_leaves_urls_alone_and_a_host_is_used_unseen():
    assert locate(GIVEN, Surroundings(), "off") == (GIVEN, [])
    assert locate(GIVEN, Surroundings(), "postgres")[0] == GIVEN.replace("localhost", "postgres")


def test_an_address_is_looked_for_once():
    surroundings = Surroundings(("172.17.0.1", 5432))
    loopback = Loopback("auto", surroundings, lambda text: None)
    assert loopback.locate(GIVEN) == AT_GATEWAY
    assert loopback.locate("postgres://other@localhost:5432/x") == "postgres://other@172.17.0.1:5432/x"
    assert len(surroundings.tried) == 2


ROUTES = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
)


@pytest.mark.parametrize(
    ("routes", "gateway"), [(ROUTES, "172.17.0.1"), (ROUTES.rsplit("eth0", 1)[0], ""), ("", "")]
)
def test_the_gateway_is_read_from_the_routing_table(routes, gateway):
    assert gateway_of(routes) == gateway


def container(id, ports, networks):
    bindings = {inside: [{"HostIp": "0.0.0.0", "HostPort": host}] for inside, host in ports.items()}
    return {
        "Id": id,
        "NetworkSettings": {
            "Ports": {**bindings, "9999/tcp": None},
            "Networks": {name: {"Aliases": aliases} for name, aliases in networks.items()},
        },
    }


OWN = container("0000aaaa", {}, {"github_network": ["0000aaaa"]})


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (
            [container("1111bbbb", {"5432/tcp": "5432"}, {"github_network": ["1111bb", "postgres"]})],
            "postgres",
        ),
        ([container("1111bbbb", {"5432/tcp": "5432"}, {"other": ["postgres"]})], None),
        ([container("1111bbbb", {"5432/tcp": "5433"}, {"github_network": ["postgres"]})], None),
        ([container("1111bbbb", {"5432/tcp": "5432"}, {"github_network": None})], None),
        ([{"Id": "1111bbbb"}], None),
    ],
)
def test_a_service_is_the_container_of_our_network_that_publishes_the_port(others, found):
    assert publisher_of(5432, OWN, others) == (Address(found, 5432) if found else None)


def test_a_container_action_is_known_by_its_workspace_and_dockers_mark(tmp_path):
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/github/workspace"}
    assert not in_container_action(environ, tmp_path)
    (tmp_path / ".dockerenv").touch()
    assert in_container_action(environ, tmp_path)
    assert not in_container_action({**environ, "GITHUB_WORKSPACE": "/home/runner/work"}, tmp_path)


class DockerEngine(BaseHTTPRequestHandler):
    """The few answers of Docker's API that the look-up of a service needs."""

    containers = {
        socket.gethostname(): OWN,
        "1111bbbb": container("1111bbbb", {"5432/tcp": "15432"}, {"github_network": ["1111bb", "postgres"]}),
    }

    def do_GET(self):
        path = self.path.partition("?")[0]
        name = path.split("/")[-2]
        if path.endswith("/version"):
            answer = {"ApiVersion": "1.44", "MinAPIVersion": "1.24"}
        elif path.endswith("/containers/json"):
            answer = [{"Id": found["Id"]} for found in self.containers.values()]
        else:
            by_id = {found["Id"]: found for found in self.containers.values()}
            answer = (by_id | self.containers)[name]
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def test_docker_tells_which_service_publishes_a_port(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), DockerEngine)
    with serving(server):
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        assert Around().publisher(15432) == Address("postgres", 5432)
        assert Around().publisher(1) is None


def test_without_docker_no_service_is_found(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert Around().publisher(5432) is None


def test_a_port_is_tried_for_real():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address(*server.getsockname())
        assert Around().connects(address)
    assert not Around().connects(address)
