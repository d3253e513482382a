"""URL -> session: statements, transactions that guard foreign keys, a lock, and a workspace in memory.

A database file that is not there is an empty database. It is made by the first statement that is executed,
as SQLite does, and never by looking at it.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from backstay.dialects.dialect import Limits, TableName
from backstay.dialects.sqlite.dependents import broken, in_place
from backstay.dialects.sqlite.hidden import Part, hidden_parts, lost_parts
from backstay.dialects.sqlite.inspect import SCHEMA, inspect, survey
from backstay.dialects.sqlite.lock import hold
from backstay.dialects.sqlite.url import parse
from backstay.errors import (
    ConfigError,
    DatabaseError,
    DirtyDatabaseError,
    LockError,
    NotFoundError,
    StatementError,
)
from backstay.schema.model import Realm
from backstay.schema.patterns import Patterns
from backstay.urls import redact

OLDEST = (3, 37, 0)
"""The first version with STRICT tables and `PRAGMA table_list`."""

BUSY_TIMEOUT = 5.0
MAJOR = "3"

HINTS = {
    "database is locked": "another process is writing; try again, or raise _busy_timeout in the URL",
    "attempt to write a readonly database": "make the file and its directory writable, or drop mode=ro",
    "unable to open database file": "check that the directory exists and can be written",
    "file is not a database": "the URL must name an SQLite file; encrypted files cannot be read",
    "database disk image is malformed": "restore it from a backup; PRAGMA integrity_check says what is wrong",
}
"""What to do about the messages people meet."""

DIRTY = """
    SELECT type, name FROM main.sqlite_schema
    WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type <> 'table', name LIMIT 1"""

HAS_STATISTICS = "SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_stat1'"
ROW_ESTIMATES = "SELECT tbl, max(CAST(stat AS INTEGER)) FROM main.sqlite_stat1 GROUP BY tbl"
"""The first number of `stat` is how many rows the table had."""

Violation = tuple[str, int | None, str, int]


class SQLiteSession:
    """A connection to one database file, or to one in memory (see `Session`)."""

    schema = SCHEMA
    version = sqlite3.sqlite_version
    major = MAJOR
    disposable = False

    def __init__(self, url: str) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise DatabaseError(
                f"the SQLite library is version {sqlite3.sqlite_version}, too old to be used",
                hint="use a Python built with SQLite 3.37 or later",
            )
        self.url = url
        self._location = parse(url)
        self._opened: sqlite3.Connection | None = None
        self._hidden: frozenset[Part] = frozenset()
        if self._exists():
            self._opened = self._open()

    def inspect(self, patterns: Patterns, schemas: Sequence[str] = ()) -> Realm:
        """The normalised state of `main`, the only schema."""
        for schema in schemas:
            if schema != SCHEMA:
                raise NotFoundError(
                    f'schema "{schema}" was not found in "{redact(self.url)}"',
                    hint=f'an SQLite database has one schema, "{SCHEMA}"',
                )
        with self._errors():
            realm, found = inspect(self._reading(), patterns)
        self._hidden = hidden_parts(found, realm)
        return realm

    def row_estimates(self, tables: Collection[TableName]) -> Mapping[TableName, int]:
        """See `Session.row_estimates`: as of the last ANALYZE (sqlite.org/fileformat2.html, 2.6.3)."""
        with self._errors():
            connection = self._reading()
            if not connection.execute(HAS_STATISTICS).fetchone():
                return {}
            rows = {TableName(SCHEMA, name): count for name, count in connection.execute(ROW_ESTIMATES)}
        return {table: rows[table] for table in tables if table in rows}

    def execute(self, sql: str) -> None:
        """Run one statement."""
        with self._errors(), in_place(self.connection, sql):
            self.connection.execute(sql)

    def identity(self) -> str:
        """See `Session.identity`: the path of the file."""
        return os.path.realpath(self._location.path) if self._location.path else ""

    def load(self, statements: Sequence[str]) -> None:
        """See `Session.load`."""
        for number, sql in enumerate(statements):
            try:
                self.execute(sql)
            except DatabaseError as error:
                raise StatementError(error, number) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction in which foreign keys are not enforced but checked at its end.

        A rebuild drops and renames tables, which must neither delete nor block anything
        (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
        """
        connection = self.connection
        enforced = self._scalar("PRAGMA foreign_keys")
        self.execute("PRAGMA foreign_keys = off")  # has no effect inside of a transaction
        try:
            self.execute("BEGIN IMMEDIATE")
            before, useless = self._violations(), broken(connection)
            yield
            self._refuse_new(before)
            self._refuse_broken(useless)
            self._refuse_lost()
            self.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute(f"PRAGMA foreign_keys = {enforced}")

    def migrating(self, limits: Limits) -> AbstractContextManager[None]:
        """Nothing to prepare: the file's own lock is waited for (`_busy_timeout`), and nothing else."""
        return nullcontext()

    def probe(self, sql: str) -> str:
        """Nothing is asked beforehand: a migration is one transaction."""
        return ""

    @contextmanager
    def lock(self, name: str, timeout: float) -> Iterator[None]:
        """Hold a lock file, one per database and name."""
        path, memory = self._location.path, f"{os.getpid()}:{self._location.name}"
        with hold(name, os.path.realpath(path) if path else memory, timeout):
            yield

    @contextmanager
    def workspace(self, *, disposable: bool = False) -> Iterator[SQLiteSession]:
        """A private database in memory, which the files of no other run can reach."""
        with self._errors():
            found = self._reading().execute(DIRTY).fetchone()
        if found:
            raise DirtyDatabaseError(
                f'connected database is not clean: found {found[0]} "{found[1]}"',
                hint="give an empty database as the dev database, for instance sqlite://dev?mode=memory",
            )
        session = SQLiteSession("sqlite://:memory:")
        try:
            session.connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            yield session
        finally:
            session.close()

    def cancel(self) -> None:
        """Interrupt the running statement."""
        if self._opened is not None:
            self._opened.interrupt()

    def close(self) -> None:
        """Close the connection; what was not committed is rolled back."""
        if self._opened is not None:
            self._opened.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The library's connection. The first use opens it, and makes the file where there is none."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _exists(self) -> bool:
        """Is there something to open? Raises `NotFoundError` where nothing can be made."""
        path = self._location.path
        if not path or os.path.exists(path):
            return True
        if not os.path.isdir(os.path.dirname(path)):
            raise NotFoundError(
                f'no such directory: "{os.path.dirname(path)}"',
                hint=f"create it, or correct the URL {redact(self.url)}",
            )
        if self._location.read_only:
            raise NotFoundError(f'no such file: "{path}"', hint="a read-only URL needs an existing database")
        return False

    def _reading(self) -> sqlite3.Connection:
        """The connection; an empty database as long as the file is not there."""
        if self._opened is None and not self._exists():
            return sqlite3.connect(":memory:", isolation_level=None)
        return self.connection

    def _open(self) -> sqlite3.Connection:
        if os.path.isdir(self._location.path):
            raise ConfigError(
                f'"{self._location.path}" is a directory', hint="the URL must name an SQLite database file"
            )
        with self._errors():
            connection = sqlite3.connect(
                self._location.uri,
                uri=True,
                isolation_level=None,
                timeout=BUSY_TIMEOUT,
                check_same_thread=False,
                cached_statements=0,
            )
            for pragma, value in self._location.pragmas:
                connection.execute(f"PRAGMA {pragma} = {value}")
            connection.execute("PRAGMA schema_version").fetchone()  # reads the header of the file
        return connection

    def _scalar(self, sql: str) -> int:
        with self._errors():
            return int(self.connection.execute(sql).fetchone()[0])

    def _violations(self) -> list[Violation]:
        """Dangling references. A key that cannot be checked (its parent key is not unique) counts as one."""
        try:
            return self.connection.execute("PRAGMA foreign_key_check").fetchall()
        except sqlite3.OperationalError as error:
            if not str(error).startswith("foreign key mismatch"):
                raise DatabaseError(str(error)) from None
            return [(str(error), None, "", 0)]

    def _refuse_new(self, before: list[Violation]) -> None:
        """Raise when there are more dangling references than before (a rebuild may renumber the rows)."""
        after = self._violations()
        grown = _by_parent(after) - _by_parent(before)
        for table, row, parent, _ in Counter(after) - Counter(before):
            if grown[table, parent]:
                raise DatabaseError(
                    _mismatch(table, row, parent),
                    hint="nothing was changed; correct the rows, or the foreign key, and apply again",
                )

    def _refuse_broken(self, before: dict[str, str]) -> None:
        """Raise when a view or trigger, which no plan knows, worked before and does not any more."""
        for subject, message in broken(self.connection).items():
            if subject not in before:
                raise DatabaseError(
                    f"{subject} would no longer work: {message}",
                    hint="nothing was changed; drop it or change it by hand first",
                )

    def _refuse_lost(self) -> None:
        """Raise when a table lost what the patterns of the last inspection leave out."""
        if not self._hidden:
            return
        with self._errors():
            lost = lost_parts(self._hidden, survey(self.connection))
        if lost:
            raise DatabaseError(
                f"making a table anew would lose what is excluded from the state: {', '.join(lost)}",
                hint="nothing was changed; take it out of the exclude patterns, or change the table by hand",
            )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Answer the library's exceptions with ours."""
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _refusal(str(error), self.url) from None


def _refusal(message: str, url: str) -> DatabaseError:
    """What the library says, with the URL and a hint where the file is the trouble."""
    kind = LockError if message.endswith("is locked") else DatabaseError
    hint = HINTS.get(message, "")
    return kind(f'{message}: "{redact(url)}"' if hint else message, hint=hint)


def _by_parent(violations: list[Violation]) -> Counter[tuple[str, str]]:
    return Counter((table, parent) for table, _, parent, _ in violations)


def _mismatch(table: str, row: int | None, parent: str) -> str:
    if not parent:
        return table
    where = "a row" if row is None else f"row {row}"  # tables without row ids have no number to tell
    return f'foreign key mismatch: {where} of table "{table}" refers to a row that is not in table "{parent}"'
