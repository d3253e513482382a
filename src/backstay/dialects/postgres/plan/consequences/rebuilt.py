"""Which types and collations are made anew under columns, and which columns these are (see `plan.aside`).

With them go the functions that they stand on, where these are made anew, too: those of a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from backstay.dialects.postgres.plan.consequences.closure import Closure
from backstay.dialects.postgres.plan.context import Context, TableName, TableStates
from backstay.dialects.postgres.plan.graph import Graph
from backstay.errors import PlanError
from backstay.schema.model import Address, Column, Table


def columns_over(
    found: Closure, tables: Mapping[TableName, TableStates], context: Context
) -> frozenset[Address]:
    """The columns that keep one of the types, by their dependencies or by name."""
    kept = {
        Address("column", *name, column.name): context.type_of(name.schema, column.type)
        for name, (before, after) in tables.items()
        if found.types and before is not None and after is not None
        for column, same in _pairs(*context.own_columns(name))
        if (column.type, column.collation) == (same.type, same.collation)
    }
    return frozenset(own for own, type_ in kept.items() if own in found.retyped or type_ in found.types)


def under_columns(
    found: Closure, columns: Iterable[Address], tables: Mapping[TableName, TableStates], context: Context
) -> frozenset[Address]:
    """Which of the types have columns, or are part of one that has; the others can go before they come.

    A table that lets go of a type with one column and takes it with another does both at once.
    """
    kept = (on for column in columns for on in _types_of(column, tables, context))
    types = _with_parts(kept, found, context.before)
    for name, after in ((name, state.after) for name, state in tables.items() if found.types):
        before = tables[context.former(name)].before
        if before is not None and after is not None:
            was = _with_parts(_of_table(before, name, context), found, context.before)
            types |= was & _with_parts(_of_table(after, name, context), found, context.after)
    functions = {on for type_ in types for on in context.before.needs(type_) if on in found.objects}
    return frozenset(types | {on for on in functions if context.before.objects[on].kind == "function"})


def require_same_kinds(tables: Mapping[TableName, TableStates], context: Context) -> None:
    """Raise `PlanError` where columns keep a type that becomes one of another kind: an enum, a domain, …"""
    for name, (before, after) in tables.items():
        if before is None or after is None:
            continue
        for column, same in _pairs(*context.own_columns(name)):
            own, new = (context.type_of(name.schema, item.type) for item in (column, same))
            if own is not None and own == new and _is_of_another_kind(own, context):
                raise PlanError(
                    f'type "{own.name}" becomes another kind of type, and column "{column.name}" of table '
                    f'"{name.name}" has it before and after',
                    hint="give the new type another name in this plan, and rename it in the next one",
                )


def _is_of_another_kind(type_: Address, context: Context) -> bool:
    was, found = (state.objects.get(type_) for state in (context.before, context.after))
    return was is not None and found is not None and was.kind != found.kind


def _pairs(before: Iterable[Column], after: Iterable[Column]) -> Iterator[tuple[Column, Column]]:
    names = {column.name: column for column in after}
    return ((column, names[column.name]) for column in before if column.name in names)


def _types_of(
    column: Address, tables: Mapping[TableName, TableStates], context: Context
) -> Iterator[Address]:
    yield from context.before.needs(column)
    state = tables.get(TableName(column.schema, column.name))
    for item in state.before.columns if state is not None and state.before is not None else ():
        type_ = context.type_of(column.schema, item.type) if item.name == column.child else None
        if type_ is not None:
            yield type_


def _with_parts(types: Iterable[Address], found: Closure, state: Graph) -> set[Address]:
    """The types, as far as they are made anew, and those that they are made of."""
    result: set[Address] = set()
    queue = list(types)
    while queue:
        on = queue.pop()
        if on in found.types and on not in result:
            result.add(on)
            queue += state.needs(on)
    return result


def _of_table(table: Table, name: TableName, context: Context) -> Iterator[Address]:
    for text in (table.of_type, *(column.type for column in table.columns)):
        type_ = context.type_of(name.schema, text) if text else None
        if type_ is not None:
            yield type_
