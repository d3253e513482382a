"""Azure without a key of the account: whom we are taken for, and what is said where nobody knows us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from backstay.errors import AuthError, BackstayError, ConfigError, CorruptError, NetworkError
from backstay.registry.http_api import JSON
from backstay.storage import azure_identity, remote
from backstay.storage.certificates import AUTHORITIES
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.registry.simulator import error_of
from tests.servers.authority import Authority
from tests.servers.process import free_port
from tests.servers.s3 import S3Server
from tests.servers.scripted import Reply, ScriptedServer, scripted_server
from tests.storage.test_certificates import CONTAINER

GIVEN = Reply(
    200, b'{"access_token":"a-token","expires_in":3600,"token_type":"Bearer"}', {"Content-Type": JSON}
)
VARIABLES = (
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
)


@pytest.fixture(autouse=True)
def nobody(
    monkeypatch: pytest.MonkeyPatch, credentials: Callable[[S3Server], None], tmp_path: Path
) -> Authority:
    """No identity of this machine, which nobody may be asked for; an authority that is trusted."""
    credentials(S3Server(""))
    for name in (*VARIABLES, *AUTHORITIES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(azure_identity, "MACHINE", f"http://127.0.0.1:{free_port()}/token")
    monkeypatch.setattr(remote, "PAUSES", ())
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
def account(nobody: Authority) -> Iterator[ScriptedServer]:
    """A storage account that takes whatever token it is given."""
    with scripted_server(CONTAINER, tls=nobody.server()) as server:
        yield server


def store(account: ScriptedServer) -> Store:
    return open_store(f"azblob://container?endpoint={account.endpoint}")


def be_federated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str) -> None:
    (tmp_path / "assertion").write_text("an-assertion\n")
    settings = {"AZURE_CLIENT_ID": "me", "AZURE_TENANT_ID": "us", "AZURE_AUTHORITY_HOST": host}
    for name, value in {**settings, "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "assertion")}.items():
        monkeypatch.setenv(name, value)


def test_a_job_that_its_ci_system_vouches_for_needs_no_key(
    account: ScriptedServer, nobody: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with scripted_server(GIVEN, tls=nobody.server()) as entra:
        be_federated(monkeypatch, tmp_path, entra.endpoint + "/")
        opened = store(account)
        assert list(opened.list("")) == list(opened.list("")) == []
    (asked,) = entra.requests
    assert (asked.method, asked.path) == ("POST", "/us/oauth2/v2.0/token")
    assert {name: value for name, (value,) in parse_qs(asked.body.decode()).items()} == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "scope": "https://storage.azure.com/.default",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "an-assertion",
    }
    assert [request.headers["Authorization"] for request in account.requests] == ["Bearer a-token"] * 2


def test_a_service_principal_has_a_secret(
    account: ScriptedServer, nobody: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_server(GIVEN, tls=nobody.server()) as entra:
        for name, value in zip(VARIABLES, ("me", "us", "a-secret", "", entra.endpoint), strict=False):
            monkeypatch.setenv(name, value)
        list(store(account).list(""))
    assert parse_qs(entra.requests[0].body.decode())["client_secret"] == ["a-secret"]


@pytest.mark.parametrize("where", ["app", "machine"])
@pytest.mark.parametrize("client", ["", "me"])
def test_an_app_and_a_machine_have_an_identity(
    where: str, client: str, account: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_ID", client)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", urlsplit(account.endpoint).netloc)
    with scripted_server(GIVEN) as service:
        if where == "app":
            monkeypatch.setenv("IDENTITY_ENDPOINT", f"{service.endpoint}/token")
            monkeypatch.setenv("IDENTITY_HEADER", "a-header")
        else:
            monkeypatch.setattr(azure_identity, "MACHINE", f"{service.endpoint}/token")
        list(store(account).list(""))
    (asked,) = service.requests
    query = {name: value for name, (value,) in parse_qs(urlsplit(asked.path).query).items()}
    assert query.pop("api-version")
    expected = {"resource": "https://storage.azure.com"}
    assert query == ({**expected, "client_id": client} if client else expected)
    header = {"app": ("X-IDENTITY-HEADER", "a-header"), "machine": ("Metadata", "true")}[where]
    assert asked.headers[header[0]] == header[1]


def test_where_nobody_knows_us_it_says_what_to_set(account: ScriptedServer) -> None:
    error = error_of(lambda: list(store(account).list("")))
    assert type(error) is AuthError
    assert "there are no credentials" in error.message
    assert "AZURE_STORAGE_KEY" in error.hint
    assert account.requests == []


FAILURES: list[tuple[str, Reply, type[BackstayError], str]] = [
    ("refused", Reply(401, b'{"error":"invalid_client","error_description":"an-assertion"}'),
     AuthError, "workload identity of AZURE_FEDERATED_TOKEN_FILE is refused (HTTP 401 invalid_client)"),
    ("no JSON", Reply(200, b"<html>"), CorruptError, "something else"),
    ("redirected", Reply(302, headers={"Location": "http://127.0.0.1:1/"}), AuthError, "HTTP 302"),
    ("cut short", Reply(200, b"{", length=99), CorruptError, "workload identity"),
    ("away", Reply(503), NetworkError, "HTTP 503"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "reply", "kind", "words"), FAILURES, ids=[row[0] for row in FAILURES])
def test_a_token_that_is_not_given_is_explained(
    _: str,
    reply: Reply,
    kind: type[BackstayError],
    words: str,
    account: ScriptedServer,
    nobody: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with scripted_server(reply, tls=nobody.server()) as entra:
        be_federated(monkeypatch, tmp_path, entra.endpoint)
        error = error_of(lambda: list(store(account).list("")))
    assert type(error) is kind, error
    assert words in error.message
    assert "an-assertion" not in error.message + error.hint
    assert account.requests == []


@pytest.mark.parametrize("broken", ["the file", "the host"])
def test_settings_that_cannot_work_are_named(
    broken: str, account: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    be_federated(
        monkeypatch, tmp_path, "http://127.0.0.1:1" if broken == "the host" else "https://127.0.0.1:1"
    )
    if broken == "the file":
        (tmp_path / "assertion").unlink()
    error = error_of(lambda: list(store(account).list("")))
    assert type(error) is ConfigError
    assert "AZURE_" in error.message
