"""The same plan, with tables that stay usable: what takes long happens under weak locks, and by itself.

A constraint is added without a look at the rows that are there, and validated afterwards. A column stops
taking NULL by a constraint that is validated first. The index of a key is built before the key. An index
takes another's place when it is built. (PostgreSQL documentation, ALTER TABLE and CREATE INDEX, notes.)

All of this goes over the steps of a plan and puts several in the place of one: what makes the change come to
be stays where it was, and what takes long runs at the end, when all else is committed. Tables that are made
by the plan are left alone, and so are statements that write a table anew: it is locked as long anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.lineage import TableName, parents
from backstay.dialects.postgres.locks import SHARE_UPDATE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.context import APART, Context, temporary
from backstay.dialects.postgres.plan.online import keys, swaps
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables.clause import Clause, alter_table
from backstay.dialects.postgres.plan.tables.constraints import is_kept
from backstay.dialects.postgres.plan.tables.costs import FREE, SCAN
from backstay.dialects.postgres.plan.tables.parts import not_null_name
from backstay.schema.changes import Change
from backstay.schema.model import Check, Column, ForeignKey, PrimaryKey, Table

NOT_NULL_CONSTRAINTS = 18
"""The first version in which a constraint forbids NULL, and can be validated by itself."""


def rewritten(steps: Sequence[Step], context: Context) -> Iterator[Step]:
    """The steps, some of them in several steps instead."""
    children = _children(context)
    for step in swaps.swapped(steps, context):
        if context.options.online and step.clauses:
            yield from _Online(step, children, context).steps()
        else:
            yield step


class _Online:
    """One ALTER TABLE while it is taken apart: `inline` is what stays, `late` what follows."""

    def __init__(
        self, step: Step, children: Mapping[TableName, frozenset[TableName]], context: Context
    ) -> None:
        self.step, self.children, self.context = step, children, context
        self.change = step.statement.changes[0]
        self.table = TableName(self.change.schema, self.change.table or self.change.name)
        self.inline: list[Clause] = []
        self.late: list[Step] = []
        self.altered: Resource = ("online", *self.table, step.statement.sql)

    def steps(self) -> Iterator[Step]:
        """The step, or those that stand for it."""
        states = self.context.tables.get(self.table)
        table = states.before if states is not None and is_kept(self.table, self.context) else None
        if table is None or table.foreign or any(clause.cost.rewrite for clause in self.step.clauses):
            yield self.step
            return
        step, self.late = keys.apart(self.step, self.table, table, self.altered, self.context)
        for clause in step.clauses:
            self._take(clause, table, _key_columns(step.clauses))
        if tuple(self.inline) == self.step.clauses:
            yield self.step
        elif self.inline:
            yield self._main(step)
            yield from self.late
        else:
            yield from self._instead(step)

    def _main(self, step: Step) -> Step:
        """The statement without what comes later."""
        statement = alter_table(self.table, self.inline, self.change, self.context)
        statement = replace(statement, reverse=self._undo(statement.reverse))
        return replace(
            step, statement=statement, clauses=tuple(self.inline), makes=step.makes | {self.altered}
        )

    def _undo(self, clauses: tuple[str, ...]) -> tuple[str, ...]:
        """What undoes the statement, with this in the place of its clauses; it may be more than them."""
        own = alter_table(self.table, self.step.clauses, self.change, self.context).reverse
        whole = self.step.statement.reverse
        return tuple(sql for text in whole for sql in (clauses if text in own else (text,)))

    def _instead(self, step: Step) -> Iterator[Step]:
        """All of the statement comes later: its place among the others is that of what stands for it."""
        own = {self.altered, ("altered", *self.table)}
        for number, late in enumerate(self.late):
            undo = late.statement.reverse
            yield replace(
                late,
                statement=replace(late.statement, reverse=undo if number else self._undo(undo)),
                needs=(late.needs - own) | step.needs,
                makes=late.makes | step.makes,
                leaves=late.leaves | step.leaves,
                removes=late.removes | step.removes,
                keys=late.keys | step.keys,
            )

    def _take(self, clause: Clause, table: Table, key: Collection[str]) -> None:
        """Keep the clause, or put what does the same online in its place."""
        part = clause.part
        if part is None or not clause.cost.scan:
            self.inline.append(clause)
        elif clause.text.startswith("VALIDATE "):
            self._later(0, clause, part)
        else:
            match part.after:
                case ForeignKey(name=name) if table.partitioning is None:
                    self._validate(clause, part, name)
                case Check(name=name) if self.table not in self.children:
                    self._validate(clause, part, name)
                case Column() as column if column.name not in key and self._is_free(column, part):
                    self._forbid_null(clause, part, column)
                case _:
                    self.inline.append(clause)

    def _validate(self, clause: Clause, part: Change, name: str) -> None:
        """Add the constraint for rows to come, then look at those that are there."""
        added = replace(clause, text=f"{clause.text} NOT VALID", cost=FREE)
        self.inline.append(added)
        undo = f"DROP CONSTRAINT {quote_name(name)}, {added.text}"
        self._later(0, Clause(f"VALIDATE CONSTRAINT {quote_name(name)}", undo, SHARE_UPDATE, cost=SCAN), part)

    def _forbid_null(self, clause: Clause, part: Change, column: Column) -> None:
        if self.context.major >= NOT_NULL_CONSTRAINTS:
            name = not_null_name(self.table.name, column)
            named = replace(column, not_null=replace(column.not_null, name=name))
            self._validate(replace(clause, text=f"ADD {ddl.not_null(named)}"), part, name)
            return
        # The server takes a valid check for a proof that there is no NULL, and does not look again.
        name = temporary("not null", *self.table, column.name)
        drop = f"DROP CONSTRAINT {quote_name(name)}"
        add = f"ADD CONSTRAINT {quote_name(name)} CHECK ({quote_name(column.name)} IS DISTINCT FROM NULL)"
        self._validate(replace(clause, text=add, reverse=drop), part, name)
        self._later(1, replace(clause, cost=FREE, hazards=(), probes=()), part)
        self._later(2, Clause(drop, f"{add} NOT VALID"), part)

    def _is_free(self, column: Column, part: Change) -> bool:
        """Does nothing else ask for the constraint at once, and no relative of the table have it, too?"""
        before = part.before
        becomes_identity = column.identity and not (isinstance(before, Column) and before.identity)
        is_parent = any(self.table in above for above in self.children.values())
        return not becomes_identity and not is_parent and self.table not in self.children

    def _later(self, place: int, clause: Clause, part: Change) -> None:
        """A statement of its own: to validate, and on a column, what follows from that."""
        statement = alter_table(self.table, [clause], self.change, self.context)
        needs = {self.altered, ("altered", *self.table), keys.mark(self.table, part, place - 1)}
        self.late.append(
            Step(
                statement=replace(statement, apart=place == 0),
                rank=self.context.rank(APART, self.table, keys.BUILT + place),
                needs=frozenset(needs),
                makes=frozenset({keys.mark(self.table, part, place)}),
            )
        )


def _key_columns(clauses: Sequence[Clause]) -> Collection[str]:
    """The columns of a primary key that is made by these clauses."""
    made = (clause.part.after for clause in clauses if clause.part is not None)
    return {name for key in made if isinstance(key, PrimaryKey) for name in key.columns}


def _children(context: Context) -> Mapping[TableName, frozenset[TableName]]:
    """The tables that have parents, before or after, and these."""
    found: dict[TableName, frozenset[TableName]] = {}
    for name, states in context.tables.items():
        above = frozenset(p for state in states if state is not None for p in parents(state, name.schema))
        if above:
            found[name] = above
    return found
