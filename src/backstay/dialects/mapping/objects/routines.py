"""`function "f" { lang = SQL  arg "a" { … }  return = int  as = "…" }`, and `procedure "p" { … }`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.columns import decode_value, encode_value
from backstay.dialects.mapping.grammar import Shape, bare, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing
from backstay.hcl import write
from backstay.hcl.document import Block, Names
from backstay.hcl.values import Reference
from backstay.schema.model import Argument, Function, Procedure, Routine

LANGUAGES = {"SQL": "sql", "PLpgSQL": "plpgsql", "C": "c", "INTERNAL": "internal"}
LANGUAGE_NAMES = Names(variables=LANGUAGES)
MODES = bare("IN", "OUT", "INOUT", "VARIADIC")
SECURITY = bare("DEFINER", "INVOKER")
VOLATILITY = bare("VOLATILE", "STABLE", "IMMUTABLE")
PARALLEL = bare("UNSAFE", "RESTRICTED", "SAFE")
RESULTS = ("return", "return_set", "return_table")

COMMON = (
    "name schema lang as atomic library symbol transforms security set depends_on_extensions comment "
    "depends_on for_each"
)
PROMISES = "window volatility leakproof strict parallel cost rows support"


def decode_function(item: Named, scope: Scope) -> Function:
    """A function; without `return`, `return_set` and `return_table`, its OUT arguments are its result."""
    block = item.block
    tables = block.blocks("return_table")
    if len(tables) + sum(map(block.has, RESULTS)) > 1:
        raise block.error(f"{block.title} has more than one of {', '.join(RESULTS)}")
    result = next((attribute for attribute in RESULTS if block.has(attribute)), "")
    columns = [
        Argument(name=column.name, type=scope.column_type(column, item.schema)[0], mode="TABLE")
        for table in tables
        for column in table.blocks("column")
    ]
    return Function(
        **_common(item, scope, columns),
        returns=scope.column_type(block, item.schema, result)[0] if result else "",
        returns_set=result == "return_set",
        window=reading.flag(block, "window"),
        volatility=reading.word(block, "volatility", VOLATILITY, "VOLATILE"),  # type: ignore[arg-type]
        parallel=reading.word(block, "parallel", PARALLEL, "UNSAFE"),  # type: ignore[arg-type]
        leakproof=reading.flag(block, "leakproof"),
        strict=reading.flag(block, "strict"),
        cost=_number(block, "cost"),
        rows=_number(block, "rows"),
        support=scope.function(block, "support", item.schema),
    )


def decode_procedure(item: Named, scope: Scope) -> Procedure:
    """A procedure."""
    return Procedure(**_common(item, scope))


def _common(item: Named, scope: Scope, columns: Iterable[Argument] = ()) -> dict[str, Any]:
    block = item.block
    if not block.has("lang") and not reading.flag(block, "atomic"):
        raise block.error(f'missing attribute "lang" of {block.title}', hint="write lang = SQL or PLpgSQL")
    library = reading.text(block, "library")
    if not library and not block.has("as"):
        raise block.error(f'missing attribute "as" of {block.title}', hint='write as = "<body>"')
    return {
        "name": item.name,
        "arguments": (*decode_arguments(item, scope), *columns),
        "language": _language(block),
        "body": reading.expression(block, "as"),
        "atomic": reading.flag(block, "atomic"),
        "library": library,
        "symbol": reading.text(block, "symbol"),
        "security_definer": reading.word(block, "security", SECURITY) == "DEFINER",
        "settings": _settings(block),
        "transforms": reading.strings(block, "transforms"),
        "depends_on_extensions": tuple(sorted(reading.strings(block, "depends_on_extensions"))),
        "comment": reading.text(block, "comment"),
    }


def decode_arguments(item: Named, scope: Scope) -> tuple[Argument, ...]:
    """The arguments of a routine; one without a label has no name."""
    return tuple(_argument(block, item.schema, scope) for block in item.block.blocks("arg"))


def _argument(block: Block, schema: str, scope: Scope) -> Argument:
    type_, kind = scope.column_type(block, schema)
    return Argument(
        name=block.name,
        type=type_,
        mode=reading.word(block, "mode", MODES, "IN"),  # type: ignore[arg-type]
        default=decode_value(block, "default", kind),
    )


def _language(block: Block) -> str:
    """One of the words for languages in any case, or the name of another one."""
    value = block.get("lang", LANGUAGE_NAMES)
    if value is None:
        return "sql"
    if not isinstance(value, str):
        raise reading.unexpected(block, "lang", value, "SQL, PLpgSQL or a string")
    return value.lower() if value.lower() in LANGUAGES.values() else value


def _number(block: Block, attribute: str) -> float | None:
    value = block.get(attribute)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise reading.unexpected(block, attribute, value, "number")
    return float(value)


def _settings(block: Block) -> tuple[tuple[str, str], ...]:
    """`set = { search_path = "public" }`: the values as SHOW prints them."""
    value = block.get("set")
    if value is None:
        return ()
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise reading.unexpected(block, "set", value, "object of strings")
    return tuple((name, str(item)) for name, item in value.items())


def encode_function(function: Function, schema: str, writing: Writing) -> write.Block:
    """The block of a function."""
    return _block(
        "function",
        function,
        schema,
        writing,
        columns=_return_table(function, schema, writing),
        result=_result(function, schema, writing),
        promises=_promises(function, schema, writing),
    )


def encode_procedure(procedure: Procedure, schema: str, writing: Writing) -> write.Block:
    """The block of a procedure."""
    return _block("procedure", procedure, schema, writing)


def _block(
    kind: str,
    routine: Routine,
    schema: str,
    writing: Writing,
    *,
    columns: Iterable[write.Block] = (),
    result: Mapping[str, write.Written] = {},
    promises: Mapping[str, write.Written] = {},
) -> write.Block:
    return write.block(
        kind,
        writing.labels.objects[kind][schema, routine.name],
        {"schema": Reference(("schema", schema)), "lang": _written_language(routine.language)},
        [*encode_arguments(routine.arguments, schema, writing), *columns],
        {
            **result,
            "library": routine.library or None,
            "symbol": routine.symbol or None,
            "as": None if routine.library else write.Heredoc(routine.body),
            "atomic": routine.atomic or None,
            **promises,
            "security": write.Bare("DEFINER") if routine.security_definer else None,
            "transforms": routine.transforms or None,
            "depends_on_extensions": routine.depends_on_extensions or None,
            "set": dict(routine.settings) or None,
            "comment": routine.comment or None,
        },
    )


def _written_language(name: str) -> write.Written:
    return next((write.Bare(word) for word, known in LANGUAGES.items() if known == name), name)


def encode_arguments(arguments: Iterable[Argument], schema: str, writing: Writing) -> Iterable[write.Block]:
    """The blocks of arguments of a call."""
    for item in arguments:
        if item.mode != "TABLE":
            type_, kind = writing.type(item.type, schema)
            values: dict[str, write.Written] = {
                "type": type_,
                "mode": write.Bare(item.mode) if item.mode != "IN" else None,
                "default": encode_value(item.default, item.type, kind, writing.grammar),
            }
            yield write.block("arg", (item.name,) if item.name else (), values)


def _return_table(routine: Routine, schema: str, writing: Writing) -> Iterable[write.Block]:
    columns = [
        write.block("column", (item.name,), {"type": writing.type(item.type, schema)[0]})
        for item in routine.arguments
        if item.mode == "TABLE"
    ]
    return [write.block("return_table", (), {}, columns)] if columns else []


def _result(function: Function, schema: str, writing: Writing) -> dict[str, write.Written]:
    if not function.returns:
        return {}
    attribute = "return_set" if function.returns_set else "return"
    return {attribute: writing.type(function.returns, schema)[0]}


def _promises(function: Function, schema: str, writing: Writing) -> dict[str, write.Written]:
    return {
        "window": function.window or None,
        "volatility": write.Bare(function.volatility) if function.volatility != "VOLATILE" else None,
        "leakproof": function.leakproof or None,
        "strict": function.strict or None,
        "parallel": write.Bare(function.parallel) if function.parallel != "UNSAFE" else None,
        "cost": _written_number(function.cost),
        "rows": _written_number(function.rows),
        "support": writing.function(function.support, schema),
    }


def _written_number(value: float | None) -> write.Written:
    return None if value is None else Decimal(f"{value:.9g}")


ARGUMENT = Shape(words("name type mode default"))
FUNCTION = ObjectBlock(
    kind="function",
    shape=Shape(words(f"{COMMON} {PROMISES} return return_set"), words("arg return_table"), named=True),
    shapes={"arg": ARGUMENT, "return_table": Shape(blocks=words("column"))},
    decode=decode_function,
    encode=encode_function,
    repeated=True,
)
PROCEDURE = ObjectBlock(
    kind="procedure",
    shape=Shape(words(COMMON), words("arg"), named=True),
    decode=decode_procedure,
    encode=encode_procedure,
    repeated=True,
)
