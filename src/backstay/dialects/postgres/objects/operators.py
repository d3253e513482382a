"""Operators, operator families and operator classes."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Operator, OperatorClass, OperatorFamily


def create_operator(operator: Operator, place: Place) -> tuple[str, ...]:
    """CREATE OPERATOR. A commutator or negator that is not there yet becomes a shell until it is made."""
    return (f"CREATE OPERATOR {_symbol(operator, place)} ({', '.join(_options(operator))})",)


def _options(operator: Operator) -> Iterator[str]:
    named = {
        "FUNCTION": operator.function,
        "LEFTARG": operator.left,
        "RIGHTARG": operator.right,
        "COMMUTATOR": operator.commutator,
        "NEGATOR": operator.negator,
        "RESTRICT": operator.restrict,
        "JOIN": operator.join,
    }
    yield from (f"{name} = {value}" for name, value in named.items() if value)
    if operator.hashes:
        yield "HASHES"
    if operator.merges:
        yield "MERGES"


def alter_operator(before: Operator, after: Operator, place: Place) -> tuple[Act, ...] | None:
    """ALTER OPERATOR: on every version, only the estimators can be set where the operator is."""
    fixed = ("function", "commutator", "negator", "hashes", "merges")
    if any(getattr(before, field) != getattr(after, field) for field in fixed):
        return None
    name = operator_target(after, place)
    return (
        Act(
            sql=f"ALTER OPERATOR {name} SET ({_estimators(after)})",
            reverse=(f"ALTER OPERATOR {name} SET ({_estimators(before)})",),
        ),
    )


def _estimators(operator: Operator) -> str:
    return f"RESTRICT = {operator.restrict or 'NONE'}, JOIN = {operator.join or 'NONE'}"


def operator_target(operator: Operator, place: Place) -> str:
    """The operator with the types of both sides."""
    return f"{_symbol(operator, place)} ({operator.left or 'NONE'}, {operator.right})"


def _symbol(operator: Operator, place: Place) -> str:
    """An operator's name is never quoted."""
    return f"{quote_name(place.schema)}.{operator.name}" if place.namer.qualify else operator.name


def create_family(family: OperatorFamily, place: Place) -> tuple[str, ...]:
    """CREATE OPERATOR FAMILY, and the members that no class brings along."""
    name = method_target(family, place)
    members = (f"ALTER OPERATOR FAMILY {name} ADD {', '.join(family.items)}",) if family.items else ()
    return (f"CREATE OPERATOR FAMILY {name}", *members)


def alter_family(before: OperatorFamily, after: OperatorFamily, place: Place) -> tuple[Act, ...] | None:
    """Members can be added."""
    if not set(before.items) <= set(after.items):
        return None
    added = ", ".join(item for item in after.items if item not in before.items)
    return (Act(sql=f"ALTER OPERATOR FAMILY {method_target(after, place)} ADD {added}"),)


def create_class(class_: OperatorClass, place: Place) -> tuple[str, ...]:
    """CREATE OPERATOR CLASS."""
    default = " DEFAULT" if class_.default else ""
    family = f" FAMILY {class_.family}" if class_.family else ""
    items = (*class_.items, *((f"STORAGE {class_.storage}",) if class_.storage else ()))
    return (
        f"CREATE OPERATOR CLASS {place.name(class_.name)}{default} FOR TYPE {class_.type}"
        f" USING {quote_name(class_.method)}{family} AS {', '.join(items or (f'STORAGE {class_.type}',))}",
    )


def method_target(item: OperatorFamily | OperatorClass, place: Place) -> str:
    """A class or family with its access method."""
    return f"{place.name(item.name)} USING {quote_name(item.method)}"


OPERATOR = Planner(
    kind="operator",
    keyword="OPERATOR",
    noun="operator",
    create=create_operator,
    alter=alter_operator,
    target=operator_target,
)
OPERATOR_FAMILY = Planner(
    kind="operator_family",
    keyword="OPERATOR FAMILY",
    noun="operator family",
    create=create_family,
    alter=alter_family,
    target=method_target,
)
OPERATOR_CLASS = Planner(
    kind="operator_class",
    keyword="OPERATOR CLASS",
    noun="operator class",
    create=create_class,
    target=method_target,
)
