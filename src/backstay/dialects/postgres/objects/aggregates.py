"""Aggregate functions (CREATE AGGREGATE)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from backstay.dialects.postgres.names import quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.dialects.postgres.objects.routines import argument
from backstay.schema.model import Aggregate

LASTING = ("arguments", "direct", "hypothetical", "state_type", "final_func")
"""What CREATE OR REPLACE cannot change, and what the type of the result follows from."""


def create(aggregate: Aggregate, place: Place) -> tuple[str, ...]:
    """CREATE AGGREGATE with everything that is not the default."""
    return (f"CREATE {_definition(aggregate, place)}",)


def alter(before: Aggregate, after: Aggregate, place: Place) -> tuple[Act, ...] | None:
    """CREATE OR REPLACE, where arguments and result stay what they are."""
    if any(getattr(before, field) != getattr(after, field) for field in LASTING):
        return None
    return (
        Act(
            sql=f"CREATE OR REPLACE {_definition(after, place)}",
            reverse=(f"CREATE OR REPLACE {_definition(before, place)}",),
        ),
    )


def target(aggregate: Aggregate, place: Place) -> str:
    """The name with the types of the arguments."""
    types = [replace(item, name="") for item in aggregate.arguments]
    return f"{place.name(aggregate.name)}({_arguments(replace(aggregate, arguments=tuple(types)))})"


def _definition(aggregate: Aggregate, place: Place) -> str:
    """CREATE behind its first word (and behind OR REPLACE)."""
    name = f"{place.name(aggregate.name)}({_arguments(aggregate)})"
    return f"AGGREGATE {name} ({', '.join(_options(aggregate))})"


def _arguments(aggregate: Aggregate) -> str:
    """The arguments as CREATE and DROP take them; `*` for none.

    A variadic one on both sides of ORDER BY is kept once (`print_function_arguments` in the sources).
    """
    written = [argument(item) for item in aggregate.arguments]
    if aggregate.direct is None:
        return ", ".join(written) or "*"
    direct = written[: aggregate.direct]
    ordered = written[aggregate.direct :] or written[-1:]
    return f"{', '.join(direct)} ORDER BY {', '.join(ordered)}".lstrip()


def _options(aggregate: Aggregate) -> Iterator[str]:
    yield f"SFUNC = {aggregate.state_func}"
    yield f"STYPE = {aggregate.state_type}"
    for word, value in (
        ("SSPACE", aggregate.state_size),
        ("FINALFUNC", aggregate.final_func),
        ("FINALFUNC_EXTRA", aggregate.final_extra),
        ("FINALFUNC_MODIFY", aggregate.final_modify),
        ("COMBINEFUNC", aggregate.combine_func),
        ("SERIALFUNC", aggregate.serial_func),
        ("DESERIALFUNC", aggregate.deserial_func),
        ("INITCOND", _text(aggregate.initial_value)),
        ("MSFUNC", aggregate.moving_state_func),
        ("MINVFUNC", aggregate.moving_inverse_func),
        ("MSTYPE", aggregate.moving_state_type),
        ("MSSPACE", aggregate.moving_state_size),
        ("MFINALFUNC", aggregate.moving_final_func),
        ("MFINALFUNC_EXTRA", aggregate.moving_final_extra),
        ("MFINALFUNC_MODIFY", aggregate.moving_final_modify),
        ("MINITCOND", _text(aggregate.moving_initial_value)),
        ("SORTOP", aggregate.sort_operator),
        ("PARALLEL", aggregate.parallel if aggregate.parallel != "UNSAFE" else ""),
        ("HYPOTHETICAL", aggregate.hypothetical),
    ):
        if value:
            yield word if value is True else f"{word} = {value}"


def _text(value: str | None) -> str:
    return "" if value is None else quote_text(value)


AGGREGATE = Planner(
    kind="aggregate",
    keyword="AGGREGATE",
    noun="aggregate",
    create=create,
    alter=alter,
    target=target,
    danger="BS202",
)
