"""The primary fails in every way, under the action: what goes on, what stops, and what is said."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.e2e.runner import Result, Runner
from tests.servers.forward import forwarder
from tests.servers.s3 import S3Server
from tests.servers.scripted import Reply, scripted_server

NUMBERS = itertools.count(1)
PROJECT = """
env "e" {{
  url = "sqlite://app.db"
  schema {{
    src = {src}
    repo {{
      name   = "app"
      url    = getenv("PRIMARY")
      backup = [getenv("BACKUP")]
    }}
  }}
}}
"""
USERS = "CREATE TABLE users (id integer);"
POSTS = "CREATE TABLE posts (id integer);"


class Site:
    """A project with its registry in one bucket and the backup in another."""

    def __init__(self, workspace: Path, temp: Path, s3: S3Server) -> None:
        number = next(NUMBERS)
        self.s3, self.workspace, self.temp = s3, workspace, temp
        self.buckets = (f"primary-{number}", f"backup-{number}")
        s3.create_buckets(*self.buckets)
        self.primary, self.backup = (s3.url(bucket, "r", conditional="off") for bucket in self.buckets)
        workspace.mkdir()

    def run(self, action: str, src: str, primary: str = "", **inputs: str) -> Result:
        (self.workspace / "atlas.hcl").write_text(PROJECT.format(src=json.dumps(src)))
        env = {**self.s3.environment, "PRIMARY": primary or self.primary, "BACKUP": self.backup}
        with_ = {name.replace("_", "-"): value for name, value in inputs.items()}
        return Runner(self.workspace, temp=self.temp).uses(action, {"env": "e", **with_}, env)

    def push(self, sql: str, primary: str = "") -> Result:
        (self.workspace / "schema.lt.sql").write_text(sql)
        return self.run("schema/push", "file://schema.lt.sql", primary)

    def apply(self, primary: str = "") -> Result:
        return self.run("schema/apply", "atlas://app", primary, auto_approve="true")

    def tables(self) -> set[str]:
        with closing(sqlite3.connect(self.workspace / "app.db")) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


@pytest.fixture
def site(tmp_path: Path, s3_servers: Callable[[str], S3Server]) -> Site:
    return Site(tmp_path / "workspace", tmp_path / "runner", s3_servers("moto"))


@pytest.fixture
def each_site(tmp_path: Path, s3: S3Server) -> Site:
    """The same on each S3 implementation in turn."""
    return Site(tmp_path / "workspace", tmp_path / "runner", s3)


def at(endpoint: str) -> str:
    """The primary's URL at another address."""
    return f"s3://primary/r?region=us-east-1&endpoint={endpoint}&conditional=off"


XML = b"<?xml version='1.0'?><Error><Code>{}</Code><Message>no</Message></Error>"
REFUSED = "http://127.0.0.1:9"
FALL_BACK = {
    "500": [Reply(status=500)],
    "503": [Reply(status=503, body=XML.replace(b"{}", b"SlowDown"))],
    "429": [Reply(status=429)],
    "truncated": [Reply(body=b"<?xml version='1.0'?><ListBu", length=4096)],
    "garbage": [Reply(body=b"<html>please log in</html>")],
    "blackhole": [Reply(hang=True)],
    "reset": [Reply(body=b"<", reset=True)],
}


@pytest.fixture
def broken(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a primary that answers like this."""
    with ExitStack() as stack:
        server = stack.enter_context(scripted_server(*request.param))
        yield at(server.endpoint)
        assert server.requests, "the fault was never met"


@pytest.mark.parametrize("broken", FALL_BACK.values(), ids=FALL_BACK, indirect=True)
def test_apply_reads_the_backup_when_the_primary_cannot_answer(site: Site, broken: str) -> None:
    site.push(USERS)
    result = site.apply(broken)
    assert result.exit_code == 0, result.raw
    assert site.tables() == {"users"}
    assert any("primary" in notice for notice in result.messages("notice"))


def test_apply_reads_the_backup_when_the_primary_refuses_connections(site: Site) -> None:
    site.push(USERS)
    assert site.apply(at(REFUSED)).exit_code == 0
    assert site.tables() == {"users"}


DENIED = {
    "403": [Reply(status=403, body=XML.replace(b"{}", b"AccessDenied"))],
    "401": [Reply(status=401, body=XML.replace(b"{}", b"InvalidToken"))],
}


@pytest.mark.parametrize("broken", DENIED.values(), ids=DENIED, indirect=True)
def test_a_refused_credential_is_not_outlived_by_a_backup(site: Site, broken: str) -> None:
    site.push(USERS)
    result = site.apply(broken)
    assert result.exit_code == 1
    assert result.outputs["failure-reason"] == "auth"


def test_a_push_goes_to_the_backup_and_is_caught_up_later(each_site: Site) -> None:
    each_site.push(USERS)
    pushed = each_site.push(USERS + POSTS, at(REFUSED))
    assert pushed.exit_code == 0, pushed.raw
    assert any("127.0.0.1:9" in warning for warning in pushed.messages("warning"))
    deployed = each_site.apply()
    assert each_site.tables() == {"users", "posts"}, "what only the backup took is what is read"
    assert deployed.messages("notice")
    caught_up = each_site.push(USERS + POSTS + "CREATE TABLE tags (id integer);")
    assert any("caught up" in notice for notice in caught_up.messages("notice"))


def test_a_push_that_nobody_takes_fails(site: Site) -> None:
    site.backup = at("http://127.0.0.1:10")
    result = site.push(USERS, at(REFUSED))
    assert result.exit_code == 1
    assert result.outputs["failure-reason"] == "network"


def test_the_primary_goes_away_and_comes_back(site: Site) -> None:
    site.push(USERS)
    with forwarder("127.0.0.1", int(site.s3.endpoint.rpartition(":")[2])) as line:
        through = site.primary.replace(site.s3.endpoint, f"http://127.0.0.1:{line.port}")
        assert site.apply(through).exit_code == 0
        line.cut()
        assert site.apply(through).exit_code == 0
    assert site.apply().exit_code == 0


def test_a_corrupt_object_is_reported_and_not_used(each_site: Site) -> None:
    each_site.push(USERS)
    client = each_site.s3.client()
    listed = client.list_objects_v2(Bucket=each_site.buckets[0], Prefix="r/app/states/")["Contents"]
    client.put_object(Bucket=each_site.buckets[0], Key=listed[0]["Key"], Body=b'{"realm": {}}')
    result = each_site.apply()
    assert result.exit_code == 0, result.raw
    assert any("corrupt" in notice or "digest" in notice for notice in result.messages("notice"))
    assert each_site.tables() == {"users"}
