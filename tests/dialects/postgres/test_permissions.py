"""What is made anew keeps its owner and its privileges, whatever new objects get by default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import psycopg
import pytest

from backstay.dialects.dialect import Hazard
from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.session import PostgresSession
from backstay.engine.verify import build
from backstay.hcl.document import Document, Source
from backstay.schema.managed import EVERYTHING as ALL
from backstay.schema.patterns import Patterns
from tests.dialects.postgres.databases import EVERYTHING, apply, inspected, load, planned

ROLES = ("reader", 'odd "r, =/')

BEFORE = """
CREATE TABLE t (id int PRIMARY KEY, note varchar(3));
CREATE VIEW v AS SELECT id, note FROM t;
ALTER VIEW v OWNER TO reader;
GRANT SELECT ON v TO PUBLIC;
GRANT INSERT (id), SELECT (note) ON v TO "odd ""r, =/";
CREATE MATERIALIZED VIEW m AS SELECT note FROM t;
REVOKE ALL ON m FROM CURRENT_USER;
GRANT SELECT ON m TO CURRENT_USER;
GRANT ALL ON m TO reader WITH GRANT OPTION;
CREATE VIEW plain AS SELECT note FROM t;
CREATE FUNCTION f(a int, VARIADIC b text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION f(int, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f(int, text[]) TO reader;
CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE e AS ENUM ('a', 'b');
CREATE TABLE uses (e e);
REVOKE ALL ON TYPE e FROM PUBLIC;
GRANT USAGE ON TYPE e TO reader;
ALTER TYPE e OWNER TO reader;
"""
AFTER = """
CREATE TABLE t (id int PRIMARY KEY, note text);
CREATE VIEW v AS SELECT id, note FROM t;
CREATE MATERIALIZED VIEW m AS SELECT note FROM t;
CREATE VIEW plain AS SELECT note FROM t;
CREATE FUNCTION f(a int, VARIADIC c text[]) RETURNS bigint LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION g() RETURNS bigint LANGUAGE sql AS 'SELECT 1';
CREATE TYPE e AS ENUM ('a');
CREATE TABLE uses (e e);
"""
DEFAULTS = """
ALTER DEFAULT PRIVILEGES GRANT SELECT, UPDATE ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO "odd ""r, =/";
ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO reader WITH GRANT OPTION;
"""


@pytest.fixture
def session(postgres: str) -> Iterator[PostgresSession]:
    """A session on an empty database; the roles are there while it is."""
    with closing(PostgresSession(postgres)) as found:
        for role in ROLES:
            found.execute(f"CREATE ROLE {quoted(role)}")
        found.execute("CREATE SCHEMA IF NOT EXISTS public")
        try:
            yield found
        finally:
            for role in ROLES:
                found.execute(f"DROP OWNED BY {quoted(role)} CASCADE")
                found.execute(f"DROP ROLE {quoted(role)}")


def quoted(role: str) -> str:
    return psycopg.sql.Identifier(role).as_string()


def access(session: PostgresSession) -> Sequence[object]:
    """Owners and privileges of all objects, as the inspection words them."""
    facts = session.inspect(EVERYTHING).facts
    return facts.access


@pytest.mark.parametrize("defaults", ["", DEFAULTS], ids=["no defaults", "defaults"])
def test_what_is_made_anew_keeps_owner_and_privileges(session: PostgresSession, defaults: str) -> None:
    after = inspected(session, AFTER)
    load(session, BEFORE)
    load(session, defaults)
    before = session.inspect(EVERYTHING)
    statements = planned(before, after)
    remade = {item.sql.split(" (")[0] for item in statements if item.sql.startswith("DROP ")}
    assert len(remade) >= 6

    apply(session, statements)

    assert access(session) == before.facts.access
    assert planned(session.inspect(EVERYTHING), after) == ()


MANAGED = Patterns(managed=ALL)
STATES = (
    "",
    """
    CREATE TABLE t (id serial PRIMARY KEY, note text, other int);
    CREATE VIEW v AS SELECT id FROM t;
    CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE ag (int) (sfunc = int4pl, stype = int);
    CREATE TYPE e AS ENUM ('a');
    CREATE DOMAIN d AS int;
    CREATE SEQUENCE s;
    CREATE COLLATION c FROM "C";
    CREATE FOREIGN DATA WRAPPER w;
    CREATE SERVER sv FOREIGN DATA WRAPPER w;
    CREATE SCHEMA other;
    ALTER SCHEMA other OWNER TO reader;
    ALTER TABLE t OWNER TO reader;
    ALTER FUNCTION f(int) OWNER TO "odd ""r, =/";
    ALTER COLLATION c OWNER TO reader;
    GRANT USAGE ON SCHEMA other TO "odd ""r, =/";
    GRANT SELECT, INSERT ON t TO "odd ""r, =/" WITH GRANT OPTION;
    GRANT SELECT (id), UPDATE (note) ON t TO PUBLIC;
    GRANT SELECT (id) ON v TO reader;
    GRANT ALL ON v TO reader;
    GRANT USAGE ON SEQUENCE t_id_seq, s TO reader;
    REVOKE ALL ON FUNCTION f(int) FROM PUBLIC;
    GRANT EXECUTE ON PROCEDURE p() TO reader;
    GRANT EXECUTE ON FUNCTION ag(int) TO reader;
    REVOKE USAGE ON TYPE e FROM PUBLIC;
    GRANT USAGE ON DOMAIN d TO reader;
    GRANT USAGE ON FOREIGN DATA WRAPPER w TO reader;
    GRANT USAGE ON FOREIGN SERVER sv TO reader WITH GRANT OPTION;
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
    ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES FOR ROLE reader IN SCHEMA other GRANT ALL ON SEQUENCES TO "odd ""r, =/";
    """,
    """
    CREATE TABLE t (id serial PRIMARY KEY, note text, other int);
    CREATE TABLE t2 (id int);
    CREATE VIEW v AS SELECT id FROM t;
    CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TYPE e AS ENUM ('a');
    CREATE SCHEMA other;
    ALTER SCHEMA other OWNER TO "odd ""r, =/";
    ALTER TABLE t OWNER TO "odd ""r, =/";
    ALTER FUNCTION f(int) OWNER TO "odd ""r, =/";
    REVOKE ALL ON FUNCTION f(int) FROM "odd ""r, =/";
    GRANT SELECT (id, note) ON t TO PUBLIC;
    GRANT SELECT ON t TO reader;
    GRANT INSERT (other) ON t TO reader;
    GRANT SELECT ON v TO reader;
    GRANT SELECT (id) ON v TO reader;
    GRANT ALL ON t2 TO PUBLIC;
    ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO reader;
    ALTER DEFAULT PRIVILEGES FOR ROLE reader IN SCHEMA other GRANT USAGE ON SEQUENCES TO "odd ""r, =/"
      WITH GRANT OPTION;
    """,
)


@pytest.mark.parametrize("path", [(0, 1), (0, 2), (1, 2), (2, 1), (1, 0), (2, 0)])
def test_declared_owners_and_privileges_are_planned(session: PostgresSession, path: tuple[int, int]) -> None:
    before, after = (STATES[number] for number in path)
    with session.workspace() as scratch:
        load(scratch, after)
        desired = scratch.inspect(MANAGED)
    load(session, before)
    current = session.inspect(MANAGED)

    apply(session, planned(current, desired, managed=ALL))

    result = session.inspect(MANAGED)
    assert planned(result, desired, managed=ALL) == ()
    for schema, wanted in zip(result.schemas, desired.schemas, strict=True):
        assert schema.permissions == wanted.permissions
        assert schema.default_permissions == wanted.default_permissions
        assert set(wanted.ownerships) <= set(schema.ownerships)
    assert (result.permissions, result.default_permissions) == (
        desired.permissions,
        desired.default_permissions,
    )


ROLE_STATES = (
    "",
    """
    CREATE ROLE "odd ""role" CREATEDB CREATEROLE NOINHERIT CONNECTION LIMIT 5
      VALID UNTIL '2030-01-02 03:04:05+02';
    CREATE ROLE of_test LOGIN REPLICATION BYPASSRLS IN ROLE reader;
    COMMENT ON ROLE of_test IS 'it''s';
    GRANT of_test TO "odd ""role" WITH ADMIN OPTION;
    ALTER ROLE of_test SET search_path TO "$user", 'a "b, c', public;
    ALTER ROLE of_test SET "app.tenant" TO 'it''s, one = 1'; ALTER ROLE of_test SET DateStyle TO ISO, DMY;
    ALTER ROLE "odd ""role" SET search_path TO '';
    """,
    """
    CREATE ROLE "odd ""role" LOGIN;
    CREATE ROLE of_test SUPERUSER;
    GRANT of_test, reader TO "odd ""role";
    ALTER ROLE of_test SET statement_timeout TO '5s'; ALTER ROLE of_test SET search_path TO public;
    """,
)


def dropped(session: PostgresSession, names: Sequence[str] = ('odd "role', "of_test")) -> None:
    for name in names:
        session.execute(f"DROP ROLE IF EXISTS {quoted(name)}")


@pytest.mark.parametrize("path", [(0, 1), (1, 2), (2, 1), (2, 0)])
def test_roles_are_planned(session: PostgresSession, path: tuple[int, int]) -> None:
    before, after = (ROLE_STATES[number] for number in path)
    try:
        load(session, after)
        desired = session.inspect(MANAGED)
        dropped(session)
        load(session, before)

        apply(session, planned(session.inspect(MANAGED), desired, managed=ALL))

        assert session.inspect(MANAGED).roles == desired.roles
        document = Document.load([Source("schema.hcl", POSTGRES.encode(desired))])
        assert POSTGRES.decode(document, qualify=True).roles == desired.roles
    finally:
        dropped(session)


@pytest.mark.parametrize("sql", STATES[1:])
def test_owners_and_privileges_are_written_and_read(session: PostgresSession, sql: str) -> None:
    with session.workspace() as scratch:
        load(scratch, sql)
        realm = scratch.inspect(MANAGED)
    text = POSTGRES.encode(realm)
    assert "owner = role.reader" in text.replace("  ", " ") or "owner" in text
    desired = POSTGRES.decode(Document.load([Source("schema.hcl", text)]), qualify=True)
    with session.workspace() as scratch:
        build(POSTGRES, scratch, desired)
        again = scratch.inspect(MANAGED)
    for one, other in zip(again.schemas, realm.schemas, strict=True):
        assert one.permissions == other.permissions
        assert one.default_permissions == other.default_permissions
        assert one.ownerships == other.ownerships
    assert again.permissions == realm.permissions
    assert again.default_permissions == realm.default_permissions


def test_a_right_that_goes_is_a_hazard_but_not_one_that_nobody_had(session: PostgresSession) -> None:
    new = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC"
    new += "; CREATE SCHEMA n; REVOKE CREATE ON SCHEMA n FROM CURRENT_USER"
    with session.workspace() as scratch:
        load(scratch, f"CREATE TABLE t (a int); {new}; GRANT SELECT ON t TO reader")
        desired = scratch.inspect(MANAGED)
    load(session, "CREATE TABLE t (a int); GRANT SELECT, INSERT ON t TO reader")
    statements = planned(session.inspect(MANAGED), desired, managed=ALL)
    assert any(item.sql.startswith("REVOKE ") and "ROUTINE" in item.sql for item in statements)
    assert any(item.sql.startswith("REVOKE ") and "SCHEMA" in item.sql for item in statements)
    assert [hazard for item in statements for hazard in item.hazards] == [
        Hazard("BS204", 'Revoking INSERT ON TABLE "public"."t" FROM "reader"')
    ]
