"""Credentials that a bucket's client has to ask for first, from moto's security token service."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from backstay.errors import AuthError, ConfigError, NetworkError
from backstay.storage import remote
from backstay.storage.open import open_store
from tests.servers.process import free_port
from tests.servers.s3 import S3Server
from tests.servers.scripted import Reply, scripted_server

ROLE = "arn:aws:iam::123456789012:role/ci"
REFUSAL = b"<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"


@pytest.fixture
def web_identity(
    moto: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    credentials: Callable[[S3Server], None],
) -> Path:
    """A job that has a token of its CI system, and no keys. Returns the file with the token."""
    credentials(moto)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    token = tmp_path / "token"
    token.write_text("a-web-identity-token")
    monkeypatch.setattr(remote, "PAUSES", (0, 0))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto.endpoint)
    return token


@pytest.mark.usefixtures("web_identity")
def test_a_web_identity_opens_the_bucket(moto: S3Server) -> None:
    store = open_store(moto.url("bucket", uuid.uuid4().hex))
    store.create("key", b"data")
    assert store.get("key").data == b"data"


@pytest.mark.usefixtures("web_identity")
def test_what_is_written_is_encrypted_as_said(moto: S3Server) -> None:
    prefix = uuid.uuid4().hex
    store = open_store(moto.url("bucket", prefix, sse="aws:kms", sse_kms_key_id="alias/mine"))
    store.create("key", b"data")
    found = moto.client().head_object(Bucket="bucket", Key=f"{prefix}/key")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "alias/mine")


@pytest.mark.usefixtures("web_identity")
def test_a_refused_identity_is_not_a_missing_right_on_the_bucket(
    moto: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_server(Reply(400, REFUSAL, {"Content-Type": "text/xml"})) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.endpoint)
        with pytest.raises(AuthError, match="web identity is refused") as caught:
            open_store(moto.url("bucket")).get("key")
    assert "AWS_ROLE_ARN" in caught.value.hint
    assert "a-web-identity-token" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.usefixtures("web_identity")
def test_a_token_service_that_is_down_is_asked_once(moto: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NetworkError, match="cannot be reached"):
        open_store(moto.url("bucket")).get("key")


def test_a_token_file_that_is_not_there_is_named(moto: S3Server, web_identity: Path) -> None:
    web_identity.unlink()
    with pytest.raises(ConfigError) as caught:
        open_store(moto.url("bucket")).get("key")
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" in caught.value.hint
