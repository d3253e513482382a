"""Rewrite rules (CREATE RULE)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.expressions import written
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Rule

ENABLE = {
    "ORIGIN": "ENABLE RULE",
    "DISABLED": "DISABLE RULE",
    "REPLICA": "ENABLE REPLICA RULE",
    "ALWAYS": "ENABLE ALWAYS RULE",
}


def create(rule: Rule, place: Place) -> tuple[str | Act, ...]:
    """CREATE RULE, and when it fires where that is not the usual time."""
    return f"CREATE {_body(rule, place)}", *_enabling(replace(rule, enabled="ORIGIN"), rule, place)


def alter(before: Rule, after: Rule, place: Place) -> tuple[Act, ...]:
    """CREATE OR REPLACE RULE, which changes everything but when it fires."""
    return tuple(_acts(before, after, place))


def _acts(before: Rule, after: Rule, place: Place) -> Iterator[Act]:
    new, old = _body(after, place), _body(before, place)
    if new != old:
        yield Act(sql=f"CREATE OR REPLACE {new}", reverse=(f"CREATE OR REPLACE {old}",), lock=EXCLUSIVE)
    yield from _enabling(before, after, place)


def _enabling(before: Rule, after: Rule, place: Place) -> Iterator[Act]:
    if before.enabled != after.enabled:
        yield Act(sql=_enable(after, place), reverse=(_enable(before, place),), lock=EXCLUSIVE)


def _body(rule: Rule, place: Place) -> str:
    name, table = quote_name(rule.name), place.name(rule.table)
    return f"RULE {name} AS ON {rule.event} TO {table} {written(rule.definition)}"


def _enable(rule: Rule, place: Place) -> str:
    return f"ALTER TABLE {place.name(rule.table)} {ENABLE[rule.enabled]} {quote_name(rule.name)}"


def target(rule: Rule, place: Place) -> str:
    """The rule and its table."""
    return f"{quote_name(rule.name)} ON {place.name(rule.table)}"


RULE = Planner(
    kind="rule",
    keyword="RULE",
    noun="rule",
    create=create,
    alter=alter,
    target=target,
    lock=EXCLUSIVE,
    danger="BS203",
)
