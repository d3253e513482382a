"""Renames that a desired state asks for: what is left to do once they are made.

The server itself says what a state is after a rename: the state is built on a dev database, the statements
run there, and the result is inspected. Views, defaults, policies and whatever else uses a renamed object
come out under its new name, however they are worded.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from backstay.dialects.dialect import Dialect, Session, StatementOptions
from backstay.engine.compare import is_skipped, of_schemas, rename_schema
from backstay.engine.devdatabase import DevDatabase, open_dev
from backstay.engine.inspect import normalised
from backstay.engine.verify import build
from backstay.errors import BackstayError, ConfigError, NetworkError, PlanError
from backstay.schema.changes import Change
from backstay.schema.kinds import BY_NAME
from backstay.schema.managed import EVERYTHING
from backstay.schema.model import Address, Realm, Table
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
    names = _schemas_after(before.realm, changes)
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
    made = (*changes, *more)
    realm = with_invalid_of(before.realm, before.managed.of(realm), made)
    realm = with_facts_of(before.realm, realm, made)
    state = normalised(dialect, session, realm, managed=before.managed)
    return Renamed(made, msgspec.structs.replace(state, server_version=before.server_version))


def _schemas_after(realm: Realm, changes: Sequence[Change]) -> frozenset[str]:
    """What the schemas of the realm are called after the renames."""
    names = frozenset(schema.name for schema in realm.schemas)
    for change in changes:
        if change.kind == "schema":
            names = names - {_old_name(change)} | {change.name}
    return names


def _made(dialect: Dialect, session: Session, changes: Sequence[Change], names: Collection[str]) -> Realm:
    """The state after the renames, of the schemas that have these names then."""
    for statement in dialect.plan(changes, StatementOptions(qualify=not session.schema)):
        session.execute(statement.sql)
    realm = session.inspect(Patterns(managed=EVERYTHING))
    return realm if session.schema else of_schemas(realm, names)


def with_facts_of(old: Realm, new: Realm, changes: Sequence[Change]) -> Realm:
    """The state after the renames, with what is known of the target, under the new names."""
    access, unpopulated = old.facts.access, old.facts.unpopulated
    for change in changes:
        access = tuple(item._replace(at=_moved(item.at, change)) for item in access)
        unpopulated = tuple(_moved(at, change) for at in unpopulated)
    facts = msgspec.structs.replace(
        old.facts,
        dependencies=new.facts.dependencies,
        access=tuple(sorted(access)),
        unpopulated=unpopulated,
    )
    return msgspec.structs.replace(new, facts=facts)


def with_invalid_of(old: Realm, new: Realm, changes: Sequence[Change]) -> Realm:
    """The state after the renames, in which indexes are invalid that are it on the target."""
    invalid = {
        Address("index", schema.name, table.name, index.name)
        for schema in old.schemas
        for table in schema.tables
        for index in table.indexes
        if not index.valid
    }
    if not invalid:
        return new
    for change in changes:
        invalid = {_moved(at, change) for at in invalid}

    def marked(schema: str, table: Table) -> Table:
        indexes = tuple(
            msgspec.structs.replace(
                index, valid=Address("index", schema, table.name, index.name) not in invalid
            )
            for index in table.indexes
        )
        return msgspec.structs.replace(table, indexes=indexes)

    schemas = tuple(
        msgspec.structs.replace(schema, tables=tuple(marked(schema.name, table) for table in schema.tables))
        for schema in new.schemas
    )
    return msgspec.structs.replace(new, schemas=schemas)


def _moved(at: Address, change: Change) -> Address:
    """The address after a rename of the object, of its table, or of its schema."""
    old, new = _old_name(change), change.name
    if change.kind == "schema":
        return at._replace(schema=new) if at.schema == old else at
    if at.schema != change.schema:
        return at
    if change.kind in {"column", "index"}:
        moves = at == Address(change.kind, change.schema, change.table, old)
        return at._replace(child=new) if moves else at
    family = BY_NAME[change.kind].family if change.kind in BY_NAME else change.kind
    if at.name == old and at.kind in {family, "column", "index"}:
        return at._replace(name=new)
    return at


def _old_name(change: Change) -> str:
    return change.before.identifier if change.before else ""
