"""Extensions (CREATE EXTENSION); what they own comes and goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Extension


def create(extension: Extension, place: Place) -> tuple[str, ...]:
    """CREATE EXTENSION, in its schema and in the version that the files name."""
    schema = f" SCHEMA {quote_name(extension.schema)}" if extension.schema else ""
    version = f" VERSION {quote_text(extension.version)}" if extension.version else ""
    return (f"CREATE EXTENSION {quote_name(extension.name)}{schema}{version}",)


def alter(before: Extension, after: Extension, place: Place) -> tuple[Act, ...]:
    """ALTER EXTENSION: the version and the schema change in place.

    Not every extension can change its schema; the server says so.
    """
    name = quote_name(after.name)
    acts = []
    if after.schema and before.schema != after.schema:
        undo = f"ALTER EXTENSION {name} SET SCHEMA {quote_name(before.schema)}"
        acts.append(Act(sql=f"ALTER EXTENSION {name} SET SCHEMA {quote_name(after.schema)}", reverse=(undo,)))
    if after.version and before.version != after.version:
        acts.append(Act(sql=f"ALTER EXTENSION {name} UPDATE TO {quote_text(after.version)}"))
    return tuple(acts)


def target(extension: Extension, place: Place) -> str:
    """An extension is in no schema, although its objects are."""
    return quote_name(extension.name)


def required(extensions: Iterable[Extension]) -> Iterator[str]:
    """The statements that a place needs before objects that stand on these extensions are made there."""
    for extension in extensions:
        if extension.schema:
            yield f"CREATE SCHEMA IF NOT EXISTS {quote_name(extension.schema)}"
        schema = f" SCHEMA {quote_name(extension.schema)}" if extension.schema else ""
        yield f"CREATE EXTENSION IF NOT EXISTS {quote_name(extension.name)}{schema} CASCADE"


EXTENSION = Planner(
    kind="extension",
    keyword="EXTENSION",
    noun="extension",
    create=create,
    alter=alter,
    target=target,
    early=True,
)
