"""Run a migration on a database, one statement after the other, and say how far it came."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from backstay.dialects.dialect import Session, Statement
from backstay.errors import BackstayError, DatabaseError


class Watcher(msgspec.Struct, frozen=True):
    """Who hears of each statement: before it is sent, when it succeeded (seconds), when it failed."""

    executing: Callable[[Statement], None] = lambda statement: None
    executed: Callable[[Statement, float], None] = lambda statement, seconds: None
    failed: Callable[[Statement, str], None] = lambda statement, message: None


class Execution(msgspec.Struct, frozen=True):
    """How far a migration came: the statements that ran with their seconds, and the failure, if any.

    `failed` is the statement that failed, absent where the commit did. `rolled_back` says that the
    database is as it was before.
    """

    applied: tuple[tuple[Statement, float], ...] = ()
    failed: Statement | None = None
    error: BackstayError | None = None
    rolled_back: bool = False


def execute(
    session: Session,
    statements: Sequence[Statement],
    *,
    transactional: bool = True,
    watcher: Watcher = Watcher(),
) -> Execution:
    """Run the statements, all in one transaction unless told otherwise.

    Never raises for a database's refusal: the outcome carries it. An interruption (signal) is raised
    after the transaction was rolled back.
    """
    applied: list[tuple[Statement, float]] = []
    failed: list[Statement] = []

    def run() -> None:
        for statement in statements:
            watcher.executing(statement)
            begin = time.perf_counter()
            try:
                session.execute(statement.sql)
            except BackstayError as error:
                failed.append(statement)
                watcher.failed(statement, error.message)
                raise
            seconds = time.perf_counter() - begin
            applied.append((statement, seconds))
            watcher.executed(statement, seconds)

    try:
        if transactional:
            with session.transaction():
                run()
        else:
            run()
    except DatabaseError as error:
        return Execution(tuple(applied), failed[0] if failed else None, error, rolled_back=transactional)
    return Execution(tuple(applied))
