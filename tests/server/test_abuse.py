"""Requests that nobody honest sends. Each is refused with a problem document, and changes nothing."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from backstay.registry import chain, http_api
from backstay.schema.canonical import encode
from backstay.storage.memory import MemoryStore
from tests.server.asking import IF_ABSENT, PLAN, PLAN_PATH, SECONDS, STATE, ask, filled, next_entry, raw
from tests.servers.registry import RegistryServer, registry_server

ENTRY = next_entry(next_entry(None, "latest"), "latest")
ENTRY_PATH = http_api.entry("app", 2)
STATE_PATH = http_api.state("app", chain.digest(STATE))
DEPLOYMENTS = http_api.deployments("app")
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[RegistryServer, str]]:
    with registry_server(MemoryStore()) as server:
        filled(server)
        yield server, server.token()


def sealed(**changes: object) -> bytes:
    return chain.seal(replace(ENTRY.record, **changes)).data


def with_member(data: bytes, member: bytes) -> bytes:
    return data[:-1] + b"," + member + b"}"


PATHS = [
    "/v1/repos/../tokens/head",
    "/v1/repos/%2e%2e/head",
    "/v1/repos/..%2f..%2fetc/head",
    "/v1/repos/.backstay/head",
    "/v1/repos/=2e=2e/../../head",
    "/v1/repos/App/head",
    "/v1/repos/a=2F/head",
    "/v1/repos/a=61/head",
    "/v1/repos/a%00b/head",
    "/v1/repos/%252e%252e/head",
    "/v1/repos/%c0%ae%c0%ae/head",
    "/v1/repos/%ef%bc%8e%ef%bc%8e/head",
    "/v1/repos/a%2fb/head",
    "/v1/repos/%zz/head",
    "/v1/repos/app;x/head",
    "/v1/repos/app/head/",
    "//v1/repos/app/head",
    "/v1\\repos\\app\\head",
    "/V1/repos/app/head",
    "/v1/repos/" + "a" * 3000 + "/head",
    "/v1/repos/app/tags/" + "a" * 3000,
    "http://elsewhere.example/v1/repos/app/head",
    "/v1/repos/=ff/head",
    "/v1/repos//head",
    "/v1/repos/app/log/0",
    "/v1/repos/app/log/-1",
    "/v1/repos/app/log/1e3",
    "/v1/repos/app/log/01",
    "/v1/repos/app/log/99999999999",
    "/v1/repos/app/log/\u0661",
    "/v1/repos/app/states/..",
    "/v1/repos/app/states/" + "A" * 64,
    "/v1/repos/app/states/" + "0" * 63,
    "/v1/repos/app/tags/..%5clatest",
    "/v1/repos/app/deployments/..%2f..%2flog%2f0000000001",
    "/v1/repos/app/log?limit=0",
    "/v1/repos/app/log?limit=101",
    "/v1/repos/app/log?limit=1e1",
    "/v1/repos/app/log?limit=5&limit=6",
    "/v1/repos/app/log?after=x",
    "/v1/repos/app/log?unknown=1",
    "/v1/repos/app/tags?after=" + "a" * 3000,
    "/v2/repos/app/head",
    "/" + "a" * 5000,
]


@pytest.mark.parametrize("path", PATHS, ids=[path[:40] for path in PATHS])
def test_paths_lead_nowhere(running: tuple[RegistryServer, str], path: str) -> None:
    server, token = running
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    assert raw(server, request.encode()) in (400, 404)


BODIES: list[tuple[str, str, bytes, int]] = [
    ("no JSON", ENTRY_PATH, b"<html>", 400),
    ("nothing", ENTRY_PATH, b"", 400),
    ("an array", ENTRY_PATH, b"[]", 400),
    ("deep JSON", ENTRY_PATH, DEEP, 400),
    ("deep JSON in a state", http_api.state("app", chain.digest(DEEP)), DEEP, 400),
    ("a state that is a text", http_api.state("app", chain.digest(b'"x"')), b'"x"', 400),
    ("a state of another digest", STATE_PATH, STATE + b" ", 400),
    ("a key twice", ENTRY_PATH, with_member(ENTRY.data, b'"repo":"app"'), 400),
    ("white space", ENTRY_PATH, json.dumps(json.loads(ENTRY.data)).encode(), 400),
    ("trailing garbage", ENTRY_PATH, ENTRY.data + b"{}", 400),
    ("NaN", ENTRY_PATH, ENTRY.data.replace(b'"sequence":2', b'"sequence":NaN'), 400),
    ("a huge number", ENTRY_PATH, ENTRY.data.replace(b'"sequence":2', b'"sequence":' + b"9" * 5000), 400),
    ("an infinite number", ENTRY_PATH, ENTRY.data.replace(b'"sequence":2', b'"sequence":1e400'), 400),
    ("half a surrogate pair", ENTRY_PATH, ENTRY.data.replace(b'"v2"', b'"\\ud800"'), 400),
    ("not UTF-8", ENTRY_PATH, ENTRY.data.replace(b'"v2"', b'"\xff"'), 400),
    ("a byte order mark", ENTRY_PATH, b"\xef\xbb\xbf" + ENTRY.data, 400),
    ("an entry of another repository", ENTRY_PATH, sealed(repo="other"), 400),
    ("an entry of another place", ENTRY_PATH, sealed(sequence=3), 400),
    ("a tag without a name", ENTRY_PATH, sealed(tags=("",)), 400),
    ("an endless name", ENTRY_PATH, sealed(version="v" * 1000), 400),
    ("an entry that continues nothing", ENTRY_PATH, sealed(parent="0" * 64), 409),
    ("an entry far ahead", http_api.entry("app", 9), chain.seal(replace(ENTRY.record, sequence=9)).data, 409),
    ("an entry without its state", ENTRY_PATH, sealed(state="0" * 64), 409),
    ("an entry whose state is a path", ENTRY_PATH, sealed(state="../../x"), 400),
    ("an entry in the place of another", http_api.entry("app", 1), next_entry(None, "other").data, 412),
    ("too large an entry", ENTRY_PATH, sealed(description="x" * (1 << 20)), 413),
    ("a plan with unknown parts", PLAN_PATH, with_member(encode(PLAN), b'"zzz":1'), 400),
    ("a plan for another place", PLAN_PATH, encode(replace(PLAN, plan=replace(PLAN.plan, name="x"))), 400),
    ("a plan with other SQL", PLAN_PATH, encode(replace(PLAN, plan=replace(PLAN.plan, migration="x"))), 409),
    ("a plan of revision 0", PLAN_PATH, encode(replace(PLAN, revision=0)), 400),
    ("a deployment with unknown parts", DEPLOYMENTS,
     b'{"target":"a","from_hash":"","to_hash":"","result":"APPLIED","x":1}', 400),
    ("a deployment twice", DEPLOYMENTS,
     b'{"target":"a","from_hash":"","to_hash":"","result":"APPLIED","target":"b"}', 400),
    ("a deployment of no known end", DEPLOYMENTS,
     b'{"target":"a","from_hash":"","to_hash":"","result":"?"}', 400),
    ("too large a deployment", DEPLOYMENTS, b'{"target":"' + b"a" * 70_000 + b'"}', 413),
    ("an approval that is no object", f"{PLAN_PATH}/approvals", b"[1]", 400),
]  # fmt: skip


@pytest.mark.parametrize(("_", "path", "body", "status"), BODIES, ids=[row[0] for row in BODIES])
def test_bodies_are_refused(
    running: tuple[RegistryServer, str], _: str, path: str, body: bytes, status: int
) -> None:
    server, token = running
    before = contents(server)
    method = "POST" if path.endswith(("deployments", "approvals")) else "PUT"
    answer = ask(server, method, path, token, body, headers=IF_ABSENT if "/log/" in path else {})
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == http_api.PROBLEM_JSON
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text
    assert contents(server) == before


HEADERS: list[tuple[str, dict[str, str], int]] = [
    ("compressed", {"Content-Encoding": "gzip"}, 415),
    ("compressed twice", {"Content-Encoding": "identity, gzip"}, 415),
    ("a form", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ("without a condition", {"If-None-Match": ""}, 428),
    ("with another condition", {"If-None-Match": '"x"'}, 428),
]


@pytest.mark.parametrize(("_", "headers", "status"), HEADERS, ids=[row[0] for row in HEADERS])
def test_headers_are_refused(
    running: tuple[RegistryServer, str], _: str, headers: dict[str, str], status: int
) -> None:
    server, token = running
    bomb = gzip.compress(b" " * 10_000_000)
    body = bomb if "Content-Encoding" in headers else ENTRY.data
    answer = ask(server, "PUT", ENTRY_PATH, token, body, headers={**IF_ABSENT, **headers})
    assert answer.status_code == status, answer.text


CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"
RAW: list[tuple[str, Callable[[str], bytes], set[int]]] = [
    ("no HTTP", lambda head: b"\x16\x03\x01\x02\x00" * 100, {400}),
    ("a header without end", lambda head: (head + "X: " + "a" * 100_000).encode(), {400, 431}),
    ("thousands of headers", lambda head: (head + "X: a\r\n" * 10_000).encode(), {400, 431}),
    ("two lengths",
     lambda head: (head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde").encode(), {400}),
    ("a negative length", lambda head: (head + "Content-Length: -1\r\n\r\n").encode(), {400}),
    ("a length and chunks",
     lambda head: (head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").encode(),
     {400}),
    ("a bad chunk", lambda head: (head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n").encode(), {400}),
    ("a huge length", lambda head: (head + "Content-Length: 99999999999\r\n\r\n").encode(), {413}),
    ("chunks that are too many",
     lambda head: (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + CHUNK * 20 + b"0\r\n\r\n",
     {413}),
    ("a header over two lines", lambda head: (head + "X: a\r\n\tb\0\r\n\r\n").encode(), {400}),
    ("two tokens", lambda head: (head + "Authorization: Bearer x\r\n\r\n").encode(), {400}),
    ("two conditions", lambda head: (head + 'If-None-Match: "x"\r\n\r\n').encode(), {400}),
    ("two types",
     lambda head: (head + "Content-Type: application/json\r\nContent-Type: a/b\r\n\r\n").encode(), {400}),
    ("two encodings",
     lambda head: (head + "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n").encode(), {400}),
    ("a token over two lines of which one is a carriage return",
     lambda head: (head + "X: a\rAuthorization: Bearer x\r\n\r\n").encode(), {400}),
    ("chunks of HTTP/1.0",
     lambda head: (head.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").encode(),
     {400}),
    ("chunks of another kind", lambda head: (head + "Transfer-Encoding: xchunked\r\n\r\n").encode(), {400}),
    ("a length with a sign", lambda head: (head + "Content-Length: +5\r\n\r\nabcde").encode(), {400}),
    ("a method without end", lambda head: ("A" * 20_000 + head + "\r\n").encode(), {400, 405}),
]  # fmt: skip


@pytest.mark.parametrize(("_", "make", "statuses"), RAW, ids=[row[0] for row in RAW])
def test_bytes_are_refused(
    running: tuple[RegistryServer, str], _: str, make: Callable[[str], bytes], statuses: set[int]
) -> None:
    server, token = running
    before = contents(server)
    head = f"PUT {ENTRY_PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIf-None-Match: *\r\n"
    assert raw(server, make(head)) in statuses
    assert contents(server) == before
    assert ask(server, "GET", http_api.head("app"), token).status_code == 200


def test_nothing_follows_a_request_whose_length_is_doubtful(running: tuple[RegistryServer, str]) -> None:
    server, _ = running
    smuggled = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    for framing in (b"Content-Length: 4\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked"):
        version = b"1.1" if b"Length" in framing else b"1.0"
        request = b"POST /healthz HTTP/%s\r\nHost: x\r\n%s\r\n\r\n0\r\n\r\n%s" % (version, framing, smuggled)
        said = everything(server, request)
        assert said.startswith(b"HTTP/1.1 400 ")
        assert said.count(b"HTTP/1.1") == 1


def test_requests_in_one_go_are_answered_in_their_order(running: tuple[RegistryServer, str]) -> None:
    server, token = running
    head = f"Host: x\r\nAuthorization: Bearer {token}\r\n"
    paths = [http_api.head("app"), "/nowhere", http_api.state("app", chain.digest(STATE))] * 30
    requests = [f"GET {path} HTTP/1.1\r\n{head}\r\n" for path in paths]
    last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    said = everything(server, "".join([*requests, last]).encode())
    statuses = [int(status) for status in re.findall(rb"HTTP/1.1 (\d{3})", said)]
    assert statuses == [200, 404, 200] * 30 + [200]


ODD: list[tuple[str, dict[str, str], int]] = [
    ("a range that is none", {"Range": "bytes=0-0,99999999999999999999-,-5,x"}, 200),
    ("an entity tag without end", {"If-None-Match": 'W/"'}, 200),
    ("thousands of entity tags", {"If-None-Match": ", ".join(['"x"'] * 2000)}, 200),
    ("a date that is none", {"If-Modified-Since": "yesterday"}, 200),
    ("a path for another server", {"X-Original-URL": "/metrics", "X-Rewrite-URL": "/metrics"}, 200),
    ("another method", {"X-HTTP-Method-Override": "DELETE"}, 200),
    ("another protocol", {"Connection": "Upgrade", "Upgrade": "h2c"}, 200),
    ("another language", {"Accept": "text/html", "Accept-Encoding": "br"}, 200),
]


@pytest.mark.parametrize(("_", "headers", "status"), ODD, ids=[row[0] for row in ODD])
def test_headers_that_mean_nothing_here_change_nothing(
    running: tuple[RegistryServer, str], _: str, headers: dict[str, str], status: int
) -> None:
    server, token = running
    answer = ask(server, "GET", http_api.head("app"), token, headers=headers)
    assert answer.status_code == status
    assert answer.json()["repo"] == "app"


def test_a_plan_of_millions_of_parts_is_refused_before_it_is_built(
    running: tuple[RegistryServer, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backstay.server.calls.json.loads", _never)
    server, token = running
    body = b'{"plan":{},"other":[' + b"{}," * 4_000_000 + b"{}]}"
    assert ask(server, "PUT", PLAN_PATH, token, body).status_code == 400


def _never(*_: object, **__: object) -> None:
    raise AssertionError("this builds whatever it is given")


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_methods_are_refused(running: tuple[RegistryServer, str], method: str) -> None:
    server, token = running
    answer = ask(server, method, ENTRY_PATH, token)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT"}


def test_nothing_of_a_body_is_read_for_who_may_not_write(running: tuple[RegistryServer, str]) -> None:
    server, _ = running
    reader = server.token("read")
    for token, status in ((reader, 403), ("bst_nobody", 401)):
        head = f"PUT {STATE_PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        assert raw(server, f"{head}Content-Length: 60000000\r\n\r\n".encode()) == status


def everything(server: RegistryServer, data: bytes) -> bytes:
    """All that is said to these bytes, until the server hangs up."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def contents(server: RegistryServer) -> dict[str, bytes]:
    """Everything that is stored, except for tokens."""
    keys = [key for key in server.store.list("") if not key.startswith(".backstay/")]
    return {key: server.store.get(key).data for key in keys}
