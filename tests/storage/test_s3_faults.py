"""What an S3 store makes of servers that fail, lie or are not there."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest

from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
    UnsupportedError,
)
from backstay.storage import body, remote
from backstay.storage.conditions import supports_conditions
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.servers.process import free_port
from tests.servers.s3 import S3Server
from tests.servers.scripted import Reply, ScriptedServer, found, s3_error, scripted_server

SECRET = "a-very-secret-key"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch, credentials: Callable[[S3Server], None]) -> None:
    """Credentials, no pauses between attempts, and little patience."""
    monkeypatch.setattr(remote, "PAUSES", (0, 0))
    monkeypatch.setattr(remote, "READ_SECONDS", 1.0)
    credentials(S3Server("", access_key="key", secret_key=SECRET))


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[Store, ScriptedServer]]]:
    """A store on a server with these replies."""
    open_servers = []

    def start(*replies: Reply) -> tuple[Store, ScriptedServer]:
        context = scripted_server(*replies)
        server = context.__enter__()
        open_servers.append(context)
        return open_store(f"s3://bucket/prefix?region=us-east-1&endpoint={server.endpoint}"), server

    yield start
    for context in open_servers:
        context.__exit__(None, None, None)


class Case(msgspec.Struct, frozen=True):
    """A reply, the class it becomes, what the message or hint says, and how often is asked."""

    reply: Reply
    error: type[BackstayError]
    words: str
    requests: int = 1


CASES = {
    "no such key": Case(s3_error(404, "NoSuchKey"), NotFoundError, "no such object"),
    "no such bucket": Case(s3_error(404, "NoSuchBucket"), NotFoundError, "bucket does not exist"),
    "bare 404": Case(Reply(404), NotFoundError, "no such object"),
    "access denied": Case(s3_error(403, "AccessDenied"), AuthError, "access is denied"),
    "bare 401": Case(Reply(401), AuthError, "credentials from the environment"),
    "unknown key": Case(s3_error(403, "InvalidAccessKeyId"), AuthError, "credentials are refused"),
    "wrong secret": Case(s3_error(403, "SignatureDoesNotMatch"), AuthError, "check the access key"),
    "expired session": Case(s3_error(400, "ExpiredToken"), AuthError, "expired"),
    "wrong clock": Case(s3_error(403, "RequestTimeTooSkewed"), AuthError, "clock of this machine"),
    "other region": Case(s3_error(400, "AuthorizationHeaderMalformed"), ConfigError, "?region="),
    "moved": Case(
        msgspec.structs.replace(
            s3_error(301, "PermanentRedirect"), headers={"x-amz-bucket-region": "eu-west-1"}
        ),
        ConfigError,
        "another region",
        requests=2,
    ),
    "bad request": Case(s3_error(400, "InvalidArgument"), ConfigError, "HTTP 400 InvalidArgument"),
    "precondition": Case(s3_error(412, "PreconditionFailed"), ConflictError, "wrote first"),
    "conflict, again and again": Case(
        s3_error(409, "ConditionalRequestConflict"), ConflictError, "wrote first", requests=3
    ),
    "500": Case(s3_error(500, "InternalError"), NetworkError, "HTTP 500", requests=3),
    "502 of a proxy": Case(Reply(502, b"<html>bad gateway"), NetworkError, "HTTP 502", requests=3),
    "503": Case(s3_error(503, "SlowDown"), NetworkError, "overloaded", requests=3),
    "504": Case(Reply(504), NetworkError, "failed", requests=3),
    "429": Case(Reply(429), NetworkError, "overloaded", requests=3),
    "cut short": Case(
        msgspec.structs.replace(found(b"half"), length=8), CorruptError, "cut short", requests=3
    ),
    "silence": Case(Reply(hang=True), NetworkError, "no answer in time", requests=3),
    "reset in the body": Case(
        msgspec.structs.replace(found(b"half"), length=8, reset=True), NetworkError, "broke off", requests=3
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_failure_has_its_error(name: str, serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    case = CASES[name]
    store, server = serve(case.reply)
    with pytest.raises(case.error) as caught:
        store.get("key")
    assert case.words in f"{caught.value.message} | {caught.value.hint}"
    assert "s3://bucket" in caught.value.message
    assert SECRET not in repr(caught.value)
    assert "\n" not in caught.value.message
    assert len(server.requests) == case.requests


def test_a_server_that_only_redirects_is_not_followed_for_ever(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, server = serve(s3_error(301, "PermanentRedirect"))
    with pytest.raises(BackstayError):
        store.get("key")
    assert len(server.requests) <= 4


def test_a_wrong_clock_is_not_called_wrong_credentials(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, _ = serve(s3_error(403, "RequestTimeTooSkewed"))
    with pytest.raises(AuthError) as caught:
        store.get("key")
    assert caught.value.reason_code == "clock"


def test_a_server_that_recovers_is_asked_again(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    store, server = serve(s3_error(503, "SlowDown"), Reply(500), found(b"data"))
    assert store.get("key").data == b"data"
    assert len(server.requests) == 3


def test_a_dead_host_is_not_asked_again() -> None:
    store = open_store(f"s3://bucket?endpoint=http://127.0.0.1:{free_port()}")
    with pytest.raises(NetworkError, match="cannot be reached"):
        store.get("key")


def test_a_name_that_does_not_resolve_is_a_network_error() -> None:
    store = open_store("s3://bucket?endpoint=https://no-such-host.invalid")
    with pytest.raises(NetworkError, match=r"at no-such-host\.invalid.*cannot be reached"):
        store.get("key")


def test_an_endless_body_is_not_read_to_its_end(
    serve: Callable[..., tuple[Store, ScriptedServer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "MAX_OBJECT", 1_000_000)
    store, _ = serve(msgspec.structs.replace(found(b"x" * 65536), endless=True))
    with pytest.raises(CorruptError, match="larger than any object"):
        store.get("key")


def test_a_compressed_body_is_not_unpacked(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    store, _ = serve(Reply(200, b"\x1f\x8b bomb", {"ETag": '"e"', "Content-Encoding": "gzip"}))
    assert store.get("key").data == b"\x1f\x8b bomb"


@pytest.mark.parametrize(
    "act",
    [
        lambda store: store.get("key"),
        lambda store: store.put("key", b""),
        lambda store: store.create("key", b""),
        lambda store: store.replace("key", b"", '"e"'),
    ],
    ids=["get", "put", "create", "replace"],
)
def test_a_page_that_says_yes_to_everything_is_no_s3_server(
    serve: Callable[..., tuple[Store, ScriptedServer]], act: Callable[[Store], object]
) -> None:
    store, _ = serve(Reply(200, b"<html>Please log in</html>", {"Content-Type": "text/html"}))
    with pytest.raises(CorruptError, match="not that of an S3 server"):
        act(store)


@pytest.mark.parametrize(
    ("page", "error"),
    [(b"<html><p>Please log in</p></html>", CorruptError), (b"<html><p>Please log in", NetworkError)],
)
def test_a_web_page_does_not_pass_for_an_empty_bucket(
    serve: Callable[..., tuple[Store, ScriptedServer]], page: bytes, error: type[BackstayError]
) -> None:
    store, _ = serve(Reply(200, page, {"Content-Type": "text/html"}))
    with pytest.raises(error):
        list(store.list(""))


def test_a_gateway_whose_service_is_gone_is_not_a_missing_bucket(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, _ = serve(Reply(404, b"default backend - 404"))
    with pytest.raises(CorruptError, match="not that of an S3 server"):
        list(store.list(""))


def test_a_write_whose_answer_was_lost_is_recognised(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, server = serve(Reply(hang=True), s3_error(412, "PreconditionFailed"), found(b"mine"))
    assert store.create("key", b"mine") == '"an-etag"'
    assert [request.method for request in server.requests] == ["PUT", "PUT", "GET"]


def test_a_write_that_lost_to_another_is_a_conflict(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, _ = serve(Reply(hang=True), s3_error(412, "PreconditionFailed"), found(b"yours"))
    with pytest.raises(ConflictError):
        store.create("key", b"mine")


def test_uploads_carry_their_checksum_and_condition(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, server = serve(Reply(200, headers={"ETag": '"e"'}))
    store.create("key", b"data")
    store.replace("key", b"data", '"e"')
    created, replaced = server.requests
    assert created.headers["If-None-Match"] == "*"
    assert created.headers["Content-MD5"] == "jXd/OF09/siBXSD3SWAm3A=="
    digest = base64.b64encode(hashlib.sha256(b"data").digest()).decode()
    assert created.headers["x-amz-checksum-sha256"] == digest
    assert replaced.headers["If-Match"] == '"e"'
    assert created.path == "/bucket/prefix/key"


NOT_IMPLEMENTED = s3_error(501, "NotImplemented")


def test_a_server_that_does_not_know_checksums_is_spoken_to_without(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, server = serve(
        NOT_IMPLEMENTED, s3_error(404, "NoSuchKey"), Reply(200, headers={"ETag": '"e"'}), found(b"data")
    )
    with pytest.raises(NotFoundError):
        store.get("key")
    store.put("key", b"data")
    assert store.get("key").data == b"data"
    with_checksums = [any("checksum" in name.lower() for name in r.headers) for r in server.requests]
    assert with_checksums == [True, False, False, False]
    assert server.requests[2].headers["Content-MD5"] == "jXd/OF09/siBXSD3SWAm3A=="


def test_a_server_that_does_not_know_conditions_says_so(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, _ = serve(NOT_IMPLEMENTED)
    with pytest.raises(UnsupportedError, match="does not implement"):
        store.create("key", b"data")
    assert supports_conditions(store) is False


def test_a_garbled_upload_is_an_error(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    store, server = serve(s3_error(400, "BadDigest"))
    with pytest.raises(NetworkError, match="garbled"):
        store.put("key", b"data")
    assert len(server.requests) == 3


def test_without_credentials_it_says_which_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(AuthError) as caught:
        open_store("s3://bucket?endpoint=http://127.0.0.1:1").get("key")
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="profile"):
        open_store("s3://bucket?endpoint=http://127.0.0.1:1&profile=nobody").get("key")


def test_a_wrong_clock_is_told_by_how_much(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    skewed = msgspec.structs.replace(
        s3_error(403, "RequestTimeTooSkewed"),
        headers={"Date": format_datetime(datetime.now(UTC) - timedelta(days=2), usegmt=True)},
    )
    store, _ = serve(skewed)
    with pytest.raises(AuthError, match="2880 minutes ahead of the server"):
        store.get("key")


@pytest.mark.parametrize("status", [301, 307])
def test_a_bucket_in_another_region_is_found(
    status: int, serve: Callable[..., tuple[Store, ScriptedServer]]
) -> None:
    moved = msgspec.structs.replace(
        s3_error(status, "PermanentRedirect" if status == 301 else "TemporaryRedirect"),
        headers={"x-amz-bucket-region": "eu-west-1"},
    )
    store, server = serve(moved, found(b"data"))
    assert store.get("key").data == b"data"
    assert "/eu-west-1/s3/aws4_request" in server.requests[-1].headers["Authorization"]


def test_temporary_credentials_come_with_their_token(
    serve: Callable[..., tuple[Store, ScriptedServer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session")
    store, server = serve(found(b"data"))
    store.get("key")
    assert server.requests[0].headers["X-Amz-Security-Token"] == "a-session"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sse=AES256", {"x-amz-server-side-encryption": "AES256"}),
        (
            "sse=aws:kms&sse_kms_key_id=alias/mine",
            {
                "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": "alias/mine",
            },
        ),
        ("", {}),
    ],
)
def test_what_is_written_says_how_to_encrypt_it(
    query: str, expected: dict[str, str], serve: Callable[..., tuple[Store, ScriptedServer]]
) -> None:
    _, server = serve(Reply(200, headers={"ETag": '"e"'}))
    open_store(f"s3://bucket?endpoint={server.endpoint}&{query}").create("key", b"data")
    sent = {name.lower(): value for name, value in server.requests[0].headers.items()}
    assert {name: value for name, value in sent.items() if "encryption" in name} == expected


def test_an_object_without_its_checksum_is_corrupt(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    digest = base64.b64encode(hashlib.sha256(b"data").digest()).decode()
    right = msgspec.structs.replace(found(b"data"), headers={"ETag": '"e"', "x-amz-checksum-sha256": digest})
    store, server = serve(right, msgspec.structs.replace(right, body=b"atad"))
    assert store.get("key").data == b"data"
    assert server.requests[0].headers["x-amz-checksum-mode"] == "ENABLED"
    with pytest.raises(CorruptError, match="checksum"):
        store.get("key")
    assert len(server.requests) == 1 + 3


def test_an_object_that_is_replaced_while_it_is_read_is_read_again(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    old = base64.b64encode(hashlib.sha256(b"old").digest()).decode()
    mixed = msgspec.structs.replace(found(b"new"), headers={"ETag": '"e"', "x-amz-checksum-sha256": old})
    store, server = serve(mixed, found(b"new"))
    assert store.get("key").data == b"new"
    assert len(server.requests) == 2


def test_anonymous_requests_are_not_signed(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    _, server = serve(found(b"data"))
    store = open_store(f"s3://bucket?endpoint={server.endpoint}&anonymous=true")
    assert store.get("key").data == b"data"
    assert "Authorization" not in server.requests[0].headers


def listed(*keys: str, more: str = "<IsTruncated>false</IsTruncated>") -> Reply:
    """A page of a list."""
    items = "".join(f"<Contents><Key>prefix/{key}</Key></Contents>" for key in keys)
    body = f"<ListBucketResult><Name>bucket</Name>{items}{more}</ListBucketResult>"
    return Reply(200, body.encode())


def test_all_pages_of_a_list_are_read(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    token = "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
    store, server = serve(listed("a", more=token), listed("b"))
    assert list(store.list("")) == ["a", "b"]
    assert "continuation-token=t" in server.requests[1].path


def test_folders_in_a_list_are_no_objects(serve: Callable[..., tuple[Store, ScriptedServer]]) -> None:
    store, _ = serve(listed("", "a/", "a/1", "a/b/", "a/b/2"))
    assert list(store.list("")) == ["a/1", "a/b/2"]


def test_a_page_in_the_order_of_a_file_system_is_put_in_order(
    serve: Callable[..., tuple[Store, ScriptedServer]],
) -> None:
    store, _ = serve(listed("a/1", "a/2", "a-b/1"))
    assert list(store.list("")) == ["a-b/1", "a/1", "a/2"]
