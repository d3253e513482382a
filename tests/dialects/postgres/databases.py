"""Databases of tests: load SQL, inspect, plan and apply, compare with what PostgreSQL itself says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from msgspec.structs import replace

from backstay.dialects.dialect import Limits, Session, Statement, StatementOptions
from backstay.dialects.postgres import POSTGRES
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.session import PostgresSession
from backstay.dialects.postgres.workspace import SCHEMAS
from backstay.engine.execute import execute
from backstay.engine.verify import build
from backstay.errors import UndefinedError
from backstay.hcl.document import Document, Source
from backstay.schema.diff import diff
from backstay.schema.model import Realm
from backstay.schema.patterns import Patterns
from tests.dialects import comparing
from tests.servers.postgres import binaries

EVERYTHING = Patterns()


@contextmanager
def connected(url: str, schema: str = "") -> Iterator[PostgresSession]:
    """A session, bound to a schema or not."""
    with closing(PostgresSession(POSTGRES.bind(url, schema))) as session:
        yield session


@contextmanager
def workspace(session: Session, sql: str = "") -> Iterator[Session]:
    """A workspace with this SQL loaded."""
    with session.workspace() as scratch:
        load(scratch, sql)
        yield scratch


OUTSIDE = """
SELECT format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger
UNION ALL SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
UNION ALL SELECT format('DROP EXTENSION %I CASCADE', extname) FROM pg_extension WHERE oid >= 16384
UNION ALL SELECT format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) FROM pg_foreign_data_wrapper
UNION ALL SELECT format('DROP ACCESS METHOD %I CASCADE', amname) FROM pg_am WHERE oid >= 16384
UNION ALL SELECT format('DROP LANGUAGE %I CASCADE', lanname) FROM pg_language WHERE oid >= 16384
UNION ALL
SELECT format('DROP CAST (%s AS %s)', castsource::regtype, casttarget::regtype) FROM pg_cast c
WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i'))
"""
"""What drops the objects that are in no schema."""


def emptied(session: PostgresSession) -> PostgresSession:
    """The session after everything in its database was dropped; its schema is there, and empty."""
    for (sql,) in session.rows(OUTSIDE):
        with suppress(UndefinedError):  # gone with another
            session.execute(sql)
    for name, _ in session.rows(SCHEMAS):
        session.execute(f"DROP SCHEMA {quote_name(name)} CASCADE")
    session.execute(f"CREATE SCHEMA {quote_name(session.schema or 'public')}")
    return session


def load(session: Session, sql: str) -> None:
    """Execute the statements of a text."""
    for fragment in POSTGRES.split(sql):
        session.execute(fragment.text)


def inspected(session: Session, sql: str) -> Realm:
    """The state that this SQL makes."""
    with workspace(session, sql) as scratch:
        return scratch.inspect(EVERYTHING)


def written_and_read(session: Session, realm: Realm) -> Realm:
    """The schemas that the HCL document of a state makes, in the session's empty database."""
    document = Document.load([Source("schema.hcl", POSTGRES.encode(realm))])
    build(POSTGRES, session, POSTGRES.decode(document, qualify=not session.schema))
    result = session.inspect(EVERYTHING)
    names = {schema.name for schema in realm.schemas}
    return replace(result, schemas=tuple(schema for schema in result.schemas if schema.name in names))


def planned(before: Realm, after: Realm, *, qualify: bool = True, **options: object) -> tuple[Statement, ...]:
    """The plan from one state to another."""
    changes = diff(*POSTGRES.reconcile(before, after))
    return POSTGRES.plan(changes, StatementOptions(qualify=qualify, realm=before, desired=after, **options))  # type: ignore[arg-type]


def apply(session: Session, statements: tuple[Statement, ...]) -> None:
    """Run a plan as an apply does."""
    with session.migrating(Limits()):
        outcome = execute(session, statements, pauses=())
    if outcome.error is not None:
        raise outcome.error


def unordered(realm: Realm) -> Realm:
    """The realm without the order of columns, and without standard comments."""
    realm, _ = POSTGRES.reconcile(realm, Realm())
    return comparing.unordered(realm)


def dumps(urls: Sequence[str], major: str) -> list[list[str]]:
    """The lines of `pg_dump -s` of each database, sorted, without the order of columns and of lists."""
    program = [binaries(major) / "pg_dump", "--schema-only", "--no-owner", "--no-privileges"]
    databases = [re.sub(r"[?&]search_path=[^&]*", "", url) for url in urls]
    running = [subprocess.Popen([*program, url], stdout=subprocess.PIPE, text=True) for url in databases]
    texts = [process.communicate()[0] for process in running]
    assert not any(process.returncode for process in running)
    return [sorted(filter(None, map(_shown, text.splitlines()))) for text in texts]


def _shown(line: str) -> str:
    if line.startswith(("--", "\\", "SET ")):
        return ""
    return LISTED.sub(_sorted_list, line.rstrip().rstrip(","))


LISTED = re.compile(r"(?<=WITH \()[^()]*(?=\))|(?<= ON )[^()]*(?= FROM .*;$)")
"""Options, and the columns of statistics."""


def _sorted_list(match: re.Match[str]) -> str:
    return ", ".join(sorted(match[0].split(", ")))
