"""Casts (CREATE CAST)."""

from __future__ import annotations

from backstay.dialects.postgres.objects.planner import Place, Planner
from backstay.schema.model import Cast

METHODS = {"FUNCTION": "WITH FUNCTION", "INOUT": "WITH INOUT", "BINARY": "WITHOUT FUNCTION"}


def create(cast: Cast, place: Place) -> tuple[str, ...]:
    """CREATE CAST; an explicit one is what it makes by itself."""
    function = f" {cast.function}" if cast.function else ""
    context = "" if cast.context == "EXPLICIT" else f" AS {cast.context}"
    return (f"CREATE CAST {target(cast, place)} {METHODS[cast.method]}{function}{context}",)


def target(cast: Cast, place: Place) -> str:
    """Both types."""
    return f"({cast.source} AS {cast.target})"


CAST = Planner(kind="cast", keyword="CAST", noun="cast", create=create, target=target, early=True)
