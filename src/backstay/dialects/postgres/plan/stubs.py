"""Circles of views and what uses their rows are opened by a stub: a view of the same columns without values.

It stands on nothing but their types. The query of the view is a resource of its own (`query`): what needs the
rows, and not only the type that they have, waits for it.
"""

from __future__ import annotations

from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.dialects.postgres.plan.context import Context
from backstay.dialects.postgres.plan.graph import OF_COLUMNS, Graph
from backstay.dialects.postgres.plan.steps import Resource
from backstay.schema.model import Address, Model


def query(own: Address) -> Resource:
    """What the object is made of beside its columns."""
    return ("query", *own)


def created(item: Model, planner: Planner, place: Place) -> str:
    """The statement that makes a stub where nothing is."""
    return f"CREATE {_texts(item, planner, place)[0]}"


def completed(item: Model, planner: Planner, place: Place) -> Act:
    """What makes an object of its stub."""
    stub, whole = (f"CREATE OR REPLACE {text}" for text in _texts(item, planner, place))
    return Act(sql=whole, reverse=(stub,), lock=planner.lock)


def emptied(before: Model, after: Model, planner: Planner, place: Place) -> Act:
    """What makes a stub of an object, with the columns that it has after: then it stands on nothing.

    It cannot be undone where there are more of them: a view does not lose columns.
    """
    grows = len(getattr(before, "columns", ())) < len(getattr(after, "columns", ()))
    stub, whole = _texts(after, planner, place)[0], _texts(before, planner, place)[1]
    reverse = () if grows else (f"CREATE OR REPLACE {whole}",)
    return Act(sql=f"CREATE OR REPLACE {stub}", reverse=reverse, lock=planner.lock)


def _texts(item: Model, planner: Planner, place: Place) -> tuple[str, str]:
    assert planner.stub is not None
    return planner.stub(item, place)


def needs(own: Address, item: Model, state: Graph, context: Context) -> set[Resource]:
    """What a stub of the object depends on in this state: what its columns are made of."""
    types = (context.type_of(own.schema, column.type) for column in getattr(item, "columns", ()))
    names = {type_[1:3] for type_ in types if type_ is not None}
    return {on for on in state.needs(own) if on.kind in OF_COLUMNS or on[1:3] in names}


def below(own: Address, context: Context) -> set[Resource]:
    """The queries of the views that an object reads, through others too, where stubs stand for them."""
    detached = {found for found in context.detached if found[0] == "query"}
    seen: set[Address] = set()
    waiting = [own] if detached else []
    while waiting:
        for on in context.after.needs(waiting.pop()):
            if on not in seen:
                seen.add(on)
                waiting.append(on)
    return detached & {query(on) for on in seen}
