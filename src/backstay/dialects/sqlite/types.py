"""The types of SQLite: names that declare an affinity (sqlite.org/datatype3.html), kept with their sizes.

`kind` is the class of the values, which decides how a default is written.
"""

from __future__ import annotations

from backstay.dialects.mapping.types import Types, TypeSpec


def _specs(names: str, kind: str, arguments: int) -> tuple[TypeSpec, ...]:
    """Types named as in SQL but for the blanks of SQL, which HCL writes as underscores."""
    return tuple(TypeSpec((name,), _forms(name.replace("_", " "), arguments), kind) for name in names.split())


def _forms(sql: str, arguments: int) -> tuple[str, ...]:
    return (sql, *(f"{sql}({','.join(['{}'] * count)})" for count in range(1, arguments + 1)))


TYPES = Types(
    (
        *_specs(
            "integer int tinyint smallint mediumint bigint unsigned_big_int int2 int8 uint64", "integer", 1
        ),
        *_specs("real", "float", 2),
        *_specs("double double_precision float", "float", 1),
        *_specs("numeric decimal", "decimal", 2),
        *_specs("text character varchar varying_character nchar native_character nvarchar clob", "string", 1),
        *_specs("blob", "binary", 1),
        *_specs("bool boolean", "bool", 0),
        *_specs("date datetime", "time", 0),
        *_specs("json jsonb", "json", 0),
        *_specs("uuid", "uuid", 0),
    )
)
