"""Views (CREATE VIEW)."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.postgres import ddl
from backstay.dialects.postgres.expressions import written
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import collation, quote_name
from backstay.dialects.postgres.objects import columns
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import View


def create(view: View, place: Place) -> tuple[str | Act, ...]:
    """CREATE VIEW, and what is set on its columns."""
    return f"CREATE {_body(view, place)}", *columns.settings(place.name(view.name), view.columns)


def alter(before: View, after: View, place: Place) -> tuple[Act, ...] | None:
    """CREATE OR REPLACE VIEW, where all columns that are there stay what they are (CREATE VIEW, notes)."""
    if columns.result(before.columns) != columns.result(after.columns[: len(before.columns)]):
        return None
    old = {column.name: column for column in before.columns}
    return (
        *_query(before, after, place),
        *columns.settings(place.name(after.name), after.columns, old),
    )


def _query(before: View, after: View, place: Place) -> Iterator[Act]:
    if before.definition != after.definition:
        grows = len(before.columns) < len(after.columns)
        yield Act(
            sql=f"CREATE OR REPLACE {_body(after, place)}",
            reverse=() if grows else (f"CREATE OR REPLACE {_body(before, place)}",),
            lock=EXCLUSIVE,
        )
    elif before.options != after.options:
        name = f"ALTER VIEW {place.name(after.name)}"
        yield Act(
            sql=f"{name} {', '.join(ddl.storage_changes(before.options, after.options))}",
            reverse=(f"{name} {', '.join(ddl.storage_changes(after.options, before.options))}",),
            lock=EXCLUSIVE,
        )


def _body(view: View, place: Place) -> str:
    """The options stand in front: a comment at the end of the query would hide what follows."""
    options = f" WITH {ddl.storage(view.options)}" if view.options else ""
    return f"VIEW {place.name(view.name)}{options} AS\n{written(view.definition)}"


def stub(view: View, place: Place) -> tuple[str, str]:
    """A view of the same columns without values, and the view itself (both behind CREATE OR REPLACE)."""
    values = ", ".join(
        f"NULL::{column.type}{f' COLLATE {collation(column.collation)}' if column.collation else ''}"
        f" AS {quote_name(column.name)}"
        for column in view.columns
    )
    return f"VIEW {place.name(view.name)} AS\nSELECT {values}", _body(view, place)


VIEW = Planner(
    kind="view",
    keyword="VIEW",
    noun="view",
    create=create,
    alter=alter,
    stub=stub,
    lock=EXCLUSIVE,
    relation=True,
    danger="BS201",
)
