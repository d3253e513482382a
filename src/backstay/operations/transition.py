"""A transition: the state a migration starts from, the one it leads to, and the SQL between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing

import msgspec

from backstay.dialects.dialect import Dialect, Session, Statement, StatementOptions, TableName
from backstay.dialects.registry import dialect_for, dialect_named, is_database
from backstay.engine import migration
from backstay.engine.analysis import Analysis
from backstay.engine.compare import check_comparable, compare, rename_schema
from backstay.engine.devdatabase import DevDatabase, open_dev
from backstay.engine.execute import Mode
from backstay.engine.lint import analyse
from backstay.engine.read import read_session
from backstay.engine.renames import renamed
from backstay.engine.verify import build, verify
from backstay.errors import (
    ConfigError,
    DatabaseError,
    DifferenceError,
    NetworkError,
    NoChangesError,
    PlanError,
    UnbuiltError,
)
from backstay.operations.addresses import repo_url
from backstay.operations.planfile import effects
from backstay.operations.results import PlanFile
from backstay.operations.settings import Settings
from backstay.operations.states import Found, conceal, describe, find, suited
from backstay.schema.changes import Change
from backstay.schema.state import State

SYNCED = "The current state is synced with the desired state, no changes to be made"


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """Two comparable states and the changes between them, the diff policy applied.

    `target` is the identity of the database that is one of them, where one is; `rows` is about how many
    rows the tables have that it changes. Renames come first; `start` is the state after them, from which
    the other changes lead on.
    """

    dialect: Dialect
    before: Found
    after: Found
    start: State
    changes: tuple[Change, ...]
    target: str = ""
    rows: Mapping[TableName, int] = {}


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A migration for a transition: its text, its statements, and what the analysis says."""

    file: PlanFile
    statements: tuple[Statement, ...]
    analysis: Analysis | None = None


def transition(settings: Settings, from_: Sequence[str]) -> Transition:
    """The transition from the state behind `from_` to the target's desired state.

    `from_` defaults to the env's database, else to the registry's newest version. Where one side is a
    database, the other is read in the normal form and scope of its server.
    """
    given = tuple(from_) or _default_from(settings)
    source, goal = _database(given, settings), _database(settings.src, settings)
    if source:
        dialect = dialect_for(source)
        with closing(dialect.connect(source)) as session:
            return live_transition(settings, dialect, session)
    if goal:
        dialect = dialect_for(goal)
        with closing(dialect.connect(goal)) as session:
            after = _live(settings, dialect, session)
            before = _elsewhere(settings, dialect, session, given, "--from")
            return between(settings, dialect, before, after, session.identity())
    before = find(given, settings, settings.reading("--from"))
    after = find(settings.src, settings, settings.reading("--to"))
    return between(settings, dialect_named(before.state.dialect), before, after)


def live_transition(settings: Settings, dialect: Dialect, session: Session) -> Transition:
    """The transition from a database as it is now to the target's desired state."""
    before = _live(settings, dialect, session)
    after = _elsewhere(settings, dialect, session, settings.src, "--to")
    step = between(settings, dialect, before, after, session.identity())
    tables = {TableName(c.schema, c.table or c.name) for c in step.changes if c.action != "add" or c.table}
    return msgspec.structs.replace(step, rows=session.row_estimates(tables)) if tables else step


def current(settings: Settings, dialect: Dialect, session: Session) -> State:
    """The state of the database behind a session, as it is now."""
    state = read_session(dialect, session, settings.reading("--url", dialect=dialect))
    conceal(state, settings)
    return state


def _live(settings: Settings, dialect: Dialect, session: Session) -> Found:
    return Found(state=current(settings, dialect, session), description=describe([session.url]))


def _elsewhere(
    settings: Settings, dialect: Dialect, session: Session, given: Sequence[str], flag: str
) -> Found:
    """A state from elsewhere, as the server behind the session would word it."""
    reading = settings.reading(
        flag, dialect=dialect, schema=session.schema, major=session.major, target=session.identity()
    )
    found = find(given, settings, reading)
    return msgspec.structs.replace(found, state=suited(found, settings, dialect, session))


def _database(given: Sequence[str], settings: Settings) -> str:
    """The address of the database that the URLs name; empty where they name something else."""
    addresses = settings.addresses(given)
    return addresses[0] if len(addresses) == 1 and is_database(addresses[0]) else ""


def between(
    settings: Settings, dialect: Dialect, before: Found, after: Found, target: str = ""
) -> Transition:
    """The transition between two states that were read already; `target` as in `Transition`."""
    skip = settings.diff.skip
    check_comparable(before.state, after.state)
    dev = _dev(settings, dialect, before.state, target)
    made = renamed(dialect, before.state, after.state, dev, skip)
    changes = (*made.changes, *compare(dialect, made.state, after.state, skip))
    return Transition(
        dialect=dialect, before=before, after=after, start=made.state, changes=changes, target=target
    )


def _dev(settings: Settings, dialect: Dialect, before: State, target: str) -> DevDatabase:
    """The dev database on which a plan from this state is tried."""
    major = dialect.major_of(before.server_version)
    reading = settings.reading(
        "--to", dialect=dialect, schema=before.schema, major=major, optional=True, target=target
    )
    return reading.dev


def statements_of(settings: Settings, step: Transition) -> tuple[Statement, ...]:
    """The planned statements of a transition. Raises `PlanError` where there is no way."""
    return step.dialect.plan(step.changes, plan_options(settings, step))


def plan_options(settings: Settings, step: Transition) -> StatementOptions:
    """How the statements of a transition are written."""
    before, desired = step.before.state, step.after.state.realm
    if before.scoped:
        desired = rename_schema(desired, before.schema or step.after.state.schema)
    return StatementOptions(
        qualify=not step.before.state.scoped,
        indent=settings.observer.indent,
        concurrent_create=settings.diff.concurrent_create,
        concurrent_drop=settings.diff.concurrent_drop,
        online=settings.diff.online,
        version=before.server_version,
        realm=step.start.realm,
        desired=desired,
        partial=bool(settings.schemas or settings.exclude or settings.include),
        managed=before.managed & step.after.state.managed,
    )


def plan_file(step: Transition, name: str, text: str, statements: Sequence[Statement]) -> PlanFile:
    """The migration text, of these statements, as a plan of this transition."""
    fragments = step.dialect.split(text)
    return PlanFile(
        name=name,
        from_hash=step.before.state.hash,
        from_desc=step.before.description,
        to_hash=step.after.state.hash,
        to_desc=step.after.description,
        migration=text,
        statements=fragments,
        effects=effects(fragments, statements),
    )


def planned(
    settings: Settings,
    step: Transition,
    name: str,
    directives: Sequence[str] = (),
    *,
    lint: bool = True,
    edit: Callable[[str], str] | None = None,
) -> Planned:
    """Plan the transition, let a person edit it, prove it on the dev database, analyse it.

    Raises `NoChangesError` when in sync.
    """
    if not step.changes:
        raise NoChangesError(SYNCED)
    statements = statements_of(settings, step)
    if not statements:
        raise NoChangesError(SYNCED)
    text = migration.render(statements, directives)
    if edit is not None:
        text = edit(text)
        statements = migration.adopt(step.dialect.split(text), statements)
    file = plan_file(step, name, text, statements)
    return checked(settings, step, Planned(file=file, statements=statements), lint=lint)


def checked(settings: Settings, step: Transition, plan: Planned, *, lint: bool = True) -> Planned:
    """The plan with its analysis, after it led to the desired state on the dev database.

    Without a dev database (unreachable, none installed) it stays unproved, and a notice says so.
    """
    begin = time.perf_counter()
    prove(settings, step, plan)
    if not lint:
        return plan
    analysis = analyse(
        f"{plan.file.name}.sql",
        plan.file.migration,
        plan.file.statements,
        [statement.hazards for statement in plan.statements],
        settings.lint,
    )
    analysis = msgspec.structs.replace(analysis, duration=time.perf_counter() - begin)
    return msgspec.structs.replace(plan, analysis=analysis)


def prove(settings: Settings, step: Transition, plan: Planned) -> None:
    """Run the plan on a dev database. Raises `PlanError` where it fails or leads elsewhere.

    A state that speaks of what is not part of it (a foreign key to a table that a pattern leaves out) cannot
    be made there; a notice says that the plan was not tried.
    """
    before = step.before.state
    with ExitStack() as stack:
        try:
            session = stack.enter_context(
                open_dev(step.dialect, _dev(settings, step.dialect, before, step.target))
            )
        except (ConfigError, NetworkError) as error:
            settings.observer.notice(f"the plan was not tried on a dev database: {error.message}")
            return
        try:
            verify(
                step.dialect,
                session,
                before,
                plan.statements,
                step.after.state,
                mode=transaction_mode(plan.file.migration, plan.statements),
                skip=settings.diff.skip,
            )
        except DifferenceError:
            raise
        except PlanError as error:
            untried = _is_partial(settings, step) and (
                isinstance(error, UnbuiltError) or not _is_whole(settings, step)
            )
            if not untried:
                raise
            settings.observer.notice(f"the plan was not tried: {error.message}")


def _is_whole(settings: Settings, step: Transition) -> bool:
    """Can the desired state be made where there is nothing else, as it speaks of nothing else?"""
    with open_dev(step.dialect, _dev(settings, step.dialect, step.before.state, step.target)) as session:
        try:
            build(step.dialect, session, step.after.state.realm)
        except (DatabaseError, PlanError):
            return False
    return True


def _is_partial(settings: Settings, step: Transition) -> bool:
    """May the state speak of objects that are not part of it?"""
    return step.before.state.scoped or bool(settings.schemas or settings.exclude or settings.include)


def transaction_mode(text: str, statements: Sequence[Statement], tx_mode: str = "") -> Mode:
    """How the migration uses transactions. What its header says counts over the flag.

    A header that asks for none is there for tools that know a migration as a whole only, where no
    statement was written by hand: we keep together what can be.
    """
    header = migration.transaction_mode(text)
    is_planned = all(statement.changes for statement in statements)
    if is_planned and not all(statement.transactional for statement in statements):
        header = ""
    mode = header or tx_mode
    return "none" if mode == "none" else "all" if mode == "all" else "file"


def _default_from(settings: Settings) -> tuple[str, ...]:
    if settings.url:
        return (settings.url,)
    return (repo_url(settings.repository()),)
