"""Own authorities and client certificates, for registry servers and stores; and settings that cannot work."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from backstay.errors import BackstayError, ConfigError, NetworkError
from backstay.registry.http_api import JSON
from backstay.registry.http_connection import Connection
from backstay.registry.http_replica import HttpReplica
from backstay.storage import remote
from backstay.storage.certificates import AUTHORITIES, CERTIFICATE, KEY, authorities, client_certificate
from backstay.storage.open import open_store
from tests.registry.simulator import error_of
from tests.servers.authority import Authority
from tests.servers.s3 import S3Server
from tests.servers.scripted import Reply, scripted_server

PLANS = Reply(200, b'{"items":[]}', {"Content-Type": JSON, "ETag": '"e"'})
LIST = Reply(200, b"<ListBucketResult><Name>bucket</Name></ListBucketResult>")
BLOBS = Reply(200, b'{"kind":"storage#objects"}', {"Content-Type": JSON})
CONTAINER = Reply(
    200,
    b'<EnumerationResults ContainerName="container"><Blobs></Blobs><NextMarker/></EnumerationResults>',
    {"Content-Type": "application/xml"},
)

Ask = Callable[[str], object]
SERVICES: dict[str, tuple[Reply, Ask]] = {
    "a registry server": (PLANS, lambda url: HttpReplica(Connection(url)).plan_keys("app")),
    "an S3 server": (LIST, lambda url: list(open_store(f"s3://bucket?endpoint={url}").list(""))),
    "a GCS server": (
        BLOBS,
        lambda url: list(open_store(f"gs://bucket?endpoint={url}&anonymous=true").list("")),
    ),
    "Azure": (
        CONTAINER,
        lambda url: list(open_store(f"azblob://container?endpoint={url}&anonymous=true").list("")),
    ),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, credentials: Callable[[S3Server], None]) -> None:
    credentials(S3Server(""))
    monkeypatch.setattr(remote, "PAUSES", ())
    for name in (*AUTHORITIES, "AWS_CA_BUNDLE", CERTIFICATE, KEY):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize("variable", AUTHORITIES)
@pytest.mark.parametrize("name", SERVICES)
def test_an_authority_of_ones_own_is_trusted(
    name: str, variable: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply, ask = SERVICES[name]
    with scripted_server(reply, tls=authority.server()) as server:
        error = error_of(lambda: ask(server.endpoint))
        assert isinstance(error, NetworkError)
        assert "TLS failed (unable to get local issuer certificate)" in error.message
        assert server.requests == []
        monkeypatch.setenv(variable, str(authority.file))
        ask(server.endpoint)
        assert len(server.requests) == 1


DOUBTFUL: dict[str, tuple[dict[str, object], str]] = {
    "expired": ({"age": timedelta(days=1)}, "certificate has expired"),
    "of tomorrow": ({"age": timedelta(days=-1)}, "certificate is not yet valid"),
    "of another host": ({"host": "127.0.0.2"}, "(not valid for|hostname) '127.0.0.1'"),
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
@pytest.mark.parametrize("name", SERVICES)
def test_a_certificate_that_does_not_count_is_said_to_be_what_it_is(
    name: str, doubt: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply, ask = SERVICES[name]
    settings, words = DOUBTFUL[doubt]
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with scripted_server(reply, tls=authority.server(**settings)) as server:
        error = error_of(lambda: ask(server.endpoint))
        assert isinstance(error, NetworkError)
        assert "TLS failed" in error.message
        assert re.search(words, error.message)
        assert server.requests == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_server_that_asks_for_a_certificate_gets_it(
    name: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply, ask = SERVICES[name]
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    certificate, key = authority.issue("client")
    with scripted_server(reply, tls=authority.server(asks_for_certificate=True)) as server:
        assert isinstance(error_of(lambda: ask(server.endpoint)), NetworkError)
        monkeypatch.setenv(CERTIFICATE, str(certificate))
        monkeypatch.setenv(KEY, str(key))
        ask(server.endpoint)
        assert len(server.requests) == 1


def test_a_key_may_be_in_the_file_of_its_certificate(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("client")
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    assert client_certificate({CERTIFICATE: str(both)}) == (str(both), str(both))
    assert client_certificate({}) is None


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("a key alone", {KEY: "client.key"}, "BACKSTAY_CLIENT_CERT is not"),
    ("a certificate alone", {CERTIFICATE: "client.pem"}, "not a pair"),
    ("a key of another one", {CERTIFICATE: "client.pem", KEY: "other.key"}, "not a pair"),
    ("a key in its place", {CERTIFICATE: "client.key", KEY: "client.key"}, "not a pair"),
    ("no file", {CERTIFICATE: "gone.pem", KEY: "client.key"}, "cannot be read"),
    ("a directory", {CERTIFICATE: ".", KEY: "client.key"}, "cannot be read|not a pair"),
    ("a password", {CERTIFICATE: "safe.pem", KEY: "safe.key"}, "encrypted"),
]


@pytest.mark.parametrize(("_", "names", "words"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_no_pair_is_refused_before_anything_is_sent(
    _: str,
    names: dict[str, str],
    words: str,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("client", "other"):
        authority.issue(name)
    authority.issue("safe", password=b"hush")
    for name, file in names.items():
        monkeypatch.setenv(name, str(tmp_path / file))
    for reply, ask in SERVICES.values():
        with scripted_server(reply) as server:
            error = error_of(lambda ask=ask, url=server.endpoint: ask(url.replace("http:", "https:")))  # type: ignore[misc]
            assert type(error) is ConfigError
            assert any(word in error.message for word in words.split("|"))
            assert error.hint


@pytest.mark.parametrize("variable", AUTHORITIES)
def test_authorities_that_are_not_there_are_named(variable: str) -> None:
    error: BackstayError = error_of(lambda: authorities({variable: "/nowhere/ca.pem"}))
    assert type(error) is ConfigError
    assert "/nowhere/ca.pem" in error.message
    assert variable in error.hint
