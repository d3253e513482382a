"""Which rows find no partition: a question to the rows of a table before it is partitioned (otherwise).

The rules are those of CREATE TABLE, PARTITION OF: bounds of ranges include the lower end and not the upper
one, NULL is in no range, and rows that are nowhere else are in the default partition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from backstay.dialects.dialect import Probe
from backstay.dialects.postgres.ddl import index_part
from backstay.dialects.postgres.guards import BOUND
from backstay.dialects.postgres.lineage import TableName
from backstay.dialects.postgres.names import mentions, quote_name
from backstay.dialects.postgres.plan.context import Context
from backstay.dialects.postgres.plan.tables import casts
from backstay.schema.model import Address, IndexPart, Partitioning

LITERAL = re.compile(r"\s*((?:'(?:[^']|'')*'|[^,'])+)(?:,|$)")
"""One of several values of a bound."""

MODULUS = re.compile(r"modulus (\d+)", re.IGNORECASE)
ANY, NONE, DEFAULT = "true", "false", "DEFAULT"


def probes(name: TableName, context: Context) -> Iterator[Probe]:
    """The question, where the keys can be told from the rows as they are."""
    before, after = context.had.tables[name], context.has.tables[name]
    refused = _refused(name, context, name) if after.partitioning is not None else None
    if refused is None or refused == NONE:
        return
    only = "" if before.partitioning is not None else "ONLY "
    rows = f"SELECT FROM {only}{context.namer(*name)} WHERE {refused} LIMIT {BOUND}"
    yield Probe(
        f"SELECT count(*) FROM ({rows}) AS found", f'table "{name.name}" has rows that fit no partition'
    )


def _refused(name: TableName, context: Context, root: TableName) -> str | None:
    """The condition for rows of a partitioned table that find no partition; nothing where it is not known."""
    key = context.has.tables[name].partitioning
    if key is None:
        return NONE
    partitions = tuple(_partitions(name, context))
    below = {child: _refused(child, context, root) for child, _ in partitions}
    if key.method == "HASH":
        found = (MODULUS.search(bound) for _, bound in partitions)
        is_whole = sum(Fraction(1, int(modulus[1])) for modulus in found if modulus) == 1
        return NONE if is_whole and set(below.values()) == {NONE} else None
    keys = _keys(key, root, context)
    if keys is None or None in below.values():
        return None
    fits = {child: _fits(key.method, keys, bound) for child, bound in partitions if bound != DEFAULT}
    elsewhere = [f"NOT {condition}" for condition in fits.values()]
    elsewhere += [below[child] or NONE for child, bound in partitions if bound == DEFAULT]
    cases = [f"{condition} AND {below[child]}" for child, condition in fits.items() if below[child] != NONE]
    if NONE not in elsewhere:
        cases.append(" AND ".join(elsewhere) or ANY)
    return f"({' OR '.join(cases)})" if cases else NONE


def _partitions(name: TableName, context: Context) -> Iterator[tuple[TableName, str]]:
    """Those of a table afterwards, each with its bound."""
    for partition in context.has.partitions(name):
        found = context.has.tables[partition].partition_of
        if found is not None:
            yield partition, found.bound


def _keys(key: Partitioning, root: TableName, context: Context) -> tuple[str, ...] | None:
    """The keys as SQL over the rows as they are; nothing where the plan makes what they stand on."""
    needs = context.after.needs(Address("table", *root))
    if any(part.ops for part in key.parts) or any(on not in context.before.objects for on in needs):
        return None
    found = [_key(part, root, context) for part in key.parts]
    return None if None in found else tuple(text for text in found if text is not None)


def _key(part: IndexPart, root: TableName, context: Context) -> str | None:
    old, new = context.had.columns(root), context.has.columns(root)
    changed = {name for name in new if name not in old or old[name].type != new[name].type}
    if part.expr:
        plain = not any(mentions(part.expr, name) for name in changed)
        return f"({index_part(IndexPart(expr=part.expr, collation=part.collation))})" if plain else None
    column = new[part.column]
    if part.column not in changed:
        return f"({index_part(IndexPart(column=part.column, collation=part.collation))})"
    if (
        part.column not in old
        or part.collation
        or context.type_of(root.schema, column.type) in _made(context)
    ):
        return None
    value = quote_name(part.column)
    types = (old[part.column].type, column.type)
    return f"({casts.converted(value, types, root.schema, context) or value}::{column.type})"


def _made(context: Context) -> set[Address]:
    """The types that the plan makes."""
    return {own for own in context.after.objects if own.kind == "type"} - set(context.before.objects)


def _fits(method: str, keys: Sequence[str], bound: str) -> str:
    if method == "LIST":
        values = bound[bound.index("(") + 1 : bound.rindex(")")]
        found = f"({keys[0]} IN ({values})) IS TRUE"
        has_null = "NULL" in {value.upper() for value in _values(values)}
        return f"({found} OR {keys[0]} IS NULL)" if has_null else f"({found})"
    lower, upper = re.split(r"\)\s+TO\s+\(", bound[bound.index("(") + 1 : bound.rindex(")")], maxsplit=1)
    ends = (_beyond(keys, _values(lower), ">", ANY), _beyond(keys, _values(upper), "<", NONE))
    known = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    return f"({known} AND {' AND '.join(ends)})"


def _values(text: str) -> list[str]:
    return [match[1].strip() for match in LITERAL.finditer(text)]


def _beyond(keys: Sequence[str], values: Sequence[str], operator: str, equal: str) -> str:
    """Are the keys, one after the other, greater (or less) than the values, or `equal` where they are so?"""
    if not keys:
        return equal
    infinite = {"MINVALUE": operator == ">", "MAXVALUE": operator == "<"}
    if values[0].upper() in infinite:
        return ANY if infinite[values[0].upper()] else NONE
    rest = _beyond(keys[1:], values[1:], operator, equal)
    return f"({keys[0]} {operator} {values[0]} OR ({keys[0]} = {values[0]} AND {rest}))"
