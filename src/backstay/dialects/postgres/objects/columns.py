"""Columns of views: their query makes them, and here is what can be set on them afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backstay.dialects.postgres.expressions import written
from backstay.dialects.postgres.locks import EXCLUSIVE, SHARE_UPDATE
from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act
from backstay.schema.model import Column

NONE: Mapping[str, Column] = {}


def result(columns: Sequence[Column]) -> tuple[tuple[str, str, str], ...]:
    """What the query makes of them: names, types and collations."""
    return tuple((column.name, column.type, column.collation) for column in columns)


def settings(name: str, after: Sequence[Column], before: Mapping[str, Column] = NONE) -> Iterator[Act]:
    """The statements that make what is set on columns what it is to be; `name` is the view's, quoted.

    ALTER TABLE does it for views of both kinds (ALTER TABLE, description).
    """
    from backstay.dialects.postgres.plan.tables.attributes import of_column

    for column in after:
        old = before.get(column.name, Column(name=column.name, type=column.type))
        clauses = tuple(of_column(old, column))
        if clauses:
            sql, undo = (
                f"ALTER TABLE {name} {', '.join(texts)}"
                for texts in ((c.text for c in clauses), (c.reverse for c in clauses))
            )
            yield Act(sql=sql, reverse=(undo,), lock=EXCLUSIVE)
        if old.default != column.default:
            yield Act(sql=_set_default(name, column), reverse=(_set_default(name, old),), lock=EXCLUSIVE)
        if old.comment != column.comment:
            yield Act(sql=_comment(name, column), reverse=(_comment(name, old),), lock=SHARE_UPDATE)


def _set_default(name: str, column: Column) -> str:
    value = "DROP DEFAULT" if column.default is None else f"SET DEFAULT {written(column.default)}"
    return f"ALTER TABLE {name} ALTER COLUMN {quote_name(column.name)} {value}"


def _comment(name: str, column: Column) -> str:
    return f"COMMENT ON COLUMN {name}.{quote_name(column.name)} IS {quote_text(column.comment)}"
