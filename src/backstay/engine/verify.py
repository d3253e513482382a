"""Prove a migration before it is offered: on a dev database it must lead to the desired state."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backstay.dialects.dialect import Dialect, Limits, Session, Statement, StatementOptions
from backstay.engine.compare import compare, describe, of_schemas, rename_schema
from backstay.engine.differences import differences, explain
from backstay.engine.execute import Mode, execute
from backstay.engine.inspect import normalised
from backstay.errors import DatabaseError, DifferenceError, PlanError, UnbuiltError, UndefinedError
from backstay.schema.diff import diff
from backstay.schema.managed import EVERYTHING, Managed
from backstay.schema.model import Realm
from backstay.schema.patterns import Patterns
from backstay.schema.secrets import as_hidden, buildable
from backstay.schema.state import State


def build(dialect: Dialect, session: Session, realm: Realm) -> None:
    """Create everything the realm holds in an empty workspace. Raises `DatabaseError`, and `PlanError`
    where there is no way, or the server is too old.

    Roles are made on a server of our own alone: those of any other one are somebody's.
    """
    if session.schema:
        realm = rename_schema(realm, session.schema)
    if not session.disposable:
        realm = msgspec.structs.replace(realm, roles=())
    realm = buildable(realm)
    empty = session.inspect(Patterns(managed=EVERYTHING))
    changes = [change for change in diff(*dialect.reconcile(empty, realm)) if change.action != "drop"]
    options = StatementOptions(
        qualify=not session.schema, version=session.version, realm=empty, desired=realm
    )
    statements = dialect.plan(changes, options)
    needed = dialect.requirements(realm) if session.schema else ()
    with session.migrating(Limits()):
        _create(session, [*needed, *(statement.sql for statement in statements)])


def _create(session: Session, statements: Sequence[str]) -> None:
    """Run statements of which some may come too early: those are tried again behind the others.

    What a file describes does not say in which order it can be made, where names stand in SQL text (the
    body of a view, a default that calls a function); the database does.
    """
    waiting = list(statements)
    while waiting:
        late: list[str] = []
        errors: list[UndefinedError] = []
        for sql in waiting:
            try:
                session.execute(sql)
            except UndefinedError as error:
                late.append(sql)
                errors.append(error)
        if len(late) == len(waiting):
            raise errors[0]
        waiting = late


def verify(
    dialect: Dialect,
    session: Session,
    before: State,
    statements: Sequence[Statement],
    after: State,
    *,
    mode: Mode = "file",
    skip: frozenset[str] = frozenset(),
) -> None:
    """Run the migration on the *from* state in a workspace, and compare with the desired one.

    Raises `UnbuiltError` where the *from* state cannot be made there, `PlanError` naming the statement
    that fails, and `DifferenceError` naming every object that comes out otherwise. What is
    about roles and their rights is tried on a server of our own alone, where roles may be made.
    """
    managed = after.managed
    if not session.disposable:
        managed = Managed()
        statements = [statement for statement in statements if not statement.access]
    _begin(dialect, session, managed.of(before.realm))
    _run(session, statements, mode)
    realm = as_hidden(as_hidden(session.inspect(Patterns(managed=managed)), before.realm), after.realm)
    if not session.schema:
        realm = of_schemas(realm, {schema.name for schema in after.realm.schemas})
    result = normalised(dialect, session, realm, managed=managed)
    remaining = compare(dialect, result, after, skip, versions=(before.server_version,))
    if remaining:
        found = differences(remaining)
        raise DifferenceError(
            f"the plan does not lead to the desired state; still to do: {describe(remaining)}",
            differences=found,
            details=explain(found),
            hint="nothing was applied; change the SQL of the plan, or plan again",
        )


def _begin(dialect: Dialect, session: Session, realm: Realm) -> None:
    """Build the state that the migration starts from."""
    try:
        build(dialect, session, realm)
    except (DatabaseError, PlanError) as error:
        raise UnbuiltError(
            f"the dev database cannot hold the current state: {error.message}",
            hint=error.hint or "give it what the target has, or leave out of both what it cannot have",
        ) from None


def _run(session: Session, statements: Sequence[Statement], mode: Mode) -> None:
    with session.migrating(Limits()):
        outcome = execute(session, statements, mode=mode)
    if outcome.error is not None:
        where = f"{outcome.failed.comment or outcome.failed.sql}: " if outcome.failed else ""
        raise PlanError(
            f"the plan fails on the dev database: {where}{outcome.error.message}",
            hint=f"nothing was applied; {outcome.error.hint or 'change the plan or the desired state'}",
        )
