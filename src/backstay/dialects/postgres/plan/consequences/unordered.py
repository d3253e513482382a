"""Where a state tells no dependencies, as that of a file: what may have to wait for functions comes late."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from backstay.dialects.postgres.names import mentions, quote_name
from backstay.dialects.postgres.plan.steps import Resource
from backstay.dialects.postgres.plan.tables.parts import index_texts
from backstay.schema.model import Address, Function, Realm, View


def late_parts(realm: Realm) -> frozenset[Resource]:
    """The constraints and defaults that mention a function of the realm: it may need the table itself.

    And the queries of views that call a function whose types, or body, mention the view.
    """
    functions = [function for schema in realm.schemas for function in schema.functions]
    names = {function.name for function in functions}
    if not names or realm.facts.dependencies:
        return frozenset()
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    quoted = "|".join(re.escape(quote_name(name)) for name in names)
    called = re.compile(rf"(?:(?<![\w$])(?:{words})|{quoted})\s*\(", re.IGNORECASE)
    late: set[Resource] = {own for own, text in _expressions(realm) if called.search(text)}
    for schema in realm.schemas:
        for view in schema.views:
            if called.search(view.definition) and _is_in_circle(view, functions):
                late.add(("query", *Address("view", schema.name, view.name)))
    return frozenset(late)


def _is_in_circle(view: View, functions: Iterable[Function]) -> bool:
    """May a function that the view calls need the view? Its columns must be known to make a stub of it."""
    return all(column.type for column in view.columns) and any(
        mentions(view.definition, function.name) and mentions(_texts(function), view.name)
        for function in functions
    )


def _texts(function: Function) -> str:
    types = (argument.type for argument in function.arguments)
    return " ".join((*types, function.returns, function.body if function.atomic else ""))


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
