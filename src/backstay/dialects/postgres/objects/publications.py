"""Publications (CREATE PUBLICATION): what is sent to subscribers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backstay.dialects.postgres.ddl import columns
from backstay.dialects.postgres.locks import SHARE_UPDATE
from backstay.dialects.postgres.names import qualified, quote_name, quote_text, wrapped
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Publication, PublishedTable


def create(publication: Publication, place: Place) -> tuple[str, ...]:
    """CREATE PUBLICATION with everything that is published, and how."""
    if publication.all_tables:
        published = " FOR ALL TABLES"
    else:
        members = _members(publication)
        published = f" FOR {_listed(members)}" if members else ""
    settings = ", ".join(_settings(Publication(name=""), publication))
    return (
        f"CREATE PUBLICATION {target(publication, place)}{published}"
        + (f" WITH ({settings})" if settings else ""),
    )


def alter(before: Publication, after: Publication, place: Place) -> tuple[Act, ...] | None:
    """ALTER PUBLICATION: only FOR ALL TABLES cannot come or go."""
    if before.all_tables != after.all_tables:
        return None
    return tuple(
        Act(
            sql=f"ALTER PUBLICATION {target(after, place)} {there}",
            reverse=(f"ALTER PUBLICATION {target(after, place)} {back}",),
            lock=SHARE_UPDATE,
        )
        for there, back in (*_members_changed(before, after), *_settings_changed(before, after))
    )


def _members_changed(before: Publication, after: Publication) -> Iterator[tuple[str, str]]:
    """What is added or taken away alone, or all that is published, at once."""
    old, new = _members(before), _members(after)
    gone = [member for member in old if member not in new]
    come = [member for member in new if member not in old]
    if gone and not come:
        yield f"DROP {_listed(_named(before, gone))}", f"ADD {_listed(gone)}"
    elif come and not gone:
        yield f"ADD {_listed(come)}", f"DROP {_listed(_named(after, come))}"
    elif come:
        yield f"SET {_listed(new)}", f"SET {_listed(old)}"


def _settings_changed(before: Publication, after: Publication) -> Iterator[tuple[str, str]]:
    there, back = _settings(before, after), _settings(after, before)
    if there:
        yield f"SET ({', '.join(there)})", f"SET ({', '.join(back)})"


def _members(publication: Publication) -> tuple[str, ...]:
    """The tables and schemas as FOR, ADD and SET take them."""
    return (*map(_table, publication.tables), *map(_schema, publication.schemas))


def _listed(members: Iterable[str]) -> str:
    """Members as a list, tables first: PostgreSQL 14 takes the word TABLE only before the first."""
    text = ", ".join(members)
    return f"TABLE {text}" if text.startswith("ONLY ") else text


def _named(publication: Publication, members: list[str]) -> Iterator[str]:
    """These members as DROP takes them: without columns and rows."""
    for table in publication.tables:
        if _table(table) in members:
            yield f"ONLY {qualified(table.schema, table.table)}"
    yield from (found for found in map(_schema, publication.schemas) if found in members)


def _table(table: PublishedTable) -> str:
    """The table alone: those that inherit from it are members of their own."""
    listed = f" {columns(table.columns)}" if table.columns else ""
    where = f" WHERE {wrapped(table.where)}" if table.where else ""
    return f"ONLY {qualified(table.schema, table.table)}{listed}{where}"


def _schema(name: str) -> str:
    return f"TABLES IN SCHEMA {quote_name(name)}"


def _settings(before: Publication, after: Publication) -> list[str]:
    """The parameters in which the second differs from the first."""
    found = []
    if before.operations != after.operations:
        found.append(f"publish = {quote_text(', '.join(after.operations))}")
    if before.via_root != after.via_root:
        found.append(f"publish_via_partition_root = {str(after.via_root).lower()}")
    if before.generated_columns != after.generated_columns:
        found.append(f"publish_generated_columns = {after.generated_columns or 'none'}")
    return found


def target(publication: Publication, place: Place) -> str:
    """The name, which is in no schema."""
    return quote_name(publication.name)


PUBLICATION = Planner(
    kind="publication",
    keyword="PUBLICATION",
    noun="publication",
    create=create,
    alter=alter,
    target=target,
    lock=SHARE_UPDATE,
)
