"""A database's own state."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.dialects.dialect import Dialect, Session
from backstay.engine.hash import state_hash
from backstay.schema.managed import Managed
from backstay.schema.model import Realm
from backstay.schema.patterns import Patterns
from backstay.schema.secrets import masked
from backstay.schema.state import SourceFile, State


def inspected(dialect: Dialect, session: Session, patterns: Patterns, schemas: Sequence[str] = ()) -> State:
    """The state of the database behind a session, without what the patterns leave out."""
    return normalised(dialect, session, session.inspect(patterns, schemas), managed=patterns.managed)


def normalised(
    dialect: Dialect,
    session: Session,
    realm: Realm,
    sources: tuple[SourceFile, ...] = (),
    inputs: dict[str, str] | None = None,
    *,
    managed: Managed = Managed(),
) -> State:
    """The state that a realm in the normal form of the session's server is; `managed` is what it tells of."""
    scoped = bool(session.schema)
    return State(
        hash=hash_of(dialect, realm, scoped=scoped),
        dialect=dialect.family,
        server_version=session.version,
        scoped=scoped,
        realm=realm,
        sources=sources,
        inputs=inputs or {},
        managed=managed,
    )


def hash_of(dialect: Dialect, realm: Realm, *, scoped: bool) -> str:
    """The state hash, without what the dialect does not count as a difference."""
    return state_hash(masked(dialect.canonical(realm)), scoped=scoped)
