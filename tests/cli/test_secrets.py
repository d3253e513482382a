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
