"""Sessions: what URLs mean, what failures are called, transactions, locks, workspaces."""

from __future__ import annotations

import threading

import psycopg
import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.connect import at_database, bind, connection_error, parse
from backstay.dialects.postgres.session import PostgresSession, lock_key
from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    DatabaseError,
    DirtyDatabaseError,
    LockError,
    NetworkError,
    NotFoundError,
)
from backstay.schema.model import Realm
from tests.dialects.postgres.databases import EVERYTHING, connected, load
from tests.servers.process import free_port

SECRET = "s3cr%40t"


@pytest.mark.parametrize(
    ("url", "parameters", "schema", "settings"),
    [
        ("postgres://u:p%40w@h:1/d", {"user": "u", "password": "p@w", "host": "h", "port": "1"}, "", {}),
        ("postgresql:///d?host=%2Ftmp%2Fx", {"host": "/tmp/x", "dbname": "d"}, "", {}),
        ("postgres:///d", {"host": "localhost"}, "", {}),
        (
            "postgres://h/d?sslmode=disable&connect_timeout=3",
            {"sslmode": "disable", "connect_timeout": "3"},
            "",
            {},
        ),
        ("postgres://h/d?search_path=app", {"dbname": "d"}, "app", {}),
        ("postgres://h/d?search_path=%22My%20App%22", {}, "My App", {}),
        (
            "postgres://h/d?lock_timeout=5s&application_name=x",
            {"application_name": "x"},
            "",
            {"lock_timeout": "5s"},
        ),
        ("postgres://h/my%20db%2F1", {"dbname": "my db/1", "application_name": "backstay"}, "", {}),
    ],
)
def test_urls(url: str, parameters: dict[str, str], schema: str, settings: dict[str, str]) -> None:
    address = parse(url)
    assert parameters.items() <= address.parameters.items()
    assert (address.schema, address.settings) == (schema, settings)


@pytest.mark.parametrize(
    "url", ["postgres://h/d?search_path=a,b", "postgres://h:x/d", f"postgres://u:{SECRET}@[h/d"]
)
def test_bad_urls_are_refused_without_quoting_secrets(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(url)
    assert "s3cr" not in f"{caught.value.message} {caught.value.hint}"


def test_urls_are_bound_and_moved() -> None:
    assert bind("postgres://h/d?sslmode=disable&search_path=a", "") == "postgres://h/d?sslmode=disable"
    assert parse(bind("postgres://h/d", "a&b c")).schema == "a&b c"
    assert parse(at_database("postgres://u:p%2F@h/d?search_path=s", "x y")).parameters["dbname"] == "x y"


def test_failures_to_connect_have_their_own_class(postgres: str) -> None:
    address = f"127.0.0.1:{parse(postgres).parameters['port']}"
    cases: list[tuple[str, type[BackstayError]]] = [
        (f"postgres://u:{SECRET}@127.0.0.1:{free_port()}/d?connect_timeout=2", NetworkError),
        (f"postgres://u:{SECRET}@no-such-host.invalid/d?connect_timeout=2", NetworkError),
        (f"postgres://nobody:{SECRET}@{address}/postgres?sslmode=disable", AuthError),
        (f"postgres://postgres:{SECRET}@{address}/none?sslmode=disable", NotFoundError),
        (f"postgres://postgres:{SECRET}@{address}/postgres?sslmode=disable&no_such=1", ConfigError),
    ]
    for url, class_ in cases:
        with pytest.raises(class_) as caught:
            PostgresSession(url)
        assert caught.value.hint
        assert "s3cr" not in f"{caught.value.message} {caught.value.hint}", url


def test_a_wrong_password_is_an_authentication_error(postgres: str) -> None:
    with connected(postgres) as session:
        session.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        hba = session.rows("SHOW hba_file")[0][0]
    assert hba  # the servers of these tests trust everybody: the message is what decides
    error = psycopg.OperationalError(
        'connection failed: FATAL:  password authentication failed for user "guarded"'
    )
    assert isinstance(connection_error(f"postgres://guarded:{SECRET}@h/d", error), AuthError)


def test_percent_signs_and_quotes_go_through(postgres: str) -> None:
    with connected(postgres) as session:
        session.execute("""CREATE TABLE "100%s %(x)s" (a text DEFAULT '%')""")
        assert session.inspect(EVERYTHING).schemas[0].tables[0].name == "100%s %(x)s"


def test_a_refused_statement_says_why_on_one_line(postgres: str) -> None:
    with connected(postgres) as session:
        with pytest.raises(DatabaseError, match=r'^relation "t" does not exist$'):
            session.execute("DROP INDEX x; ALTER TABLE t ADD a int".partition("; ")[2])
        load(session, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")
        with pytest.raises(DatabaseError, match=r"duplicated|duplicate") as caught:
            session.execute("CREATE UNIQUE INDEX i ON t (a)")
        assert "\n" not in caught.value.message


def test_a_full_table_of_locks_tells_what_to_do(postgres: str) -> None:
    with connected(postgres) as session:
        with pytest.raises(DatabaseError, match=r"^out of shared memory$") as caught:
            session.execute("SELECT pg_advisory_xact_lock(n) FROM generate_series(1, 1000000) n")
        assert "max_locks_per_transaction" in caught.value.hint
        assert "--tx-mode none" in caught.value.hint


def test_a_transaction_is_all_or_nothing(postgres: str) -> None:
    with connected(postgres) as session:
        with pytest.raises(DatabaseError), session.transaction():
            load(session, "CREATE TABLE t (a int); SELECT 1/0")
        with pytest.raises(DatabaseError, match="violates foreign key"), session.transaction():
            load(
                session,
                "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED);"
                "INSERT INTO t VALUES (1, 2)",
            )
        assert session.inspect(EVERYTHING).schemas[0].tables == ()


def test_the_server_may_be_read_only(postgres: str) -> None:
    with connected(f"{postgres}&default_transaction_read_only=on") as session:
        with pytest.raises(DatabaseError, match="read-only") as caught:
            session.execute("CREATE TABLE t ()")
        assert "primary" in caught.value.hint


def test_a_table_lock_of_another_session_ends_in_a_lock_error(postgres: str) -> None:
    with connected(postgres) as other, connected(f"{postgres}&lock_timeout=20ms") as session:
        other.execute("CREATE TABLE t ()")
        with other.transaction():
            other.execute("LOCK TABLE t")
            with pytest.raises(LockError):
                session.execute("ALTER TABLE t ADD a int")


def test_an_advisory_lock_excludes_others_and_is_given_back(postgres: str) -> None:
    with connected(postgres) as one, connected(postgres) as other:
        with one.lock("x", 0):
            pid = one.rows("SELECT pg_backend_pid()")[0][0]
            with pytest.raises(LockError, match=f"pid {pid}, application backstay"), other.lock("x", 0.06):
                pass
            with other.lock("y", 0):
                pass
        with other.lock("x", 0):
            pass


def test_the_key_of_a_lock_is_the_fnv_hash_of_its_name() -> None:
    assert [lock_key(name) for name in ("", "a", "foobar")] == [0x811C9DC5, 0x050C5D7E, 0x31F0B262]


def test_a_running_statement_can_be_cancelled(postgres: str) -> None:
    with connected(postgres) as session, connected(postgres) as other:
        busy = (
            "SELECT FROM pg_stat_activity WHERE pid = %s AND state = 'active' AND query LIKE '%%pg_sleep%%'"
        )

        def cancel() -> None:
            while not other.rows(busy, session.connection.info.backend_pid):
                pass
            session.cancel()

        watching = threading.Thread(target=cancel)
        watching.start()
        with pytest.raises(DatabaseError, match="canceling statement"):
            session.execute("SELECT pg_sleep(600)")
        watching.join()
        session.execute("SELECT 1")


@pytest.mark.parametrize("schema", ["", "public", 'odd "name"'])
def test_a_workspace_is_empty_of_the_same_scope_and_gone_afterwards(postgres: str, schema: str) -> None:
    with connected(postgres, schema) as session:
        with session.workspace() as one, session.workspace() as other:
            assert one.schema == schema
            load(one, "CREATE TABLE t (a int)")
            names = {item.name: len(item.tables) for item in one.inspect(EVERYTHING).schemas}
            assert names == {schema or "public": 1}
            assert [item.tables for item in other.inspect(EVERYTHING).schemas] == [()]
        assert session.rows("SELECT count(*) FROM pg_database WHERE datname LIKE 'backstay%'")[0][0] == 0


def test_a_workspace_is_dropped_after_errors_too(postgres: str) -> None:
    with connected(postgres) as session:
        with pytest.raises(KeyboardInterrupt), session.workspace():
            raise KeyboardInterrupt
        assert session.rows("SELECT datname FROM pg_database WHERE datname LIKE 'backstay%'") == []


@pytest.mark.parametrize(
    ("sql", "schema", "found"),
    [
        ("CREATE TABLE t ()", "public", 'found table "t" in connected schema'),
        ("CREATE TABLE t ()", "", 'found table "t" in schema "public"'),
        ("CREATE SCHEMA x", "", 'found schema "x"'),
        ("CREATE VIEW v AS SELECT 1", "", 'found view "v" in schema "public"'),
        ("CREATE TYPE e AS ENUM ()", "public", 'found enum "e" in connected schema'),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "public", r'found function "f\(\)"'),
        ("CREATE PUBLICATION p", "", 'found publication "p" in the database'),
    ],
)
def test_a_database_with_anything_in_it_is_no_workspace(
    postgres: str, sql: str, schema: str, found: str
) -> None:
    with connected(postgres, schema) as session:
        session.execute(sql)
        with (
            pytest.raises(DirtyDatabaseError, match=f"connected database is not clean: {found}"),
            session.workspace(),
        ):
            pass


@pytest.mark.parametrize("schema", ["public", ""])
def test_without_the_right_to_create_databases_there_is_a_workspace_still(postgres: str, schema: str) -> None:
    with connected(postgres) as admin:
        load(admin, "DROP ROLE IF EXISTS poor; CREATE ROLE poor LOGIN; ALTER SCHEMA public OWNER TO poor")
        database = admin.rows("SELECT current_database()")[0][0]
        admin.execute(f"GRANT CREATE ON DATABASE {database} TO poor")
    url = postgres.replace("postgres@", "poor@")
    with connected(url, schema) as session:
        before = session.inspect(EVERYTHING)
        with session.workspace() as scratch:
            load(scratch, "CREATE TABLE t (a int)")
            if not schema:
                load(scratch, "CREATE PUBLICATION p FOR TABLE t")
            assert [table.name for item in scratch.inspect(EVERYTHING).schemas for table in item.tables] == [
                "t"
            ]
        after = session.inspect(EVERYTHING)
    assert POSTGRES.reconcile(before, Realm()) == POSTGRES.reconcile(after, Realm())
    with connected(postgres) as admin:
        load(
            admin,
            f"ALTER SCHEMA public OWNER TO postgres; REVOKE ALL ON DATABASE {database} FROM poor;"
            "DROP ROLE poor",
        )


@pytest.mark.parametrize("schema", ["public", ""])
def test_who_could_not_clear_away_a_workspace_gets_none(postgres: str, schema: str) -> None:
    with connected(postgres) as admin:
        load(admin, "DROP ROLE IF EXISTS poorer; CREATE ROLE poorer LOGIN")
        with (
            connected(postgres.replace("postgres@", "poorer@"), schema) as session,
            pytest.raises(DatabaseError, match='the role "poorer" may not create databases') as caught,
            session.workspace(),
        ):
            pass
        assert "CREATEDB" in caught.value.hint
        admin.execute("DROP ROLE poorer")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "1min"),
        ("&lock_timeout=300ms", "300ms"),
        ("&options=-c%20lock_timeout%3D300ms", "300ms"),
        ("&options=--lock_timeout%3D300ms", "300ms"),
    ],
)
def test_the_url_says_how_long_to_wait_for_a_table(postgres: str, query: str, expected: str) -> None:
    with connected(postgres + query) as session:
        assert session.rows("SHOW lock_timeout") == [(expected,)]


def test_rows_are_estimated_over_all_partitions_and_only_where_they_were_counted(postgres: str) -> None:
    with connected(postgres) as session, session.workspace() as scratch:
        load(
            scratch,
            "CREATE TABLE parts (a int) PARTITION BY LIST (a);"
            "CREATE TABLE one PARTITION OF parts FOR VALUES IN (1); INSERT INTO parts VALUES (1), (1);"
            "CREATE TABLE two PARTITION OF parts FOR VALUES IN (2); INSERT INTO parts VALUES (2);"
            "CREATE TABLE plain AS SELECT 1 AS a; CREATE TABLE uncounted (a int);"
            "ANALYZE one; ANALYZE two; ANALYZE plain;",
        )
        names = ("parts", "one", "plain", "uncounted", "gone")
        found = scratch.row_estimates([("public", name) for name in names])
    assert found == {("public", "parts"): 3, ("public", "one"): 2, ("public", "plain"): 1}
