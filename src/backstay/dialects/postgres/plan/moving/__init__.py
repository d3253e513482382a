"""Tables that no ALTER TABLE makes what they are to be: made anew, and the rows of the old ones move there.

PostgreSQL cannot change the key of a partitioned table, nor the type of a column in it, nor make an ordinary
table a partitioned one. The old table is set aside under another name, with the partitions that both states
have; from there, the plan is that of a table which goes and one which comes, the rows moving in between
(`rows`). All is one transaction. Which names are other ones meanwhile, and what the state looks like under
them, is in `names`; which rows find no partition, in `bounds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from backstay.dialects.dialect import Hazard, Probe, Statement, StatementOptions
from backstay.dialects.postgres.ddl import Namer
from backstay.dialects.postgres.diff import reconcile
from backstay.dialects.postgres.lineage import Lineage, TableName
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_UPDATE
from backstay.dialects.postgres.names import mentions, quote_name
from backstay.dialects.postgres.plan.context import Context, Move, TableStates, constraint_resource
from backstay.dialects.postgres.plan.moving import bounds
from backstay.dialects.postgres.plan.moving.names import Names, set_aside
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables import alter
from backstay.errors import PlanError
from backstay.schema.changes import Change
from backstay.schema.diff import diff
from backstay.schema.model import Address, Realm, Table


class Moving(msgspec.Struct, frozen=True):
    """What moves, the changes that are left when the old tables are aside, and the state they start from."""

    moves: Mapping[TableName, Move]
    names: Names
    changes: tuple[Change, ...]
    realm: Realm

    @property
    def detached(self) -> frozenset[Resource]:
        """The foreign keys of the new tables: made when the rows are there."""
        return frozenset(
            constraint_resource(*name, key.name)
            for move in self.moves.values()
            for name, table in move.tree.items()
            for key in table.foreign_keys
        )

    @property
    def emptied(self) -> frozenset[TableName]:
        """The tables whose rows are elsewhere when they are dropped."""
        return frozenset(name for move in self.moves.values() for name in move.emptied)

    def around(self, found: Iterable[Statement], namer: Namer) -> tuple[Statement, ...]:
        """The whole plan: nothing is committed between the old tables being set aside and the rows' move.

        A value is added to an enum before, as it cannot be used until that is committed. Raises `PlanError`
        for another statement that cannot be part of the transaction.
        """
        statements = tuple(found)
        last = max(number for number, statement in enumerate(statements) if statement.atomic)
        committed = [item for item in statements[:last] if not item.transactional]
        for statement in committed:
            if any(change.kind != "enum" for change in statement.changes):
                raise PlanError(
                    f"this cannot be part of the transaction in which rows move: {statement.comment}",
                    hint="make it in a plan of its own",
                )
        rest = (item for item in statements if item not in committed)
        return (*committed, *self._set_aside(namer), *rest)

    def _set_aside(self, namer: Namer) -> Iterator[Statement]:
        """What gives the old tables, and what has a name with them, other names."""
        for kind, name, aside, owner in self.names.all():
            old, new = namer(*name), namer(name.schema, aside)
            yield Statement(
                sql=f"ALTER {kind.upper()} {old} RENAME TO {quote_name(aside)}",
                comment=f"set {kind} {quote_name(name.name)} aside",
                changes=(self.moves[owner].change,),
                lock=EXCLUSIVE if kind == "table" else SHARE_UPDATE if kind == "index" else "",
                atomic=True,
                reverse=(f"ALTER {kind.upper()} {new} RENAME TO {quote_name(name.name)}",),
            )

    def told(self, changes: Iterable[Change]) -> tuple[Change, ...]:
        """The changes as people know them: what was asked for is one change of a table."""
        origins = {("add", name): move.change for name, move in self.moves.items()}
        origins |= {("drop", move.aside): move.change for move in self.moves.values()}
        return tuple(
            origins.get((change.action, TableName(change.schema, change.name)), change)
            if change.kind == "table"
            else change
            for change in changes
        )


def moving(changes: Sequence[Change], context: Context) -> Moving | None:
    """The tables that move, if there are any. Raises `PlanError` where their rows would not be safe."""
    changed = {TableName(c.schema, c.name): c for c in changes if c.key == "modify_table"}
    had, has = context.had, context.has
    partitioned = {name for name, table in had.tables.items() if table.partitioning is not None}
    found = {name for name in partitioned | changed.keys() if _is_made_anew(name, context)}
    if not found:
        return None
    trees = {root: (_below(root, had), _below(root, has)) for root in found}
    within = {root: {name for name in old & new if name in had.tables} for root, (old, new) in trees.items()}
    roots = sorted(found - set().union(*within.values()))
    for root in roots:
        _require_safe(root, trees[root], found, context)
    moved = {name: root for root in roots for name in (root, *sorted(within[root]))}
    options = context.options
    realm, desired = options.managed.of(options.realm), options.managed.of(options.desired)
    names = Names.of({name: had.tables[name] for name in moved}, realm, desired)
    asided = set_aside(realm, names)
    moves = {
        name: _move(name, root, trees[root], changed.get(name), names, context)
        for name, root in moved.items()
    }
    return Moving(moves, names, tuple(_left(changes, (realm, asided, desired), options)), asided)


def _is_made_anew(name: TableName, context: Context) -> bool:
    """Does the key of partitions change, or the type of a column in it?"""
    before, after = (state.tables.get(name) for state in (context.had, context.has))
    if before is None or after is None:
        return False
    if before.partitioning != after.partitioning:
        return before.foreign is None and after.foreign is None
    if before.partitioning is None:
        return False
    old, new = context.had.columns(name), context.has.columns(name)
    changed = {
        column.name
        for column in old.values()
        if column.name in new
        and (column.type, column.collation) != (new[column.name].type, new[column.name].collation)
    }
    return any(
        part.column in changed or any(mentions(part.expr, column) for column in changed)
        for part in before.partitioning.parts
    )


def _below(root: TableName, state: Lineage) -> set[TableName]:
    """The partitions of a table, and theirs."""
    partitions = state.partitions(root)
    return {*partitions, *(name for partition in partitions for name in _below(partition, state))}


def _require_safe(
    root: TableName,
    tree: tuple[set[TableName], set[TableName]],
    found: set[TableName],
    context: Context,
) -> None:
    """Raise `PlanError` where rows are elsewhere, or something else holds rows of the table as values."""
    old, new = tree
    for state, names in ((context.had, old), (context.has, new)):
        foreign = sorted(name.name for name in names if state.tables[name].foreign is not None)
        if foreign:
            raise _unmovable(root, f'partition "{foreign[0]}" is a foreign table', "detach it")
    strays = sorted(name.name for name in found & old - new)
    if strays:
        raise _unmovable(root, f'partition "{strays[0]}" gets another key, and leaves it', "detach it")
    kept = sorted(name.name for name in new if Address("table", *name) not in context.after.objects)
    if kept:
        raise _unmovable(root, f'partition "{kept[0]}" is not to be dropped', "detach it")
    for own in (root, *sorted(old & new)):
        for dependent in context.before.dependents(Address("table", *own)):
            if dependent.kind == "column" and (dependent.schema, dependent.name) != own:
                what = f'column "{dependent.child}" of table "{dependent.name}" has its row type'
                raise _unmovable(root, what, "give the column another type")


def _unmovable(table: TableName, reason: str, remedy: str) -> PlanError:
    return PlanError(
        f'table "{table.name}" has to be made anew, as its partition key changes, but {reason}',
        hint=f"{remedy} in a plan of its own, before this one",
    )


def _move(
    name: TableName,
    root: TableName,
    tree: tuple[set[TableName], set[TableName]],
    change: Change | None,
    names: Names,
    context: Context,
) -> Move:
    old, new = tree
    had, has = context.had, context.has
    before, after = had.tables[name], has.tables[name]
    change = change or Change(
        action="modify", kind="table", schema=name.schema, name=name.name, before=before, after=after
    )
    is_root = name == root
    dangers, probes = _of_rows(change, context) if is_root else ((), ())
    gone = {found for found in old if found in new or found not in has.tables}
    return Move(
        aside=names.table(name),
        change=change,
        columns=had.columns(name),
        is_root=is_root,
        tree={found: has.tables[found] for found in (name, *sorted(new))} if is_root else {},
        emptied=frozenset(map(names.table, (name, *gone))) if is_root else frozenset(),
        leaving=frozenset(old - gone) if is_root else frozenset(),
        hazards=(*dangers, Hazard("BS104", f'Moving the rows of table "{name.name}" to one made anew')),
        probes=(*probes, *bounds.probes(name, context)),
    )


def _of_rows(change: Change, context: Context) -> tuple[tuple[Hazard, ...], tuple[Probe, ...]]:
    """The dangers for the rows, and the questions to them, if ALTER TABLE could do it all."""
    assert isinstance(change.before, Table)
    assert isinstance(change.after, Table)
    name = TableName(change.schema, change.name)
    if context.had.parents(name) or context.has.parents(name):
        return (), ()  # what it has is told by its parents
    kept = replace(context, tables={**context.tables, name: TableStates(change.before, change.after)})
    statements = [step.statement for step in alter.steps(change, kept)]
    return (
        tuple(dict.fromkeys(hazard for statement in statements for hazard in statement.hazards)),
        tuple(dict.fromkeys(probe for statement in statements for probe in statement.probes)),
    )


def _left(
    given: Sequence[Change], states: tuple[Realm, Realm, Realm], options: StatementOptions
) -> Iterator[Change]:
    """The changes from the state with the old tables aside, but for those that were left out before."""
    realm, asided, desired = states
    versions = (options.version,) if options.version else ()
    usual = diff(*reconcile(realm, desired, versions))
    skipped = set(_identities(usual)) - set(_identities(given))
    for change in diff(*reconcile(asided, desired, versions)):
        if _identity(change) not in skipped:
            parts = tuple(part for part in change.changes if _identity(part) not in skipped)
            yield replace(change, changes=parts)


def _identities(changes: Iterable[Change]) -> Iterator[tuple[str, ...]]:
    for change in changes:
        yield _identity(change)
        yield from map(_identity, change.changes)


def _identity(change: Change) -> tuple[str, ...]:
    return (change.key, change.schema, change.table, change.name)
