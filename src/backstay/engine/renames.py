"""Renames that a desired state asks for: what is left to do once they are made.

The server itself says what a state is after a rename: the state is built on a dev database, the statements
run there, and the result is inspected. Views, defaults, policies and whatever else uses a renamed object
come out under its new name, however they are worded.
"""

from __future__ import annotations

import msgspec

from backstay.dialects.dialect import Dialect, Session, StatementOptions
from backstay.engine.compare import is_skipped, of_schemas, rename_schema
from backstay.engine.devdatabase import DevDatabase, open_dev
from backstay.engine.inspect import normalised
from backstay.engine.verify import build
from backstay.errors import BackstayError, ConfigError, NetworkError, PlanError
from backstay.schema.changes import Change
from backstay.schema.model import Realm
from backstay.schema.patterns import Patterns
from backstay.schema.renames import renames
from backstay.schema.state import State


class Renamed(msgspec.Struct, frozen=True):
    """The renames to be made, in order, and the state after them."""

    changes: tuple[Change, ...]
    state: State


def renamed(
    dialect: Dialect, before: State, after: State, dev: DevDatabase, skip: frozenset[str] = frozenset()
) -> Renamed:
    """What the desired state asks to rename in the other; without anything, the state as it is.

    Raises `PlanError` where there is no dev database, or it refuses a rename.
    """
    desired = rename_schema(after.realm, before.schema) if before.schema else after.realm
    found = renames(before.realm, desired, dev.notice)
    changes = tuple(change for change in found if not is_skipped(change, skip))
    if not changes:
        return Renamed((), before)
    names = tuple(schema.name for schema in before.realm.schemas)
    try:
        with open_dev(dialect, dev) as session:
            build(dialect, session, before.realm)
            realm = _made(dialect, session, changes, names)
            more = dialect.following(realm, desired, changes)
            if more:
                realm = _made(dialect, session, more, names)
    except (ConfigError, NetworkError) as error:
        raise PlanError(
            f"a plan that renames needs a dev database: {error.message}",
            hint=error.hint or "give --dev-url, or take renamed_from out",
        ) from None
    except BackstayError as error:
        raise PlanError(f"the dev database cannot rename: {error.message}", hint=error.hint) from None
    state = normalised(dialect, session, realm)
    return Renamed((*changes, *more), msgspec.structs.replace(state, server_version=before.server_version))


def _made(dialect: Dialect, session: Session, changes: tuple[Change, ...], names: tuple[str, ...]) -> Realm:
    """The state after the renames."""
    for statement in dialect.plan(changes, StatementOptions(qualify=not session.schema)):
        session.execute(statement.sql)
    realm = session.inspect(Patterns())
    if session.schema:
        return realm
    new = {_old_name(change): change.name for change in changes if change.kind == "schema"}
    return of_schemas(realm, {new.get(name, name) for name in names})


def _old_name(change: Change) -> str:
    return change.before.identifier if change.before else ""
