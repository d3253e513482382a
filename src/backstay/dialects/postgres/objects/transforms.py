"""Transforms of types for procedural languages (CREATE TRANSFORM)."""

from __future__ import annotations

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Transform


def create(transform: Transform, place: Place) -> tuple[str, ...]:
    """CREATE TRANSFORM with its functions."""
    return (f"CREATE {_definition(transform, place)}",)


def alter(before: Transform, after: Transform, place: Place) -> tuple[Act, ...]:
    """CREATE OR REPLACE changes the functions."""
    back = f"CREATE OR REPLACE {_definition(before, place)}"
    return (Act(sql=f"CREATE OR REPLACE {_definition(after, place)}", reverse=(back,)),)


def target(transform: Transform, place: Place) -> str:
    """The type and the language."""
    return f"FOR {transform.type} LANGUAGE {quote_name(transform.language)}"


def _definition(transform: Transform, place: Place) -> str:
    sides = {"FROM SQL": transform.from_sql, "TO SQL": transform.to_sql}
    functions = (f"{side} WITH FUNCTION {function}" for side, function in sides.items() if function)
    return f"TRANSFORM {target(transform, place)} ({', '.join(functions)})"


TRANSFORM = Planner(
    kind="transform",
    keyword="TRANSFORM",
    noun="transform",
    create=create,
    alter=alter,
    target=target,
    early=True,
)
