"""What is special about an OCI registry: tags for keys, tokens, redirects, and that nothing is believed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.decoding import decode
from backstay.errors import AuthError, BackstayError, ConfigError, ConflictError, CorruptError, NotFoundError
from backstay.registry.open import open_registry
from backstay.storage import oci_tags, remote
from backstay.storage.conditions import supports_conditions
from backstay.storage.oci import EMPTY, KEY_ANNOTATION, MANIFEST_TYPE, Manifest, open_oci_store
from backstay.storage.store import Store
from tests.servers.scripted import Reply, ScriptedServer, scripted_server

TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
PASSWORD = "a-very-secret-password"
keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=200)


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of this machine, no pauses."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(remote, "PAUSES", (0, 0))


@given(keys)
def test_every_key_has_a_tag(key: str) -> None:
    tag = oci_tags.tag_of(key)
    assert TAG.fullmatch(tag)
    assert oci_tags.is_shortened(tag) or oci_tags.key_of(tag) == key


@given(keys, keys)
def test_different_keys_have_different_tags(one: str, other: str) -> None:
    assert (oci_tags.tag_of(one) == oci_tags.tag_of(other)) == (one == other)


@given(keys, st.integers(0, 200))
def test_a_tag_tells_what_its_key_starts_with(key: str, length: int) -> None:
    assert oci_tags.may_start_with(oci_tags.tag_of(key), key[:length])


def test_tags_can_be_read_by_people() -> None:
    assert oci_tags.tag_of("=41pp/log/0000000001.json") == "__41pp_-log_-0000000001.json"
    assert not oci_tags.may_start_with("__41pp_-log_-0000000001.json", "=41pp/tags/")


@pytest.mark.parametrize("tag", ["_", "_zz", "_ff", "_41", "latest_"])
def test_tags_of_somebody_else_are_no_keys(tag: str) -> None:
    assert oci_tags.key_of(tag) is None


def long_key(name: str) -> str:
    return f"=41pp/plans/{'a' * 64}/{'b' * 64}/{name}.json"


@pytest.mark.parametrize("registry", ["distribution", "crane"])
def test_keys_that_are_too_long_for_a_tag_are_listed_whole(
    registry: str, request: pytest.FixtureRequest
) -> None:
    store = open_oci_store(f"oci://{request.getfixturevalue(registry)}/long/{registry}")
    for name in ("two", "one"):
        store.put(long_key(name), name.encode())
    store.put("=41pp/log/0000000001.json", b"entry")
    assert list(store.list("=41pp/plans/")) == [long_key("one"), long_key("two")]
    assert store.get(long_key("two")).data == b"two"
    store.delete(long_key("two"))
    assert list(store.list("=41pp/plans/")) == [long_key("one")]


def test_it_is_a_backup_and_no_registry_of_many_writers(distribution: str) -> None:
    url = f"oci://{distribution}/some/place"
    store = open_oci_store(url)
    assert not supports_conditions(store)
    assert supports_conditions(open_oci_store(f"{url}?conditional=off"))
    store.create("key", b"1")
    with pytest.raises(ConflictError):
        store.create("key", b"2")
    assert open_registry(url, strict=False).url


def test_a_repository_that_nobody_has_written_to_is_empty(distribution: str) -> None:
    assert list(open_oci_store(f"oci://{distribution}/not/there").list("")) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("oci://", "names no registry"),
        ("oci://host", "not the name of a repository"),
        ("oci://host/Upper/Case", "not the name of a repository"),
        ("oci://host/a/../b", "not the name of a repository"),
        ("oci://host/a?plain=1", "unknown parameter plain"),
        ("oci://host/a?plain_http=maybe", 'plain_http is "maybe"'),
        (f"oci://{PASSWORD}@host/a", "a user without a password"),
    ],
)
def test_wrong_urls_are_explained(url: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_oci_store(url)
    assert words in caught.value.message
    assert caught.value.hint
    assert PASSWORD not in str(caught.value)


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def manifest(key: str, data: bytes, **headers: str) -> Reply:
    """What a registry answers to the tag of a key."""
    layer = {"mediaType": "x", "digest": digest(data), "size": len(data)}
    body = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "artifactType": "x",
        "config": {"mediaType": "x", "digest": digest(EMPTY), "size": 2},
        "layers": [layer],
        "annotations": {KEY_ANNOTATION: key},
    }
    return Reply(200, json.dumps(body).encode(), headers)


def store_at(server: ScriptedServer, user: str = "") -> Store:
    return open_oci_store(f"oci://{user}{server.endpoint.removeprefix('http://')}/some/place")


LIES = {
    "another object under the tag": (manifest("other", b"data"), Reply(200, b"data")),
    "another blob": (manifest("key", b"data"), Reply(200, b"atad")),
    "half a blob": (manifest("key", b"data"), Reply(200, b"da")),
    "a truncated answer": (manifest("key", b"data"), Reply(200, b"da", length=4)),
    "another manifest than it says": (
        manifest("key", b"data", **{"Docker-Content-Digest": digest(b"x")}),
        Reply(200, b"data"),
    ),
    "no manifest": (Reply(200, b"[]"),),
    "a deep manifest": (Reply(200, b"[" * 100_000),),
    "a digest that is a path": (
        Reply(200, manifest("key", b"data").body.replace(digest(b"data").encode(), b"../../../secrets")),
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_nothing_is_believed(name: str) -> None:
    with scripted_server(*LIES[name]) as server, pytest.raises(CorruptError):
        store_at(server).get("key")


def test_a_list_without_end_is_left() -> None:
    page = Reply(200, b'{"name": "a", "tags": ["a"]}', {"Link": '</v2/a/tags/list?last=a>; rel="next"'})
    with scripted_server(page) as server, pytest.raises(CorruptError, match="no end"):
        list(store_at(server).list(""))


def test_all_pages_are_read_from_the_registry_itself() -> None:
    first = Reply(200, b'{"name": "a", "tags": ["b"]}', {"Link": '</v2/a/tags/list?last=b>; rel="next"'})
    with scripted_server(first, Reply(200, b'{"name": "a", "tags": ["a"]}')) as server:
        assert list(store_at(server).list("")) == ["a", "b"]
        assert server.requests[1].path == "/v2/a/tags/list?last=b"


def test_a_gateway_whose_service_is_gone_is_no_empty_repository() -> None:
    with scripted_server(Reply(404, b"default backend - 404")) as server, pytest.raises(CorruptError):
        list(store_at(server).list(""))


def challenge(realm: str) -> Reply:
    header = f'Bearer realm="{realm}",service="registry",scope="repository:some/place:pull"'
    return Reply(401, headers={"WWW-Authenticate": header})


def test_a_token_is_had_with_the_password_and_kept() -> None:
    with scripted_server(Reply(200, b'{"token": "a-token"}')) as tokens:
        replies = (challenge(f"{tokens.endpoint}/token"), manifest("key", b"data"), Reply(200, b"data"))
        with scripted_server(*replies) as server:
            assert store_at(server, f"user:{PASSWORD}@").get("key").data == b"data"
            sent = [request.headers.get("Authorization") for request in server.requests]
        assert sent == [None, "Bearer a-token", "Bearer a-token"]
        (asked,) = tokens.requests
    assert asked.path == "/token?service=registry&scope=repository%3Asome%2Fplace%3Apull"
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()


def test_the_password_may_come_from_docker(tmp_path: Path) -> None:
    basic = Reply(401, headers={"WWW-Authenticate": 'Basic realm="registry"'})
    with scripted_server(basic, manifest("key", b"data"), Reply(200, b"data")) as server:
        auth = base64.b64encode(f"user:{PASSWORD}".encode()).decode()
        host = server.endpoint.removeprefix("http://")
        (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
        assert store_at(server).get("key").data == b"data"
        assert server.requests[1].headers["Authorization"] == f"Basic {auth}"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, headers={"WWW-Authenticate": 'Basic realm="registry"'}), "wants credentials"),
        (Reply(401), "wants credentials"),
        (Reply(403, b'{"errors": [{"code": "DENIED"}]}'), "access is denied"),
    ],
)
def test_without_a_password_it_says_how_to_log_in(reply: Reply, words: str) -> None:
    with scripted_server(reply) as server, pytest.raises(AuthError, match=words) as caught:
        store_at(server).get("key")
    assert caught.value.hint


def test_a_wrong_password_is_not_shown() -> None:
    with (
        scripted_server(Reply(401, b'{"details": "incorrect"}')) as tokens,
        scripted_server(challenge(tokens.endpoint)) as server,
        pytest.raises(AuthError, match=r"credentials are refused .*from its URL") as caught,
    ):
        store_at(server, f"user:{PASSWORD}@").get("key")
    assert PASSWORD not in f"{caught.value.message} {caught.value.hint} {store_at(server, 'u:p@').url}"


def test_a_blob_may_be_elsewhere_where_no_credentials_go() -> None:
    basic = Reply(401, headers={"WWW-Authenticate": 'Basic realm="registry"'})
    with scripted_server(Reply(200, b"data")) as blobs:
        moved = Reply(307, headers={"Location": f"{blobs.endpoint}/blob?signature=x"})
        with scripted_server(basic, manifest("key", b"data"), moved) as server:
            assert store_at(server, f"user:{PASSWORD}@").get("key").data == b"data"
        (asked,) = blobs.requests
    assert asked.path == "/blob?signature=x"
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "ftp://host/x"],
)
def test_a_redirect_does_not_lead_into_the_machine(target: str) -> None:
    replies = (manifest("key", b"data"), Reply(307, headers={"Location": target}))
    with scripted_server(*replies) as server, pytest.raises(CorruptError, match="redirects"):
        store_at(server).get("key")


@pytest.mark.parametrize("realm", ["", "file:///etc/passwd", "http://169.254.169.254/token"])
def test_a_password_is_not_sent_into_the_machine(realm: str) -> None:
    with scripted_server(challenge(realm)) as server, pytest.raises(CorruptError, match="redirects"):
        store_at(server, f"user:{PASSWORD}@").get("key")


def test_redirects_end() -> None:
    with scripted_server(Reply(307, headers={"Location": "/again"})) as server, pytest.raises(BackstayError):
        store_at(server).get("key")
    assert len(server.requests) < 10


def test_where_tags_cannot_be_deleted_the_manifest_is() -> None:
    found = manifest("key", b"data")
    with scripted_server(Reply(405), found, Reply(202)) as server:
        store_at(server).delete("key")
    assert [(request.method, request.path) for request in server.requests] == [
        ("DELETE", "/v2/some/place/manifests/key"),
        ("GET", "/v2/some/place/manifests/key"),
        ("DELETE", f"/v2/some/place/manifests/{digest(found.body)}"),
    ]


def test_the_tag_is_written_last() -> None:
    upload = Reply(202, headers={"Location": "/v2/some/place/blobs/uploads/1?state=x"})
    replies = (Reply(404), Reply(200), Reply(404), upload, Reply(201), Reply(201))
    with scripted_server(*replies) as server:
        assert store_at(server).create("key", b"data") == digest(b"data")
    methods = [request.method for request in server.requests]
    assert methods == ["GET", "HEAD", "HEAD", "POST", "PUT", "PUT"]
    blob, tag = server.requests[-2:]
    assert (blob.body, blob.path.partition("?")[0]) == (b"data", "/v2/some/place/blobs/uploads/1")
    assert tag.path == "/v2/some/place/manifests/key"
    assert decode(tag.body, Manifest).layers[0].digest == digest(b"data")


def test_a_missing_object_in_a_missing_repository_is_not_found() -> None:
    reply = Reply(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}')
    with scripted_server(reply) as server, pytest.raises(NotFoundError, match="repository does not exist"):
        store_at(server).get("key")
