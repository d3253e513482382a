"""A server of our own gets the tablespaces that statements name; they are gone with the workspace."""

from __future__ import annotations

import pytest

from backstay.errors import DatabaseError
from tests.dialects.postgres.databases import EVERYTHING, connected, load

SPACES = "SELECT spcname::text FROM pg_tablespace ORDER BY 1"


def test_a_missing_tablespace_is_made_and_dropped(postgres: str) -> None:
    with connected(postgres, "app") as session:
        with session.workspace(disposable=True) as scratch:
            load(scratch, "SET default_tablespace = one; CREATE TABLE t (a int); SET default_tablespace = ''")
            with scratch.transaction():
                load(
                    scratch, 'CREATE INDEX i ON t (a) TABLESPACE "two 2"; ALTER TABLE t SET TABLESPACE three'
                )
            (table,) = scratch.inspect(EVERYTHING).schemas[0].tables
            assert (table.tablespace, table.indexes[0].tablespace) == ("three", "two 2")
            assert len(session.rows(SPACES)) == 5
        assert session.rows(SPACES) == [("pg_default",), ("pg_global",)]


def test_no_other_server_gets_any(postgres: str) -> None:
    with connected(postgres, "app") as session, session.workspace() as scratch:
        with pytest.raises(DatabaseError, match='tablespace "one" does not exist'):
            load(scratch, "CREATE TABLE t (a int) TABLESPACE one")
        assert len(session.rows(SPACES)) == 2
