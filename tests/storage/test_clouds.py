"""What the servers of Google Cloud Storage and Azure refuse, in our words; and checks of what they give."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from backstay.errors import (
    AuthError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
)
from backstay.storage import remote
from backstay.storage.open import open_store
from backstay.storage.store import Store
from tests.servers.clouds import AZURITE_ACCOUNT, AZURITE_KEY
from tests.servers.process import free_port
from tests.servers.s3 import S3Server
from tests.servers.scripted import Reply, scripted_server


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, credentials: Callable[[S3Server], None]) -> None:
    """No credentials of this machine, no pauses."""
    credentials(S3Server(""))
    monkeypatch.setattr(remote, "PAUSES", (0, 0))


def endpoint(connection: str) -> str:
    """The account's URL in a connection string."""
    return connection.partition("BlobEndpoint=")[2].rstrip(";")


def test_a_missing_google_bucket_is_named(gcs: str) -> None:
    store = open_store(f"gs://elsewhere/p?endpoint={gcs}&anonymous=true")
    with pytest.raises(NotFoundError):
        store.put("key", b"data")
    with pytest.raises(NotFoundError, match="bucket does not exist"):
        list(store.list(""))


def test_without_google_credentials_it_says_how_to_give_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nonexistent")
    with pytest.raises(AuthError, match="there are no credentials") as caught:
        open_store("gs://bucket/p").get("key")
    assert "GOOGLE_APPLICATION_CREDENTIALS" in caught.value.hint


def test_a_google_object_without_its_checksum_is_corrupt() -> None:
    headers = {
        "X-Goog-Generation": "7",
        "X-Goog-Hash": "md5=" + base64.b64encode(hashlib.md5(b"data").digest()).decode() + ",crc32c=AAAAAA==",
    }
    with scripted_server(Reply(200, b"atad", headers)) as server:
        store = open_store(f"gs://bucket?endpoint={server.endpoint}&anonymous=true")
        with pytest.raises(CorruptError, match="checksum"):
            store.get("key")


def test_google_is_asked_for_conditions_by_generation() -> None:
    with scripted_server(Reply(200, b'{"generation": "7"}', {"Content-Type": "application/json"})) as server:
        store = open_store(f"gs://bucket/p?endpoint={server.endpoint}&anonymous=true")
        assert store.create("key", b"data") == "7"
        store.replace("key", b"data", "7")
        store.replace("key", b"data", "nonsense")
        store.put("key", b"data")
    asked = [request.path.partition("ifGenerationMatch=")[2].partition("&")[0] for request in server.requests]
    assert asked == ["0", "7", "1", ""]


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes the key file of a service account whose tokens come from this address."""
    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    def write(address: str) -> None:
        account = {"type": "service_account", "project_id": "p", "client_email": "ci@example.com"}
        account |= {"private_key_id": "1", "private_key": private.decode(), "token_uri": f"{address}/token"}
        (tmp_path / "key.json").write_text(json.dumps(account))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))

    return write


def test_a_google_key_file_is_exchanged_for_a_token(key_file: Callable[[str], None]) -> None:
    token = Reply(
        200, b'{"access_token": "a-token", "expires_in": 3600}', {"Content-Type": "application/json"}
    )
    with (
        scripted_server(token) as tokens,
        scripted_server(Reply(200, b"x", {"X-Goog-Generation": "7"})) as server,
    ):
        key_file(tokens.endpoint)
        assert open_store(f"gs://bucket?endpoint={server.endpoint}").get("key").data == b"x"
    sent = {name.lower(): value for name, value in server.requests[0].headers.items()}
    assert sent["authorization"] == "Bearer a-token"


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("Token must be a short-lived token (60 minutes) and in a reasonable timeframe", "clock"),
        ("account not found", r"credentials are refused .*from GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_why_there_is_no_token_is_told(description: str, words: str, key_file: Callable[[str], None]) -> None:
    refusal = json.dumps({"error": "invalid_grant", "error_description": description}).encode()
    with scripted_server(Reply(400, refusal, {"Content-Type": "application/json"})) as tokens:
        key_file(tokens.endpoint)
        with pytest.raises(AuthError, match=words):
            open_store(f"gs://bucket?endpoint={tokens.endpoint}").get("key")


def test_a_token_service_that_is_down_is_no_missing_right(key_file: Callable[[str], None]) -> None:
    key_file(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NetworkError, match="cannot be reached"):
        open_store("gs://bucket?endpoint=http://127.0.0.1:1").get("key")


@pytest.fixture
def container(azurite: str) -> Callable[..., Store]:
    """Opens a container of Azurite by the endpoint of its account."""

    def open_container(name: str = "container", query: str = "") -> Store:
        url = f"azblob://{name}/{uuid.uuid4().hex}?storage_account={AZURITE_ACCOUNT}"
        return open_store(f"{url}&endpoint={endpoint(azurite)}{query}")

    return open_container


def test_a_key_opens_a_container(container: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", AZURITE_KEY)
    assert container().create("key", b"data")


def test_a_shared_access_signature_opens_a_container(
    container: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    rights = ContainerSasPermissions(read=True, write=True, create=True, list=True)
    expiry = datetime.now(UTC) + timedelta(hours=1)
    signature = generate_container_sas(
        AZURITE_ACCOUNT, "container", account_key=AZURITE_KEY, permission=rights, expiry=expiry
    )
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", f"?{signature}")
    store = container()
    etag = store.create("key", b"data")
    with pytest.raises(ConflictError):
        store.create("key", b"other")
    store.replace("key", b"more", etag)
    assert list(store.list("")) == ["key"]
    with pytest.raises(AuthError, match=r"access is denied.*AZURE_STORAGE_SAS_TOKEN") as caught:
        store.delete("key")
    assert "sig=" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("key", ["d3Jvbmc=", "not base64"])
def test_a_wrong_key_is_refused_and_not_shown(
    key: str, container: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", key)
    with pytest.raises(AuthError, match=r"(refused|denied).*AZURE_STORAGE_KEY") as caught:
        container().get("key")
    assert key not in f"{caught.value.message} {caught.value.hint}"


def test_without_credentials_it_says_which_to_set(container: Callable[..., Store]) -> None:
    with pytest.raises(AuthError, match="there are no credentials") as caught:
        container().get("key")
    assert "AZURE_STORAGE_CONNECTION_STRING" in caught.value.hint


def test_a_missing_container_is_named(
    container: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", AZURITE_KEY)
    store = container("elsewhere")
    for act in (lambda: store.put("key", b"data"), lambda: list(store.list("")), lambda: store.delete("key")):
        with pytest.raises(NotFoundError, match="container does not exist"):
            act()


def test_an_azure_object_without_its_checksum_is_corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", AZURITE_KEY)
    headers = {
        "ETag": '"e"',
        "Content-Range": "bytes 0-3/4",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-blob-content-md5": base64.b64encode(hashlib.md5(b"data").digest()).decode(),
    }
    with scripted_server(Reply(206, b"atad", headers), Reply(206, b"data", headers)) as server:
        store = open_store(f"azblob://container?storage_account=a&endpoint={server.endpoint}/a")
        with pytest.raises(CorruptError, match="checksum"):
            store.get("key")
        assert store.get("key").data == b"data"


def test_an_azure_clock_is_not_called_a_wrong_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", AZURITE_KEY)
    detail = "The Date header in the request is incorrect."
    refusal = (
        "<?xml version='1.0' encoding='utf-8'?><Error><Code>AuthenticationFailed</Code><Message>no</Message>"
        f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail></Error>"
    )
    with scripted_server(Reply(403, refusal.encode(), {"Content-Type": "application/xml"})) as server:
        store = open_store(f"azblob://container?storage_account=a&endpoint={server.endpoint}/a")
        with pytest.raises(AuthError, match="clock") as caught:
            store.get("key")
    assert caught.value.reason_code == "clock"


def test_a_connection_string_that_is_none_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountKey=aHVudGVyMg==")
    with pytest.raises(ConfigError) as caught:
        open_store("azblob://container").get("key")
    assert "aHVudGVyMg" not in f"{caught.value.message} {caught.value.hint}"


def test_an_azure_write_whose_condition_fails_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", AZURITE_KEY)
    refusal = b"<?xml version='1.0'?><Error><Code>BlobAlreadyExists</Code><Message>no</Message></Error>"
    lost = Reply(409, refusal, {"Content-Type": "application/xml", "x-ms-error-code": "BlobAlreadyExists"})
    with scripted_server(lost, Reply(404)) as server:
        store = open_store(f"azblob://container?storage_account=a&endpoint={server.endpoint}/a")
        with pytest.raises(NotFoundError):
            store.create("key", b"data")
    assert [request.method for request in server.requests] == ["PUT", "GET"]
    assert server.requests[0].headers["If-None-Match"] == "*"
