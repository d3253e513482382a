"""What every remote store makes of servers that fail, lie or are not there: the same of each."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import pytest

from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    CorruptError,
    NetworkError,
    NotFoundError,
)
from backstay.storage import body, remote
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.servers.process import free_port
from tests.servers.s3 import S3Server
from tests.servers.scripted import Reply, ScriptedServer, scripted_server

SECRET = "bm90LWEtcmVhbC1zZWNyZXQ="
URLS = {
    "s3": "s3://bucket/prefix?region=us-east-1&endpoint=http://{host}",
    "gs": "gs://bucket/prefix?endpoint=http://{host}&anonymous=true",
    "azblob": "azblob://container/prefix?endpoint=http://{host}/account&storage_account=account",
    "oci": "oci://user:" + SECRET + "@{host}/some/repository?conditional=off&plain_http=true",
}
LIMIT = 1_000_000


@pytest.fixture(params=URLS)
def url(request: pytest.FixtureRequest) -> str:
    return URLS[request.param]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch, credentials: Callable[[S3Server], None]) -> None:
    """Credentials, and no pauses between attempts."""
    monkeypatch.setattr(remote, "PAUSES", (0, 0))
    credentials(S3Server("", access_key="key", secret_key=SECRET))
    monkeypatch.setenv("AZURE_STORAGE_KEY", SECRET)


@pytest.fixture
def serve(url: str) -> Iterator[Callable[..., tuple[Store, ScriptedServer]]]:
    """A store on a server with these replies."""
    with ExitStack() as stack:

        def start(*replies: Reply) -> tuple[Store, ScriptedServer]:
            server = stack.enter_context(scripted_server(*replies))
            return open_store(url.format(host=server.endpoint.removeprefix("http://"))), server

        yield start


class Case(msgspec.Struct, frozen=True):
    """A reply, the class it becomes, and how often is asked."""

    reply: Reply
    error: type[BackstayError]
    requests: int = 1


HTML = {"Content-Type": "text/html"}
CASES = {
    "400": Case(Reply(400), ConfigError),
    "403": Case(Reply(403), AuthError),
    "403 of a proxy": Case(Reply(403, b"<html>not you", HTML), AuthError),
    "404": Case(Reply(404), NotFoundError),
    "429": Case(Reply(429), NetworkError, requests=3),
    "500": Case(Reply(500), NetworkError, requests=3),
    "502 of a proxy": Case(Reply(502, b"<html>bad gateway", HTML), NetworkError, requests=3),
    "503": Case(Reply(503), NetworkError, requests=3),
    "504": Case(Reply(504), NetworkError, requests=3),
    "200 of a login page": Case(Reply(200, b"<html>Please log in</html>", HTML), CorruptError),
    "an empty 200": Case(Reply(200), CorruptError),
    "silence": Case(Reply(hang=True), NetworkError, requests=3),
}


@pytest.mark.parametrize("name", CASES)
def test_each_failure_has_its_error(
    name: str, serve: Callable[..., tuple[Store, ScriptedServer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    if case.reply.hang:
        monkeypatch.setattr(remote, "READ_SECONDS", 0.2)
    store, server = serve(case.reply)
    with pytest.raises(case.error) as caught:
        store.get("key")
    assert type(caught.value) is case.error
    assert store.url.partition("://")[0] in caught.value.message
    assert SECRET not in repr(caught.value)
    assert SECRET not in caught.value.message
    assert "\n" not in caught.value.message
    assert len(server.requests) == case.requests


def test_who_is_not_let_in_is_told_which_credentials_were_used(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, _ = serve(Reply(403))
    with pytest.raises(AuthError, match=r"\(credentials from .+\)"):
        store.get("key")


@pytest.mark.parametrize("act", ["put", "list"])
def test_a_page_that_says_yes_to_everything_is_not_believed(
    act: str, serve: Callable[..., tuple[Store, ScriptedServer]]
) -> None:
    store, _ = serve(Reply(200, b"<html><p>Please log in</p></html>", HTML))
    with pytest.raises(BackstayError) as caught:
        _ = store.put("key", b"data") if act == "put" else list(store.list(""))
    assert isinstance(caught.value, CorruptError | ConfigError)


def test_a_host_that_refuses_is_asked_once(url: str) -> None:
    store = open_store(url.format(host=f"127.0.0.1:{free_port()}"))
    with pytest.raises(NetworkError, match="cannot be reached"):
        store.get("key")


def test_a_name_that_does_not_resolve_is_a_network_error(url: str) -> None:
    store = open_store(url.format(host="no-such-host.invalid"))
    with pytest.raises(NetworkError, match=r"cannot be reached"):
        store.get("key")


@pytest.mark.parametrize("act", [lambda store: store.get("key"), lambda store: list(store.list(""))])
@pytest.mark.parametrize("status", [200, 400])
def test_an_endless_answer_is_not_read_to_its_end(
    status: int,
    act: Callable[[Store], object],
    serve: Callable[..., tuple[Store, ScriptedServer]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(body, "MAX_OBJECT", LIMIT)
    store, _ = serve(Reply(status, b"x" * 65536, {"ETag": '"e"'}, endless=True))
    with pytest.raises(CorruptError, match="larger than any object"):
        act(store)


def test_a_small_answer_that_unpacks_to_a_large_one_is_not_unpacked(
    serve: Callable[..., tuple[Store, ScriptedServer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "MAX_OBJECT", LIMIT)
    bomb = gzip.compress(b" " * (10 * LIMIT))
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    store, _ = serve(Reply(200, bomb, headers))
    with pytest.raises(BackstayError) as caught:
        list(store.list(""))
    assert isinstance(caught.value, CorruptError | NetworkError)


def test_certificates_that_are_not_there_are_a_setting(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nonexistent.pem")
    secure = url.replace("http://", "https://").replace("plain_http=true", "plain_http=false")
    with pytest.raises(ConfigError) as caught:
        open_store(secure.format(host=f"127.0.0.1:{free_port()}")).get("key")
    assert "CA_BUNDLE" in caught.value.hint


def test_nobody_is_followed_to_another_server(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    with scripted_server(Reply(200, b"elsewhere", {"ETag": '"e"'})) as other:
        store, _ = serve(Reply(307, headers={"Location": f"{other.endpoint}/latest/meta-data"}))
        with pytest.raises(BackstayError):
            store.put("key", b"data")
        with pytest.raises(BackstayError):
            store.get("key")
        assert all("Authorization" not in request.headers for request in other.requests)
        assert all(request.method in ("GET", "HEAD") for request in other.requests)
