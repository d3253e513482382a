"""Collations (CREATE COLLATION)."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.postgres.names import quote_text
from backstay.dialects.postgres.objects.planner import Place, Planner, renamed
from backstay.schema.model import Collation


def create(collation: Collation, place: Place) -> tuple[str, ...]:
    """CREATE COLLATION; the options of a provider are those that it takes."""
    return (f"CREATE COLLATION {place.name(collation.name)} ({', '.join(_options(collation))})",)


def _options(collation: Collation) -> Iterator[str]:
    yield f"provider = {collation.provider}"
    if not collation.deterministic:
        yield "deterministic = false"
    if collation.provider != "libc" or collation.lc_collate == collation.lc_ctype:
        yield f"locale = {quote_text(collation.locale or collation.lc_collate)}"
    else:
        yield f"lc_collate = {quote_text(collation.lc_collate)}"
        yield f"lc_ctype = {quote_text(collation.lc_ctype)}"
    if collation.rules:
        yield f"rules = {quote_text(collation.rules)}"


COLLATION = Planner(
    kind="collation",
    keyword="COLLATION",
    noun="collation",
    create=create,
    aside=renamed("COLLATION"),
    early=True,
)
