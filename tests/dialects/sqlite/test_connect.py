"""Sessions: URLs, transactions, locks, workspaces, and what goes wrong."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backstay.dialects.dialect import Session
from backstay.dialects.sqlite import SQLITE
from backstay.dialects.sqlite.connect import SQLiteSession
from backstay.dialects.sqlite.url import parse
from backstay.errors import (
    BackstayError,
    ConfigError,
    DatabaseError,
    DirtyDatabaseError,
    LockError,
    NotFoundError,
)
from backstay.schema.patterns import Patterns
from tests.dialects.sqlite.databases import apply, inspect, load, plan


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("sqlite:///var/app.db", "file:/var/app.db"),
        ("sqlite3:///var/app.db?_fk=1", "file:/var/app.db"),
        ("sqlite://app.db", f"file:{os.getcwd()}/app.db"),
        ("sqlite://file:app.db?cache=shared", f"file:{os.getcwd()}/app.db?cache=shared"),
        ("sqlite:///a%20b%3F.db", "file:/a%20b%3F.db"),
        ("sqlite://dev?mode=memory", "file:/dev?vfs=memdb"),
        ("sqlite://file:dev?mode=memory&cache=shared&_fk=1", "file:/dev?vfs=memdb"),
        ("sqlite://?mode=memory", "file::memory:"),
        ("sqlite://:memory:", "file::memory:"),
        ("sqlite:///x.db?mode=ro", "file:/x.db?mode=ro"),
    ],
)
def test_urls_name_files(url: str, uri: str) -> None:
    assert parse(url).uri == uri


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "missing file name"),
        ("sqlite://x.db?_fk=1;DROP", 'wrong value "1;DROP" of parameter "_fk"'),
        ("sqlite://x.db?surprise=1", 'unknown parameter "surprise"'),
    ],
)
def test_wrong_urls_are_named(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse(url)


def test_memory_databases_are_shared_by_name_and_gone_with_the_last_session() -> None:
    with closing(SQLITE.connect("sqlite://shared?mode=memory")) as one:
        one.execute("CREATE TABLE t (a)")
        with closing(SQLITE.connect("sqlite://shared?mode=memory")) as two:
            assert inspect(two) == inspect(one)
        with closing(SQLITE.connect("sqlite://other?mode=memory")) as three:
            assert inspect(three) != inspect(one)
    with closing(SQLITE.connect("sqlite://shared?mode=memory")) as later:
        assert not inspect(later).schemas[0].tables


def test_looking_at_a_database_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    session = SQLITE.connect(f"sqlite://{path}")
    assert not inspect(session).schemas[0].tables
    with session.workspace() as workspace:
        workspace.execute("CREATE TABLE t (a)")
    assert not path.exists()
    with session.lock("x", 0), session.transaction():
        session.execute("CREATE TABLE t (a)")
    assert path.exists()
    assert inspect(session).schemas[0].tables
    session.close()
    session.close()


def test_no_directory_no_database(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such directory"):
        SQLITE.connect(f"sqlite://{tmp_path}/nowhere/x.db")
    with pytest.raises(NotFoundError, match="no such file"):
        SQLITE.connect(f"sqlite://{tmp_path}/x.db?mode=ro")
    with pytest.raises(ConfigError, match="is a directory"):
        SQLITE.connect(f"sqlite://{tmp_path}")


def test_what_is_not_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("this is not a database, whatever its name says " * 20)
    with pytest.raises(DatabaseError, match="file is not a database") as caught:
        SQLITE.connect(f"sqlite://{path}")
    assert caught.value.hint


def test_a_locked_database_is_told(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/x.db?_busy_timeout=1"
    with closing(load("CREATE TABLE t (a)", url)) as one, closing(SQLITE.connect(url)) as two:
        with one.transaction(), pytest.raises(LockError, match="database is locked"), two.transaction():
            pass
        with two.transaction():
            two.execute("INSERT INTO t VALUES (1)")


def test_a_read_only_database_is_told(tmp_path: Path) -> None:
    load("CREATE TABLE t (a)", f"sqlite://{tmp_path}/x.db").close()
    with closing(SQLITE.connect(f"sqlite://{tmp_path}/x.db?mode=ro")) as session:
        assert inspect(session).schemas[0].tables
        with pytest.raises(DatabaseError, match="readonly") as caught:
            session.execute("DROP TABLE t")
        assert "mode=ro" in caught.value.hint


@pytest.mark.parametrize("sql", ["SELECT", "DROP TABLE nothing", "SELECT 1; SELECT 2"])
def test_refused_statements_are_database_errors(sql: str) -> None:
    with pytest.raises(DatabaseError):
        load("").execute(sql)


def test_a_failed_transaction_leaves_nothing() -> None:
    session = load("CREATE TABLE t (a)", "sqlite://:memory:?_fk=1")
    before = inspect(session)
    for failure in (DatabaseError("refused"), KeyboardInterrupt()):
        with pytest.raises(type(failure)):
            fail(session, failure)
    assert inspect(session) == before


def fail(session: Session, failure: BaseException) -> None:
    with session.transaction():
        session.execute("CREATE TABLE u (a)")
        raise failure


PARENTS = """
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE c (p int REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1);
"""


def test_foreign_keys_are_enforced_again_after_a_transaction() -> None:
    session = load(PARENTS, "sqlite://:memory:?_fk=1")
    with session.transaction():
        session.execute("DROP TABLE p")
        session.execute("CREATE TABLE p (id integer PRIMARY KEY)")
        session.execute("INSERT INTO p VALUES (1)")
    with pytest.raises(DatabaseError, match="FOREIGN KEY constraint failed"):
        session.execute("INSERT INTO c VALUES (2)")


def test_new_dangling_references_are_not_committed() -> None:
    session = load(PARENTS)
    with pytest.raises(DatabaseError) as caught, session.transaction():
        session.execute("DELETE FROM p")
    assert caught.value.message == (
        'foreign key mismatch: row 1 of table "c" refers to a row that is not in table "p"'
    )
    with session.transaction():
        session.execute("INSERT INTO c VALUES (1)")


def test_rows_without_number_are_counted() -> None:
    session = load(
        "CREATE TABLE p (id integer PRIMARY KEY);"
        "CREATE TABLE c (p int PRIMARY KEY REFERENCES p) WITHOUT ROWID; INSERT INTO c VALUES (1)"
    )
    with pytest.raises(DatabaseError, match='a row of table "c"'), session.transaction():
        session.execute("INSERT INTO c VALUES (2)")


def test_old_dangling_references_are_nobodys_business() -> None:
    session = load(PARENTS + "INSERT INTO c VALUES (7), (8); DELETE FROM c WHERE rowid = 1")
    apply(session, plan(inspect(session), inspect(load(PARENTS.replace("c (p int", "c (p text")))))
    broken = load("CREATE TABLE p (x); CREATE TABLE c (p int REFERENCES p (x)); INSERT INTO c VALUES (1)")
    with broken.transaction():
        broken.execute("CREATE TABLE t (a)")


def test_a_key_that_can_no_longer_be_checked_is_not_committed() -> None:
    session = load("CREATE TABLE p (x UNIQUE); CREATE TABLE c (p REFERENCES p (x))")
    with pytest.raises(DatabaseError, match="foreign key mismatch"):
        apply(
            session,
            plan(inspect(session), inspect(load("CREATE TABLE p (x); CREATE TABLE c (p REFERENCES p (x))"))),
        )


@pytest.mark.parametrize(
    ("excluded", "lost"),
    [
        ("t.secret", 'column "secret" of table "t"'),
        ("t.i", 'index "i" of table "t"'),
        ("*.*[type=trigger]", 'trigger "fired" of table "t"'),
    ],
)
def test_a_rebuild_that_would_lose_what_is_excluded_is_not_committed(excluded: str, lost: str) -> None:
    sql = """
    CREATE TABLE t (a int, secret text); CREATE INDEX i ON t (a); CREATE TABLE u (x int);
    CREATE TRIGGER fired AFTER INSERT ON t BEGIN SELECT 1; END;
    """
    session = load(sql)
    patterns = Patterns.of([excluded, "*[type=trigger]"], [], schema="main")
    before = session.inspect(patterns)
    for change, words in (("t (a text,", lost), ("t (a int CHECK (a > 0),", lost)):
        desired = load(sql.replace("t (a int,", change)).inspect(patterns)
        with pytest.raises(DatabaseError) as caught:
            apply(session, plan(before, desired))
        assert words in caught.value.message
    apply(session, plan(before, load(sql.replace("x int", "x text")).inspect(patterns)))
    apply(session, plan(session.inspect(patterns), load("CREATE TABLE u (x text)").inspect(patterns)))


BESIDE = Patterns.of(["*[type=view|trigger]"], [], schema="main")
WITH_DEPENDENTS = """
    CREATE TABLE t (a int, b int); CREATE TABLE u (x int);
    CREATE VIEW v AS SELECT b FROM t; CREATE VIEW w AS SELECT b FROM v; CREATE VIEW x AS SELECT * FROM gone;
    CREATE TRIGGER from_u AFTER INSERT ON u BEGIN INSERT INTO t (b) VALUES (new.x); END;
    CREATE TRIGGER on_v INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE b = old.b; END;
"""


def test_views_and_triggers_that_mention_a_rebuilt_table_go_on_working() -> None:
    session = load(WITH_DEPENDENTS)
    apply(
        session,
        plan(session.inspect(BESIDE), inspect(load("CREATE TABLE t (b text); CREATE TABLE u (x int)"))),
    )

    for statement in ("INSERT INTO u VALUES (1), (2)", "DELETE FROM v WHERE b = 2"):
        session.execute(statement)
    assert isinstance(session, SQLiteSession)
    assert session.connection.execute("SELECT b FROM w").fetchall() == [("1",)]
    assert session.connection.execute("PRAGMA legacy_alter_table").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE TABLE t (a int); CREATE TABLE u (x int)", "would no longer work: .*no such column: b"),
        ("CREATE TABLE u (x int)", "would no longer work: no such table: main.t"),
        ("CREATE TABLE t (a int, b int); CREATE TABLE u (y int)", 'lose .*trigger "from_u" of table "u"'),
    ],
)
def test_a_plan_that_breaks_a_view_or_trigger_is_not_committed(sql: str, words: str) -> None:
    session = load(WITH_DEPENDENTS)
    before = session.inspect(BESIDE)
    with pytest.raises(DatabaseError, match=words):
        apply(session, plan(before, inspect(load(sql))))
    assert session.inspect(BESIDE) == before


def test_renaming_a_table_by_hand_takes_the_references_along() -> None:
    session = load("CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE c (a int REFERENCES p (a))")
    session.execute("ALTER TABLE p RENAME TO q")
    assert inspect(session).schemas[0].tables[0].foreign_keys[0].ref_table == "q"


def test_what_is_excluded_is_guarded_in_any_spelling() -> None:
    session = load("CREATE TABLE T (a int); CREATE TRIGGER Fired AFTER INSERT ON T BEGIN SELECT 1; END;")
    before = session.inspect(Patterns.of(["*[type=trigger]"], [], schema="main"))
    with pytest.raises(DatabaseError, match='trigger "Fired" of table "T"'):
        apply(session, plan(before, inspect(load("CREATE TABLE t (a text)"))))


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("CREATE TABLE t (a)", 'found table "t"'),
        ("CREATE VIEW v AS SELECT 1 AS x", 'found view "v"'),
        ("CREATE VIEW v AS SELECT 1 AS x; CREATE TABLE t (a)", 'found table "t"'),
    ],
)
def test_a_dev_database_must_be_clean(sql: str, found: str) -> None:
    with pytest.raises(DirtyDatabaseError) as caught, load(sql).workspace():
        pass
    assert caught.value.message == f"connected database is not clean: {found}"


def test_workspaces_do_not_meet(tmp_path: Path) -> None:
    session = SQLITE.connect("sqlite://dev?mode=memory")
    with session.workspace() as one, session.workspace() as two:
        assert one.schema == session.schema == "main"
        one.execute("CREATE TABLE t (a)")
        two.execute("CREATE TABLE t (b)")
        with pytest.raises(DatabaseError, match="attached"):
            one.execute(f"ATTACH '{tmp_path}/x.db' AS x")
    with session.workspace():
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_embedded_database_lives_as_long_as_its_context() -> None:
    with SQLITE.embedded() as url:
        load("CREATE TABLE t (a)", url).close()
        with closing(SQLITE.connect(url)) as session:
            assert inspect(session).schemas[0].tables


def test_cancel_interrupts() -> None:
    session = load("CREATE TABLE t (a)")
    assert session.cancel() is None
    assert SQLITE.major_of(sqlite3.sqlite_version) == session.major == SQLITE.embedded_major
    with pytest.raises(BackstayError):
        SQLITE.container("docker://sqlite")
