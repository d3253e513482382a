"""The workflow of the declarative backup guide as it stands: its YAML, its atlas.hcl, its plan command."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping

import psycopg
import pytest

from tests.e2e.conftest import GUIDE
from tests.e2e.runner import Runner
from tests.servers.s3 import S3Server

BUCKETS = (f"my-atlas-backups-{number}" for number in itertools.count(1))
WRITTEN = "postgres://postgres:pass@localhost:5432/dev?search_path=public&sslmode=disable"
WRITTEN_BUCKET = "my-atlas-backups"
PLAN = [
    "schema", "plan", "--env", "ci", "--config", "file://atlas.hcl", "--from", "file://schema_prev.hcl",
    "--to", "file://schema.hcl", "--repo", "atlas://app", "--push", "--auto-approve",
    "--format", "{{ json . }}",
]  # fmt: skip


def bound(url: str) -> str:
    """The URL of a database bound to `public`."""
    return f"{url}&search_path=public"


@pytest.fixture
def guide(
    job: Callable[..., Runner], s3: S3Server, postgres: str, dev_database: str
) -> Iterator[Callable[[str], object]]:
    """Runs a workflow of the guide; only bucket, host and port are those of this machine."""
    bucket = next(BUCKETS)
    s3.create_buckets(bucket)
    secrets = {
        "ATLAS_CLOUD_TOKEN": "aci_0123456789abcdef",
        "DATABASE_URL": bound(postgres),
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
    }
    runner = job(secrets=secrets)
    config = runner.workspace / "atlas.hcl"
    config.write_text(config.read_text().replace(WRITTEN_BUCKET, bucket))
    runner.exported["AWS_ENDPOINT_URL"] = s3.endpoint

    class Guide:
        workspace = runner.workspace
        environment: Mapping[str, str] = {
            "DEV_DATABASE_URL": bound(dev_database),
            "AWS_ENDPOINT_URL": s3.endpoint,
            "HOME": str(runner.temp / "home"),
            **s3.environment,
        }

        def run(self, name: str) -> object:
            text = (GUIDE / f"{name}.yml").read_text().replace(WRITTEN, bound(dev_database))
            (result,) = runner.workflow(text)
            assert result.exit_code == 0, result.raw
            return result

    return Guide()


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {name for (name,) in rows}


def test_push_then_deploy(guide, postgres: str) -> None:
    pushed = guide.run("declarative-push")
    assert pushed.outputs["slug"] == "app"
    deployed = guide.run("declarative-deploy")
    assert tables(postgres) == {"customer", "order"}
    assert json.loads(deployed.outputs["targets"])[0]["status"] == "applied"
    again = guide.run("declarative-deploy")
    assert json.loads(again.outputs["targets"])[0]["status"] == "synced"


def test_the_plan_command_prints_the_plan_and_its_backups(guide, postgres: str) -> None:
    guide.run("declarative-push")
    guide.run("declarative-deploy")
    schema = guide.workspace / "schema.hcl"
    (guide.workspace / "schema_prev.hcl").write_text(schema.read_text())
    schema.write_text(schema.read_text().replace("varchar(320)", "text"))
    ran = subprocess.run(
        [sys.executable, "-m", "backstay.cli", *PLAN],
        cwd=guide.workspace, env={**os.environ, **guide.environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    plan = json.loads(ran.stdout)
    assert plan["File"]["URL"].startswith("atlas://app/plans/")
    assert plan["File"]["Status"] == "APPROVED"
    assert [backup["URL"].partition("?")[2] for backup in plan["Backups"]] == ["region=us-east-1"]
    guide.run("declarative-push")
    deployed = guide.run("declarative-deploy")
    assert json.loads(deployed.outputs["targets"])[0]["plan"] == plan["File"]["URL"]
