"""ALTER TABLE, put together from its clauses."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres.plan.context import Context, TableName, quoted, strongest
from backstay.dialects.postgres.plan.tables.attributes import Clause
from backstay.schema.changes import Change


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
