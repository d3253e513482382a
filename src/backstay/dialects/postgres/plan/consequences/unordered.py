"""Where a state tells no dependencies, as that of a file: what may have to wait for functions comes late."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables.parts import index_texts
from backstay.schema.model import Address, Realm


def late_parts(realm: Realm) -> frozenset[Resource]:
    """The constraints and defaults that mention a function of the realm: it may need the table itself."""
    names = {routine.name for schema in realm.schemas for routine in schema.functions}
    if not names or realm.facts.dependencies:
        return frozenset()
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    quoted = "|".join(re.escape(quote_name(name)) for name in names)
    called = re.compile(rf"(?:(?<![\w$])(?:{words})|{quoted})\s*\(", re.IGNORECASE)
    return frozenset(own for own, text in _expressions(realm) if called.search(text))


def _expressions(realm: Realm) -> Iterator[tuple[Address, str]]:
    for schema in realm.schemas:
        for table in schema.tables:
            for column in table.columns:
                yield Address("default", schema.name, table.name, column.name), column.default or ""
            for check in table.checks:
                yield Address("constraint", schema.name, table.name, check.name), check.expr
            for exclusion in table.exclusions:
                texts = " ".join(index_texts(exclusion))
                yield Address("constraint", schema.name, table.name, exclusion.name), texts
