"""A job whose registry is a server: its steps share a grant, and go on with it when the server goes away."""

from __future__ import annotations

import re
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from backstay.registry.signing_keys import Signer
from backstay.storage.memory import MemoryStore
from tests.e2e.runner import Result, Runner
from tests.servers.registry import registry_server

PROJECT = """
env "e" {{
  url = "sqlite://app.db"
  schema {{
    src = "{src}"
    repo {{
      name   = "app"
      url    = getenv("REGISTRY")
      backup = ["file://{backup}"]
    }}
  }}
}}
"""


class Job:
    """A job in a workspace, with a token for the server."""

    def __init__(self, path: Path, url: str, token: str) -> None:
        self.path = path
        self.workspace = path / "workspace"
        self.workspace.mkdir()
        self.variables = {"REGISTRY": url, "BACKSTAY_TOKEN": "${{ secrets.TOKEN }}"}
        self.secrets = {"TOKEN": token}
        (self.workspace / "schema.lt.sql").write_text("CREATE TABLE users (id integer);")

    def step(self, action: str, src: str, home: str = "runner", **inputs: str) -> Result:
        project = PROJECT.format(src=src, backup=self.path / "backup")
        (self.workspace / "atlas.hcl").write_text(project)
        runner = Runner(self.workspace, temp=self.path / home, secrets=self.secrets)
        return runner.uses(action, {"env": "e", **inputs}, self.variables)

    def apply(self, home: str = "runner") -> Result:
        return self.step("schema/apply", "atlas://app", home, **{"auto-approve": "true"})

    def tables(self) -> set[str]:
        with closing(sqlite3.connect(self.workspace / "app.db")) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def test_a_step_goes_on_with_the_grant_of_the_one_before(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(registry_server(MemoryStore(), signer=Signer(b"s" * 32)))
        job = Job(tmp_path, server.url, server.token(name="ci"))
        pushed = job.step("schema/push", "file://schema.lt.sql")
        assert pushed.exit_code == 0, pushed.raw
    alone = job.apply(home="another-job")
    assert (alone.exit_code, alone.outputs["failure-reason"]) == (1, "grant")
    assert any("there is no grant to go on without it" in message for message in alone.messages("error"))
    applied = job.apply()
    assert applied.exit_code == 0, applied.raw
    assert job.tables() == {"users"}
    assert any("this goes on without" in message for message in applied.messages("notice"))


def test_set_up_gets_a_grant_and_says_on_which_day_it_ends(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(registry_server(MemoryStore(), signer=Signer(b"s" * 32)))
        job = Job(tmp_path, server.url, server.token(name="ci"))
        job.step("schema/push", "file://schema.lt.sql", home="another-job")
        got = job.step("setup/container", "atlas://app")
    assert got.outputs["renewed"] == "true", got.raw
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", got.outputs["cache-day"])
    applied = job.apply()
    assert applied.exit_code == 0, applied.raw
