"""Clauses of ALTER TABLE, and the statement that is put together from them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backstay.dialects.dialect import Hazard, Probe, Statement
from backstay.dialects.postgres.locks import EXCLUSIVE, strongest
from backstay.dialects.postgres.plan.context import Context, TableName, quoted
from backstay.dialects.postgres.plan.tables.costs import FREE, Cost
from backstay.schema.changes import Change


class Clause(msgspec.Struct, frozen=True):
    """`text` does it, `reverse` undoes it (empty: nothing can); `lock` is the table lock it takes.

    `cost` is what it costs beside, `probes` ask whether rows are in its way. `part` is the part that it
    makes: a constraint, or a column that is to hold no NULL. Such clauses can be carried out online.
    """

    text: str
    reverse: str = ""
    lock: str = EXCLUSIVE
    hazards: tuple[Hazard, ...] = ()
    cost: Cost = FREE
    probes: tuple[Probe, ...] = ()
    part: Change | None = None


def alter_table(table: TableName, clauses: Sequence[Clause], change: Change, context: Context) -> Statement:
    """One statement of all the clauses. What undoes it drops constraints before the columns they go with."""
    name = context.namer(*table)
    undo = [clause.reverse for clause in reversed(clauses)]
    undo.sort(key=lambda text: not text.startswith("DROP CONSTRAINT"))
    return Statement(
        sql=f"ALTER TABLE {name} {', '.join(clause.text for clause in clauses)}",
        comment=f"modify {quoted(table.name)} table",
        changes=(change,),
        hazards=tuple(hazard for clause in clauses for hazard in clause.hazards),
        lock=strongest(clause.lock for clause in clauses),
        rewrite=any(clause.cost.rewrite for clause in clauses),
        scan=any(clause.cost.scan for clause in clauses),
        reverse=(f"ALTER TABLE {name} {', '.join(undo)}",) if all(undo) else (),
        probes=tuple(probe for clause in clauses for probe in clause.probes),
    )
