"""A project whose registry is a server, with a backup beside it, and whose database is a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from backstay.registry.signing_keys import Signer
from backstay.storage.memory import MemoryStore
from tests.servers.postgres import fresh_database
from tests.servers.registry import registry_server

PROJECT = """
env "ci" {{
  dev = "docker://postgres/18/dev?search_path=public"
  schema {{
    src = "file://schema.sql"
    repo {{
      name   = "app"
      url    = "{registry}"
      backup = ["file://{backup}"]
    }}
  }}
}}
env "prod" {{
  url = getenv("DATABASE_URL")
  schema {{
    src = "atlas://app"
    repo {{
      name   = "app"
      url    = "{registry}"
      backup = ["file://{backup}"]
    }}
  }}
}}
"""


class Project:
    """`files` of the repository; `variables` with the secrets of a job; `stop` takes the registry away."""

    def __init__(
        self, path: Path, registry: str, token: str, database: str, stop: Callable[[], None]
    ) -> None:
        self.files = {
            "atlas.hcl": PROJECT.format(registry=registry, backup=path / "backup"),
            "schema.sql": "CREATE TABLE users (id integer PRIMARY KEY);",
        }
        self.token = token
        self.database = database
        self.stop = stop

    @property
    def variables(self) -> dict[str, str]:
        return {"BACKSTAY_TOKEN": self.token, "DATABASE_URL": self.database}

    def tables(self) -> set[str]:
        """What there is in the database."""
        with psycopg.connect(self.database.partition("?")[0]) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            return {name for (name,) in found}


@pytest.fixture
def project(tmp_path: Path, postgres_servers: Callable[[str], str]) -> Iterator[Project]:
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database(postgres_servers("18")))
        registry = ExitStack()
        stack.callback(registry.close)
        server = registry.enter_context(registry_server(MemoryStore(), signer=Signer(b"s" * 32)))
        url = database.replace("?", "?search_path=public&", 1)
        yield Project(tmp_path, server.url, server.token(name="ci"), url, registry.close)
