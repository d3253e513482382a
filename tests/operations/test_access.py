"""Roles, owners and privileges through whole runs: with the embedded dev server, managed and not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backstay import operations
from backstay.errors import DatabaseError
from backstay.operations import resolve
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions
from backstay.operations.results import ApplyResult
from tests.servers.postgres import fresh_database

ROLES = ("shop_owner", "shop_reader")
ACCESS = "SELECT relowner::regrole::text, relacl::text FROM pg_class WHERE relname = 'v'"


class Notices(Observer):
    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)


class Place:
    """A target on PostgreSQL 18, and a directory with a project."""

    def __init__(self, url: str, path: Path) -> None:
        self.url, self.path = url, path

    def execute(self, sql: str) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def apply(self, text: str, suffix: str, mode: str = "", **options: Any) -> tuple[ApplyResult, list[str]]:
        (self.path / f"schema.{suffix}").write_text(text)
        (self.path / "atlas.hcl").write_text(
            f'env "it" {{\n url = "{self.url}"\n'
            f' schema {{\n src = "file://schema.{suffix}"\n {mode}\n }}\n}}\n'
        )
        resolve.forget_projects()
        observer = Notices()
        (result,) = operations.apply(ApplyOptions(env="it", auto_approve=True, **options), observer)
        return result, observer.notices


@pytest.fixture
def place(
    postgres_servers: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    with fresh_database(postgres_servers("18")) as url:
        found = Place(url, tmp_path)
        try:
            yield found
        finally:
            for role in ROLES:
                if found.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
                    found.execute(f"DROP OWNED BY {role} CASCADE")
                    found.execute(f"DROP ROLE {role}")


DUMP = """
CREATE TABLE public.t (id integer NOT NULL, note {type});
ALTER TABLE public.t OWNER TO shop_owner;
CREATE VIEW public.v AS SELECT id, note FROM public.t;
ALTER VIEW public.v OWNER TO shop_owner;
GRANT SELECT ON TABLE public.v TO shop_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA public GRANT SELECT ON TABLES TO shop_reader;
"""


def test_a_dump_with_owners_loads_and_a_plan_keeps_access(place: Place) -> None:
    for role in ROLES:
        place.execute(f"CREATE ROLE {role}")
    place.execute("GRANT ALL ON SCHEMA public TO shop_owner")
    place.execute(DUMP.format(type="varchar(5)"))
    place.execute("REVOKE ALL ON v FROM shop_reader; GRANT INSERT ON v TO PUBLIC")
    before = place.execute(ACCESS)

    result, notices = place.apply(DUMP.format(type="text"), "sql")

    assert not result.error, result.error
    assert result.plan is not None
    assert any(item.sql.startswith("DROP VIEW") for item in result.plan.planned)
    assert notices == []
    assert place.execute(ACCESS) == before
    again, _ = place.apply(DUMP.format(type="text"), "sql")
    assert again.plan is None


HCL = """
schema "public" {}
role "shop_owner" {
  create_db = true
}
user "shop_reader" {
  member_of = [role.shop_owner]
}
table "t" {
  schema = schema.public
  owner  = role.shop_owner
  column "id" {
    type = int
  }
}
permission {
  for        = table.t
  to         = user.shop_reader
  privileges = [SELECT, INSERT]
}
"""
MANAGED = "mode {\n roles = true\n permissions = true\n }"


def test_what_is_declared_is_applied_where_the_project_manages_it(place: Place) -> None:
    result, notices = place.apply(HCL, "hcl", MANAGED)
    assert not result.error, result.error
    assert notices == []
    assert place.execute(
        "SELECT rolname, rolcanlogin, rolcreatedb FROM pg_roles WHERE rolname ~ '^shop_' ORDER BY 1"
    ) == [
        ("shop_owner", False, True),
        ("shop_reader", True, False),
    ]
    assert place.execute("SELECT relowner::regrole::text FROM pg_class WHERE relname = 't'") == [
        ("shop_owner",)
    ]
    assert place.execute("SELECT has_table_privilege('shop_reader', 't', 'INSERT')") == [(True,)]
    assert place.apply(HCL, "hcl", MANAGED)[0].plan is None


def test_what_is_declared_and_not_managed_is_told(place: Place) -> None:
    result, notices = place.apply(HCL, "hcl")
    assert not result.error, result.error
    assert [text.split(":")[0] for text in notices] == [
        "the files declare roles, which this project does not manage",
        "the files declare permissions and owners, which this project does not manage",
    ]
    assert place.execute("SELECT 1 FROM pg_roles WHERE rolname ~ '^shop_'") == []
    assert place.apply(HCL, "hcl")[0].plan is None


def test_a_role_that_a_given_dev_server_lacks_is_named(
    place: Place, postgres_servers: Callable[[str], str]
) -> None:
    with (
        fresh_database(postgres_servers("18")) as dev,
        pytest.raises(DatabaseError, match='role "shop_owner" does not exist') as caught,
    ):
        place.apply(DUMP.format(type="integer"), "sql", dev_url=dev)
    assert "makes roles by itself" in caught.value.hint
