"""URLs of stores: which are known, what their parameters mean, and that none leaks a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.errors import ConfigError
from backstay.storage import s3_options
from backstay.storage.file import FileStore
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


def test_opening_a_bucket_does_not_load_its_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from backstay.storage.open import open_store; open_store('s3://bucket/p');"
        "sys.exit('botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False).returncode == 0
