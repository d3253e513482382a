"""Run a migration on a database, group by group, and say how far it came.

Statements are kept together in one transaction where that is possible. One that cannot be part of a
transaction runs by itself, and so does one that runs `apart`. What waits for another session's lock gives
up and is tried again, its whole group with it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal

import msgspec

from backstay.dialects.dialect import Session, Statement
from backstay.errors import BackstayError, CancelledError, DatabaseError, LockError

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try of a group that ran into another session's lock."""

Mode = Literal["file", "all", "none"]
"""How a migration uses transactions: `file` as described above; `all` lets those that would run apart be
part of one as well; `none` uses no transaction, but where rows would be at risk (`Statement.atomic`)."""


class Execution(msgspec.Struct, frozen=True):
    """How far a migration came: the statements that ran with their seconds, and the failure, if any.

    `failed` is the statement that failed, absent where the commit did. `rolled_back` says that the
    database is as it was before; else `applied` are those that stay. `interrupt` is a signal that ended it.
    """

    applied: tuple[tuple[Statement, float], ...] = ()
    failed: Statement | None = None
    error: BackstayError | None = None
    rolled_back: bool = False
    interrupt: KeyboardInterrupt | None = None


class Watcher(msgspec.Struct, frozen=True):
    """Who hears of each statement: before it is sent, when it succeeded (seconds), when it failed.

    `notice` hears why a group of statements is tried again, `interrupted` how far a migration came that a
    signal ends.
    """

    executing: Callable[[Statement], None] = lambda statement: None
    executed: Callable[[Statement, float], None] = lambda statement, seconds: None
    failed: Callable[[Statement, str], None] = lambda statement, message: None
    notice: Callable[[str], None] = lambda text: None
    interrupted: Callable[[Execution], None] = lambda execution: None


class Group(msgspec.Struct, frozen=True):
    """Statements that run together, in a transaction or not."""

    statements: tuple[Statement, ...]
    transactional: bool


def groups(statements: Sequence[Statement], mode: Mode) -> Iterator[Group]:
    """The statements in groups, in their order."""
    bound = [number for number, statement in enumerate(statements) if statement.atomic]
    together = range(bound[0], bound[-1] + 1) if bound else range(0)

    def alone(place: tuple[int, Statement]) -> bool:
        number, statement = place
        if not statement.transactional or number in together:
            return not statement.transactional
        return mode == "none" or (statement.apart and mode == "file")

    for separate, places in groupby(enumerate(statements), alone):
        found = tuple(statement for _, statement in places)
        if separate:
            yield from (Group((statement,), False) for statement in found)
        else:
            yield Group(found, True)


def execute(
    session: Session,
    statements: Sequence[Statement],
    *,
    mode: Mode = "file",
    watcher: Watcher = Watcher(),
    pauses: Sequence[float] | None = None,
) -> Execution:
    """Run the statements, in transactions unless told otherwise.

    Never raises for a database's refusal: the outcome carries it. An interruption (signal) is raised
    after the transaction was rolled back, and the watcher has heard how far the migration came.
    """
    outcome = _in_groups(session, groups(statements, mode), watcher, PAUSES if pauses is None else pauses)
    if outcome.interrupt is not None:
        watcher.interrupted(outcome)
        raise outcome.interrupt
    return outcome


def _in_groups(
    session: Session, found: Iterable[Group], watcher: Watcher, pauses: Sequence[float]
) -> Execution:
    applied: tuple[tuple[Statement, float], ...] = ()
    for group in found:
        try:
            outcome = _patiently(session, group, watcher, pauses)
        except KeyboardInterrupt as interrupt:
            outcome = _stopped((), None, interrupt)
        if outcome.error is not None:
            if applied or not group.transactional:
                ran = () if group.transactional else outcome.applied
                return msgspec.structs.replace(outcome, applied=applied + ran)
            return msgspec.structs.replace(outcome, rolled_back=True)
        applied += outcome.applied
    return Execution(applied)


def _patiently(session: Session, group: Group, watcher: Watcher, pauses: Sequence[float]) -> Execution:
    """Run a group, again after each pause while another session is in the way."""
    for pause in pauses:
        outcome = _run(session, group, watcher)
        if not isinstance(outcome.error, LockError):
            break
        watcher.notice(f"{outcome.error.message}; trying again in {pause:g} s")
        time.sleep(pause)
    else:
        outcome = _run(session, group, watcher)
    if outcome.error is not None and outcome.failed is not None:
        watcher.failed(outcome.failed, outcome.error.message)
    return outcome


def _run(session: Session, group: Group, watcher: Watcher) -> Execution:
    applied: list[tuple[Statement, float]] = []
    running: list[Statement] = []
    try:
        with session.transaction() if group.transactional else contextlib.nullcontext():
            for statement in group.statements:
                running[:] = [statement]
                watcher.executing(statement)
                begin = time.perf_counter()
                session.execute(statement.sql)
                seconds = time.perf_counter() - begin
                applied.append((statement, seconds))
                watcher.executed(statement, seconds)
            running.clear()
    except (DatabaseError, KeyboardInterrupt) as error:
        failed = next(iter(running), None)
        if failed is not None and failed.repair:
            with contextlib.suppress(DatabaseError):
                session.execute(failed.repair)
        return _stopped(tuple(applied), failed, error)
    return Execution(tuple(applied))


def _stopped(
    applied: tuple[tuple[Statement, float], ...],
    failed: Statement | None,
    error: DatabaseError | KeyboardInterrupt,
) -> Execution:
    if isinstance(error, DatabaseError):
        return Execution(applied, failed, error)
    return Execution(applied, failed, CancelledError("the run was cancelled"), interrupt=error)
