"""Sequences that stand for themselves, and those of columns that become serial or stop being it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.dialect import Statement
from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.locks import ACCESS_SHARE
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.plan.context import (
    DROP_SEQUENCE,
    OWN_SEQUENCE,
    SEQUENCE,
    Context,
    TableName,
    comment_on,
    quoted,
)
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.plan.tables.parts import becomes_generated
from backstay.dialects.postgres.serial import INTEGER_OF, LIMITS
from backstay.schema.changes import Change
from backstay.schema.model import ColumnRef, SequenceOptions
from backstay.schema.model import Sequence as Seq


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps of one change of a sequence."""
    before = change.before if isinstance(change.before, Seq) else None
    after = change.after if isinstance(change.after, Seq) else None
    name = context.namer(change.schema, change.name)
    if after is None:
        if before is not None:
            yield from _drop_owned(before, change, context)
        return
    owner = after.owner if before is None else None
    if before is None:
        inline = owner is not None and _is_there(change.schema, owner, context)
        yield _create(after, change, context, inline=inline)
        if owner is not None and inline:
            yield from _continue(after, owner, change, context)
        elif owner is not None:
            yield _own(owner, change, context)
    else:
        yield from _alter(before, after, change, context)
    comment = before.comment if before else ""
    if after.comment != comment:
        words = f"set comment to sequence: {quoted(change.name)}"
        statement = comment_on("SEQUENCE", name, after.comment, comment, words, change)
        yield Step(statement=statement, rank=(SEQUENCE, 0, 2, 0), needs=_resources(change))


def _continue(sequence: Seq, owner: ColumnRef, change: Change, context: Context) -> Iterator[Step]:
    table = TableName(change.schema, owner.table)
    after = context.tables[table].after
    assert after is not None
    type_ = next(column.type for column in after.columns if column.name == owner.column)
    if INTEGER_OF.get(type_, type_) in LIMITS:
        name = f"{quote_text(context.namer(change.schema, sequence.name))}::regclass"
        yield Step(
            statement=continued(table, owner.column, name, sequence.options, sequence.type, change, context),
            rank=(OWN_SEQUENCE, 0, 0, 0),
            needs=_resources(change) | {("altered", *table)},
        )


def continued(
    table: TableName,
    column: str,
    sequence: str,
    options: SequenceOptions,
    type_: str,
    change: Change,
    context: Context,
) -> Statement:
    """Let a new sequence of an old column go on behind the values that its rows have, if there are any."""
    start = resolved(options, type_)[2]
    furthest, reached = ("max", ">=") if options.increment > 0 else ("min", "<=")
    value = f"{furthest}({quote_name(column)})"
    return Statement(
        sql=f"SELECT setval({sequence}, {value}) FROM {context.namer(*table)} "
        f"HAVING {value} {reached} {start}",
        comment=f"continue the sequence of column {quoted(column)} on table: {quoted(table.name)}",
        changes=(change,),
        lock=ACCESS_SHARE,
    )


def held(
    sequence: str,
    name: str,
    before: SequenceOptions,
    after: SequenceOptions,
    types: tuple[str, str],
    change: Change,
) -> Iterator[Statement]:
    """Bring a sequence into bounds that become narrower; one that is within them goes on as it was."""
    (low, high, start), (new_low, new_high, _) = resolved(before, types[0]), resolved(after, types[1])
    if (new_low <= low and high <= new_high) or not _overlap(before, after, types):
        return
    low, high = max(low, new_low), min(high, new_high)
    last = f"pg_sequence_last_value({sequence})"
    yield Statement(
        sql=f"SELECT setval({sequence}, least(greatest(coalesce({last}, {start}), {low}), {high}), "
        f"coalesce({last} BETWEEN {low} AND {high}, false))",
        comment=f"keep sequence {quoted(name)} within its bounds",
        changes=(change,),
    )


def _overlap(before: SequenceOptions, after: SequenceOptions, types: tuple[str, str]) -> bool:
    (low, high, _), (new_low, new_high, _) = resolved(before, types[0]), resolved(after, types[1])
    return max(low, new_low) <= min(high, new_high)


def _resources(change: Change) -> frozenset[Resource]:
    return frozenset({("sequence", change.schema, change.name), ("name", change.schema, change.name)})


def create(sequence: Seq, schema: str, context: Context, *, owner: ColumnRef | None) -> str:
    """CREATE SEQUENCE, with an owner that is there already."""
    kind = "UNLOGGED SEQUENCE" if sequence.unlogged else "SEQUENCE"
    words = [f"CREATE {kind} {context.namer(schema, sequence.name)}"]
    if sequence.type != "bigint":
        words.append(f"AS {sequence.type}")
    words += ddl.sequence_options(sequence.options)
    if owner is not None:
        words.append(f"OWNED BY {_column(schema, owner, context)}")
    return " ".join(words)


def _column(schema: str, owner: ColumnRef, context: Context) -> str:
    return f"{context.namer(schema, owner.table)}.{quote_name(owner.column)}"


def _noun(sequence: Seq, owner: ColumnRef | None, link: str) -> str:
    """What comments call a sequence: by its column where it is one of a serial type."""
    if owner is not None and sequence.name == f"{owner.table}_{owner.column}_seq":
        return f"sequence {link} serial column {quoted(owner.column)}"
    return f"sequence {quoted(sequence.name)}"


def _create(sequence: Seq, change: Change, context: Context, *, inline: bool) -> Step:
    owner = sequence.owner if inline else None
    statement = Statement(
        sql=create(sequence, change.schema, context, owner=owner),
        comment=f"create {_noun(sequence, owner, 'for')}",
        changes=(change,),
        reverse=(f"DROP SEQUENCE {context.namer(change.schema, sequence.name)}",),
    )
    needs = frozenset({("schema", change.schema)})
    return Step(statement=statement, rank=(SEQUENCE, 0, 0, 0), makes=_resources(change), needs=needs)


def _drop(sequence: Seq, change: Change, context: Context) -> Step:
    owner = sequence.owner
    statement = Statement(
        sql=f"DROP SEQUENCE {context.namer(change.schema, sequence.name)}",
        comment=f"drop {_noun(sequence, owner, 'used by')}",
        changes=(change,),
        reverse=(create(sequence, change.schema, context, owner=owner),),
    )
    return Step(
        statement=statement,
        rank=(DROP_SEQUENCE, 0, 0, 0),
        needs=frozenset({("unowned", change.schema, change.name)}),
        removes=_resources(change),
    )


def _is_there(schema: str, owner: ColumnRef, context: Context) -> bool:
    """Is the column there before the plan, and does it stay?"""
    before, after = (
        next((column for column in table.columns if column.name == owner.column), None) if table else None
        for table in context.tables.get(TableName(schema, owner.table), (None, None))
    )
    return before is not None and after is not None and not becomes_generated(before, after)


def _drop_owned(sequence: Seq, change: Change, context: Context) -> Iterator[Step]:
    """A sequence would go with the column that owns it; it is taken away first, and dropped by itself."""
    owner = sequence.owner
    if owner is not None and not _is_there(change.schema, owner, context):
        yield _take(owner, change, context)
        sequence = replace(sequence, owner=None)
    yield _drop(sequence, change, context)


def _take(owner: ColumnRef, change: Change, context: Context) -> Step:
    name = context.namer(change.schema, change.name)
    return Step(
        statement=Statement(
            sql=f"ALTER SEQUENCE {name} OWNED BY NONE",
            comment=f"take sequence {quoted(change.name)} from its owner",
            changes=(change,),
            reverse=(f"ALTER SEQUENCE {name} OWNED BY {_column(change.schema, owner, context)}",),
        ),
        rank=(SEQUENCE, 0, 0, 0),
        makes=frozenset({("unowned", change.schema, change.name)}),
        leaves=frozenset(
            {("table", change.schema, owner.table), ("column", change.schema, owner.table, owner.column)}
        ),
    )


def _own(owner: ColumnRef, change: Change, context: Context) -> Step:
    return Step(
        statement=Statement(
            sql=f"ALTER SEQUENCE {context.namer(change.schema, change.name)} "
            f"OWNED BY {_column(change.schema, owner, context)}",
            comment=f"set owner of sequence {quoted(change.name)}",
            changes=(change,),
            reverse=(f"ALTER SEQUENCE {context.namer(change.schema, change.name)} OWNED BY NONE",),
        ),
        rank=(OWN_SEQUENCE, 0, 0, 0),
        needs=_resources(change)
        | {("table", change.schema, owner.table), ("column", change.schema, owner.table, owner.column)},
    )


def _alter(before: Seq, after: Seq, change: Change, context: Context) -> Iterator[Step]:
    name = context.namer(change.schema, change.name)
    if before.owner is not None and before.owner != after.owner:
        yield _take(before.owner, change, context)
    clauses = list(_clauses(before, after))
    regclass = f"{quote_text(name)}::regclass"
    types = (before.type, after.type)
    held_back: Resource = ("held", change.schema, change.name)
    for statement in held(regclass, change.name, before.options, after.options, types, change):
        yield Step(statement=statement, rank=(SEQUENCE, 0, 1, 0), makes=frozenset({held_back}))
    if clauses:
        yield Step(
            statement=Statement(
                sql=f"ALTER SEQUENCE {name} {' '.join(clauses)}",
                comment=f"modify sequence {quoted(change.name)}",
                changes=(change,),
                reverse=(f"ALTER SEQUENCE {name} {' '.join(_clauses(after, before))}",),
            ),
            rank=(SEQUENCE, 0, 1, 0),
            needs=frozenset({held_back}),
        )
    if before.unlogged != after.unlogged:
        statement = persistence(change.schema, change.name, after.unlogged, change, context)
        yield Step(statement=statement, rank=(SEQUENCE, 0, 1, 1))
    if after.owner is not None and before.owner != after.owner:
        step = _own(after.owner, change, context)
        yield Step(
            statement=step.statement,
            rank=step.rank,
            needs=step.needs | {("unowned", change.schema, change.name)},
        )


def persistence(schema: str, name: str, unlogged: bool, change: Change, context: Context) -> Statement:
    """SET LOGGED or SET UNLOGGED, by itself: no other form of ALTER SEQUENCE takes it."""
    words, undo = ("SET UNLOGGED", "SET LOGGED") if unlogged else ("SET LOGGED", "SET UNLOGGED")
    alter = f"ALTER SEQUENCE {context.namer(schema, name)}"
    return Statement(
        sql=f"{alter} {words}",
        comment=f"modify sequence {quoted(name)}",
        changes=(change,),
        reverse=(f"{alter} {undo}",),
    )


def _clauses(before: Seq, after: Seq) -> Iterator[str]:
    if before.type != after.type:
        yield f"AS {after.type}"
    yield from option_clauses(before.options, after.options, before.type, after.type)


def option_clauses(
    before: SequenceOptions, after: SequenceOptions, old_type: str, new_type: str
) -> Iterator[str]:
    """The options to set, in the words of ALTER SEQUENCE.

    A sequence whose old and new bounds have nothing in common must be restarted.
    """
    low, high, start = resolved(before, old_type)
    new_low, new_high, new_start = resolved(after, new_type)
    if before.increment != after.increment:
        yield f"INCREMENT BY {after.increment}"
    retyped = old_type != new_type
    if low != new_low or (retyped and after.min_value is not None):
        yield "NO MINVALUE" if after.min_value is None else f"MINVALUE {new_low}"
    if high != new_high or (retyped and after.max_value is not None):
        yield "NO MAXVALUE" if after.max_value is None else f"MAXVALUE {new_high}"
    if start != new_start:
        yield f"START WITH {new_start}"
    if before.cache != after.cache:
        yield f"CACHE {after.cache}"
    if before.cycle != after.cycle:
        yield "CYCLE" if after.cycle else "NO CYCLE"
    if not _overlap(before, after, (old_type, new_type)):
        yield "RESTART"


def resolved(options: SequenceOptions, type_: str) -> tuple[int, int, int]:
    """Lowest value, highest value and start, the defaults filled in (CREATE SEQUENCE)."""
    lowest, highest = LIMITS.get(type_, LIMITS["bigint"])
    rising = options.increment > 0
    low = options.min_value if options.min_value is not None else (1 if rising else lowest)
    high = options.max_value if options.max_value is not None else (highest if rising else -1)
    start = options.start if options.start is not None else (low if rising else high)
    return low, high, start
