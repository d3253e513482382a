"""URLs of stores: which are known, what their parameters mean, and that none leaks a secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backstay.errors import ConfigError
from backstay.storage import azure_options, extras, gcs, s3_options
from backstay.storage.file import FileStore
from backstay.storage.gcs import GcsOptions
from backstay.storage.open import open_store
from backstay.storage.s3_options import S3Options


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://host/path", 'no storage for "ftp://"'),
        ("bucket/prefix", "missing scheme"),
        ("file://", "names no directory"),
        ("file:///tmp/x?mode=1", "takes no parameters"),
        ("s3://", "names no bucket"),
        ("s3:///prefix", "names no bucket"),
        ("s3://bucket?regoin=eu-west-1", "unknown parameter regoin"),
        ("s3://bucket?use_path_style=maybe", 'use_path_style is "maybe"'),
        ("s3://bucket?sse=rot13", 'sse is "rot13"'),
        ("s3://bucket?sse=AES256&sse_kms_key_id=k", "takes no sse_kms_key_id"),
        ("gs://", "names no bucket"),
        ("gs://bucket?region=eu", "unknown parameter region"),
        ("gs://user:secret@bucket", "do not belong"),
        ("azblob://?storage_account=a", "names no container"),
        ("azureblob://c?storage_account=a&sas=secret", "unknown parameter sas"),
        ("s3://key:secret@bucket", "do not belong"),
        ("s3://bucket:9000/p", "do not belong"),
        ("s3://bucket?endpoint=http://u:secret@host", "not a server's address"),
        ("s3://bucket?endpoint=ftp://host", "not a server's address"),
        ("s3://bucket?endpoint=http://host:port", "not a server's address"),
    ],
)
def test_wrong_urls_are_explained(url: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_store(url)
    assert words in caught.value.message
    assert caught.value.hint
    if "endpoint" not in url:
        assert "secret" not in str(caught.value)


def test_an_endpoint_with_credentials_is_not_quoted() -> None:
    with pytest.raises(ConfigError) as caught:
        open_store("s3://bucket?endpoint=http://u:hunter2@host")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", S3Options(bucket="b", prefix="p/q/")),
        (
            "region=eu-west-1&profile=ci",
            S3Options(bucket="b", prefix="p/q/", region="eu-west-1", profile="ci"),
        ),
        ("s3ForcePathStyle=true", S3Options(bucket="b", prefix="p/q/", path_style=True)),
        ("use_path_style=false", S3Options(bucket="b", prefix="p/q/", path_style=False)),
        ("conditional=off", S3Options(bucket="b", prefix="p/q/", conditional=False)),
        ("sse=AES256", S3Options(bucket="b", prefix="p/q/", encryption="AES256")),
        (
            "sse=aws:kms&sse_kms_key_id=alias/k",
            S3Options(bucket="b", prefix="p/q/", encryption="aws:kms", encryption_key="alias/k"),
        ),
        (
            "ssetype=aws:kms&kmskeyid=alias/k",
            S3Options(bucket="b", prefix="p/q/", encryption="aws:kms", encryption_key="alias/k"),
        ),
        (
            "sse_kms_key_id=k",
            S3Options(bucket="b", prefix="p/q/", encryption="aws:kms", encryption_key="k"),
        ),
        ("anonymous=1", S3Options(bucket="b", prefix="p/q/", anonymous=True)),
        ("endpoint=host:9000", S3Options(bucket="b", prefix="p/q/", endpoint="https://host:9000")),
        (
            "endpoint=host:9000&disable_https=true",
            S3Options(bucket="b", prefix="p/q/", endpoint="http://host:9000", https=False),
        ),
    ],
)
def test_parameters_become_options(query: str, expected: S3Options) -> None:
    assert s3_options.parse(f"s3://b/p/q/?{query}", environ={}) == expected


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({"AWS_ENDPOINT_URL": "http://a"}, "http://a"),
        ({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"}, "http://b"),
        ({"AWS_ENDPOINT_URL": "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, ""),
    ],
)
def test_the_endpoint_may_come_from_the_environment(environ: dict[str, str], endpoint: str) -> None:
    assert s3_options.parse("s3://b", environ).endpoint == endpoint
    assert s3_options.parse("s3://b?endpoint=http://mine", environ).endpoint == "http://mine"


def test_relative_directories_are_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("file://some/where%20else")
    store.put("key", b"x")
    assert (tmp_path / "some/where else/key").read_bytes() == b"x"
    assert isinstance(store, FileStore)


URLS = (
    "s3://bucket/prefix",
    "gs://bucket/prefix",
    "azblob://container/prefix?storage_account=a",
    "azureblob://container/prefix?storage_account=a",
    "oci://host/repository",
)


@pytest.mark.parametrize("url", URLS)
def test_opening_a_store_does_not_load_its_library(url: str) -> None:
    heavy = {"botocore", "requests", "google.cloud.storage", "azure.core", "docker"}
    code = (
        f"import sys; from backstay.storage.open import open_store; open_store({url!r});"
        f"sys.exit(bool({heavy} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [(URLS[1], "google.cloud.storage", "gcs"), (URLS[2], "azure.storage.blob", "azure")],
)
def test_a_missing_extra_is_named(url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=f'needs the extra "{extra}"') as caught:
        open_store(url)
    assert f"backstay[{extra}]" in caught.value.hint


def test_a_missing_extra_is_named_where_nothing_of_its_vendor_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extras.importlib.util, "find_spec", _nothing)
    with pytest.raises(ConfigError, match='needs the extra "gcs"'):
        open_store("gs://bucket")


def _nothing(name: str) -> None:
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        ("gs://b", {}, GcsOptions(bucket="b")),
        ("gs://b/p/q/?conditional=off", {}, GcsOptions(bucket="b", prefix="p/q/", conditional=False)),
        (
            "gs://b",
            {"STORAGE_EMULATOR_HOST": "localhost:4443"},
            GcsOptions(bucket="b", endpoint="http://localhost:4443", anonymous=True),
        ),
        (
            "gs://b?endpoint=https://mine",
            {"STORAGE_EMULATOR_HOST": "localhost:4443"},
            GcsOptions(bucket="b", endpoint="https://mine"),
        ),
    ],
)
def test_where_a_google_bucket_is(url: str, environ: dict[str, str], expected: GcsOptions) -> None:
    assert gcs.parse(url, environ) == expected


CONNECTION = "AccountName=mine;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"
AZURE = {
    "an account and its key": (
        "storage_account=a", {"AZURE_STORAGE_KEY": "k"}, "https://a.blob.core.windows.net", azure_options.KEY,
    ),
    "an account and a shared access signature": (
        "storage_account=a", {"AZURE_STORAGE_SAS_TOKEN": "s"}, "https://a.blob.core.windows.net",
        azure_options.SAS,
    ),
    "an account of the environment": (
        "", {"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "k"}, "https://a.blob.core.windows.net",
        azure_options.KEY,
    ),
    "a connection string": (
        "", {"AZURE_STORAGE_CONNECTION_STRING": CONNECTION}, "https://mine.blob.core.windows.net",
        azure_options.CONNECTION,
    ),
    "a connection string of another account": (
        "storage_account=a", {"AZURE_STORAGE_CONNECTION_STRING": CONNECTION, "AZURE_STORAGE_KEY": "k"},
        "https://a.blob.core.windows.net", azure_options.KEY,
    ),
    "a connection string with its endpoint": (
        "", {"AZURE_STORAGE_CONNECTION_STRING": f"{CONNECTION};BlobEndpoint=http://127.0.0.1:1/mine/"},
        "http://127.0.0.1:1/mine", azure_options.CONNECTION,
    ),
    "the emulator's connection string": (
        "", {"AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true"},
        "http://127.0.0.1:10000/devstoreaccount1", azure_options.CONNECTION,
    ),
    "another domain": (
        "storage_account=a&domain=blob.core.chinacloudapi.cn", {}, "https://a.blob.core.chinacloudapi.cn", "",
    ),
    "an emulator": (
        "storage_account=a&domain=localhost:10000&protocol=http", {}, "http://localhost:10000/a", "",
    ),
    "nobody": (
        "storage_account=a&anonymous=true", {"AZURE_STORAGE_KEY": "k"}, "https://a.blob.core.windows.net", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AZURE)
def test_where_a_container_is(name: str) -> None:
    query, environ, endpoint, secret = AZURE[name]
    options = azure_options.parse(f"azblob://c/p?{query}", environ)
    assert (options.container, options.prefix) == ("c", "p/")
    assert (options.endpoint, options.secret) == (endpoint, secret)
    assert options.is_azure == endpoint.endswith((".net", ".cn"))


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "names no account"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "hunter2"}, "not a connection string"),
    ],
)
def test_a_container_without_an_account_is_explained(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        azure_options.parse("azblob://c/p", environ)
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"
