"""A project in a directory of its own: SQLite, a registry and a backup in directories."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backstay.operations import resolve

PROJECT = """
env "ci" {{
  url = "sqlite://app.db"
  dev = "sqlite://dev?mode=memory"
  schema {{
    src = "file://schema.sql"
    repo {{
      name   = "app"
      url    = "file://{path}/registry"
      backup = ["file://{path}/backup"]
    }}
  }}
  {policy}
}}
env "prod" {{
  url = "sqlite://app.db"
  schema {{
    src = "atlas://app"
    repo {{
      name   = "app"
      url    = "file://{path}/registry"
      backup = ["file://{path}/backup"]
    }}
  }}
  {policy}
}}
"""


class Project:
    """What a test does to its project, in a word each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.configure()

    def configure(self, policy: str = "") -> None:
        (self.path / "atlas.hcl").write_text(PROJECT.format(path=self.path, policy=policy))
        resolve.forget_projects()

    def desire(self, sql: str) -> None:
        (self.path / "schema.sql").write_text(sql)

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path / "app.db")) as connection:
            connection.executescript(sql)

    def tables(self) -> set[str]:
        with closing(sqlite3.connect(self.path / "app.db")) as connection:
            return {
                name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")
            }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    return Project(tmp_path)
