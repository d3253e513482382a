"""Passwords of user mappings reach the database, and nobody's eyes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Run
from tests.servers.postgres import fresh_database

SQL = """
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'reader', password '{password}');
"""


@pytest.mark.parametrize("password", ["swordfish", "Xy7''-%4ab!"])
def test_a_password_is_applied_and_never_shown(
    run: Run, postgres_servers: Callable[[str], str], tmp_path: Path, password: str
) -> None:
    plain = password.replace("''", "'")
    (tmp_path / "schema.sql").write_text(SQL.format(password=password))
    (tmp_path / "wrong.sql").write_text(SQL.format(password=password).replace("SERVER s OPT", "SERVER x OPT"))
    with fresh_database(postgres_servers("18")) as url:
        for command, code in (
            (("apply", "--url", url, "--to", "file://wrong.sql", "--auto-approve"), 1),
            (("apply", "--url", url, "--to", "file://schema.sql", "--auto-approve"), 0),
            (("inspect", "--url", url), 0),
            (("inspect", "--url", url, "--format", "{{ sql . }}"), 0),
            (("diff", "--from", "file://schema.sql", "--to", url), 0),
        ):
            ran = run("schema", *command)
            assert ran.code == code, ran.err
            assert password not in ran.out + ran.err
            assert plain not in ran.out + ran.err
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT umoptions FROM pg_user_mappings").fetchone()
        assert row == (["user=reader", f"password={plain}"],)
        (tmp_path / "schema.hcl").write_text(run("schema", "inspect", "--url", url).out)
        again = run("schema", "apply", "--url", url, "--to", "file://schema.hcl", "--auto-approve")
        assert "synced" in again.out, again


PUSHED = """
env "ci" {{
  url = "{url}"
  schema {{
    src = "{src}"
    repo {{
      name = "app"
      url  = "file://{path}/registry"
    }}
  }}
}}
"""


def test_a_pushed_database_keeps_its_passwords_to_itself(
    run: Run, postgres_servers: Callable[[str], str], tmp_path: Path
) -> None:
    """Where it is applied, a mapping that is there stays as it is, and one that is not cannot be made."""
    server = postgres_servers("18")
    with fresh_database(server) as url, fresh_database(server) as other:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SQL.format(password="swordfish").encode())
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute(SQL.format(password="another").encode())
        config = tmp_path / "atlas.hcl"
        config.write_text(PUSHED.format(url=url, src=url, path=tmp_path))
        assert run("schema", "push", "--env", "ci").code == 0
        kept = [file.read_bytes() for file in (tmp_path / "registry").rglob("*") if file.is_file()]
        assert any(b"reader" in data for data in kept)
        assert not any(b"swordfish" in data for data in kept)

        for target in (url, other):
            config.write_text(PUSHED.format(url=target, src="atlas://app", path=tmp_path))
            ran = run("schema", "apply", "--env", "ci", "--auto-approve")
            assert (ran.code, "synced" in ran.out) == (0, True), ran.err
        with psycopg.connect(other, autocommit=True) as connection:
            row = connection.execute("SELECT umoptions FROM pg_user_mappings").fetchone()
            assert row == (["user=reader", "password=another"],)
            connection.execute("DROP USER MAPPING FOR PUBLIC SERVER s")
        ran = run("schema", "apply", "--env", "ci", "--auto-approve")
        assert ran.code == 1
        assert "the options of the user mapping FOR PUBLIC SERVER" in ran.err + ran.out
