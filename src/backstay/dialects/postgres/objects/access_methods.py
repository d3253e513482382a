"""Access methods of tables and indexes (CREATE ACCESS METHOD)."""

from __future__ import annotations

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.planner import Place, Planner
from backstay.schema.model import AccessMethod


def create(method: AccessMethod, place: Place) -> tuple[str, ...]:
    """CREATE ACCESS METHOD with its handler."""
    return (f"CREATE ACCESS METHOD {quote_name(method.name)} TYPE {method.type} HANDLER {method.handler}",)


ACCESS_METHOD = Planner(
    kind="access_method", keyword="ACCESS METHOD", noun="access method", create=create, early=True
)
