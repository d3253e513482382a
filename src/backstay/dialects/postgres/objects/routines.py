"""Functions and procedures (CREATE FUNCTION, CREATE PROCEDURE)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.dialects.postgres.objects.settings import setting
from backstay.schema.model import Argument, Function, Procedure, Routine


def create(routine: Routine, place: Place) -> tuple[str, ...]:
    """CREATE FUNCTION or CREATE PROCEDURE, with everything that is not the default."""
    return (f"CREATE {_definition(routine, place)}",)


def alter(before: Routine, after: Routine, place: Place) -> tuple[Act, ...] | None:
    """CREATE OR REPLACE, where the server accepts it in the place of what is there."""
    if not _replaceable(before, after):
        return None
    back = (f"CREATE OR REPLACE {_definition(before, place)}",) if _replaceable(after, before) else ()
    return (Act(sql=f"CREATE OR REPLACE {_definition(after, place)}", reverse=back),)


def target(routine: Routine, place: Place) -> str:
    """The name with the types of a call's arguments.

    Procedures may also be named by the types of all arguments, unless one of these has a mode
    (`LookupFuncWithArgs` in the server's sources).
    """
    mode = "IN " if isinstance(routine, Procedure) else ""
    types = ", ".join(mode + item.type for item in _inputs(routine))
    return f"{place.name(routine.name)}({types})"


def argument(item: Argument) -> str:
    """An argument as CREATE FUNCTION takes it."""
    mode = "" if item.mode in {"IN", "TABLE"} else f"{item.mode} "
    name = f"{quote_name(item.name)} " if item.name else ""
    default = "" if item.default is None else f" DEFAULT {item.default}"
    return f"{mode}{name}{item.type}{default}"


def _definition(routine: Routine, place: Place) -> str:
    """CREATE behind its first word (and behind OR REPLACE)."""
    noun = "PROCEDURE" if isinstance(routine, Procedure) else "FUNCTION"
    arguments = ", ".join(argument(item) for item in routine.arguments if item.mode != "TABLE")
    words = [f"{noun} {place.name(routine.name)}({arguments})"]
    if isinstance(routine, Function):
        words += _result(routine)
    words.append(f"LANGUAGE {quote_name(routine.language)}")
    if routine.transforms:
        words.append(f"TRANSFORM {', '.join(f'FOR TYPE {name}' for name in routine.transforms)}")
    if isinstance(routine, Function):
        words += _promises(routine)
    if routine.security_definer:
        words.append("SECURITY DEFINER")
    words += (setting(name, value) for name, value in routine.settings)
    return " ".join((*words, _body(routine)))


def _result(function: Function) -> Iterator[str]:
    columns = [argument(item) for item in function.arguments if item.mode == "TABLE"]
    if columns:
        yield f"RETURNS TABLE({', '.join(columns)})"
    elif function.returns:
        yield f"RETURNS {'SETOF ' if function.returns_set else ''}{function.returns}"


def _promises(function: Function) -> Iterator[str]:
    """What the planner of queries may rely on."""
    if function.window:
        yield "WINDOW"
    if function.volatility != "VOLATILE":
        yield function.volatility
    if function.leakproof:
        yield "LEAKPROOF"
    if function.strict:
        yield "STRICT"
    if function.parallel != "UNSAFE":
        yield f"PARALLEL {function.parallel}"
    if function.cost is not None:
        yield f"COST {function.cost:.9g}"
    if function.rows is not None:
        yield f"ROWS {function.rows:.9g}"
    if function.support:
        yield f"SUPPORT {function.support}"


def _body(routine: Routine) -> str:
    if routine.atomic:
        return routine.body
    if routine.library:
        symbol = f", {quote_text(routine.symbol)}" if routine.symbol else ""
        return f"AS {quote_text(routine.library)}{symbol}"
    return f"AS {dollar_quoted(routine.body)}"


def dollar_quoted(text: str) -> str:
    """A dollar-quoted string constant (4.1.2.4): its tag is one that does not occur in the text."""
    tags = itertools.chain(("$$", "$_$"), (f"$body{number}$" for number in itertools.count(1)))
    tag = next(tag for tag in tags if tag not in (text + tag)[:-1])
    return f"{tag}{text}{tag}"


def _inputs(routine: Routine) -> list[Argument]:
    return [item for item in routine.arguments if item.mode not in {"OUT", "TABLE"}]


def _replaceable(before: Routine, after: Routine) -> bool:
    """Does CREATE OR REPLACE lead from one to the other (`ProcedureCreate` in the server's sources)?"""
    inputs = zip(_inputs(before), _inputs(after), strict=True)
    return _lasting(before) == _lasting(after) and all(_extends(old, new) for old, new in inputs)


def _lasting(routine: Routine) -> tuple[object, ...]:
    """What CREATE OR REPLACE cannot change: how arguments are given, and what comes out."""
    variadic = [item.mode == "VARIADIC" for item in _inputs(routine)]
    out = [(item.name, item.type) for item in routine.arguments if item.mode not in {"IN", "VARIADIC"}]
    result = (routine.returns, routine.returns_set, routine.window) if isinstance(routine, Function) else ()
    return variadic, out, result


def _extends(old: Argument, new: Argument) -> bool:
    """May this input take the place of that one? It keeps its name and that it has a default.

    A default of a polymorphic argument also keeps its type, which its text does not tell.
    """
    if old.default is not None and new.default != old.default and old.type.startswith("any"):
        return False
    return old.name in {"", new.name} and (old.default is None or new.default is not None)


def set_aside(function: Function, name: str, place: Place) -> tuple[str, ...]:
    """What gives a function of a range another name."""
    return (f"ALTER FUNCTION {target(function, place)} RENAME TO {quote_name(name)}",)


FUNCTION = Planner(
    kind="function",
    keyword="FUNCTION",
    noun="function",
    create=create,
    alter=alter,
    target=target,
    danger="BS202",
    aside=set_aside,
)
PROCEDURE = Planner(
    kind="procedure",
    keyword="PROCEDURE",
    noun="procedure",
    create=create,
    alter=alter,
    target=target,
    danger="BS202",
)
