"""Objects of kinds of their own: made, changed in place, or dropped and made anew, each where it can be.

What a kind is like is its `Planner` (`objects/`). Here is what all have in common: the resources that order
their statements are their addresses and those of what they depend on, before and after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from msgspec.structs import replace

from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres.objects import PLANNERS
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.dialects.postgres.plan import aside, extensions, stubs
from backstay.dialects.postgres.plan.context import (
    ADD_EARLY,
    ADD_LATE,
    ALTER_OBJECT,
    APART,
    DROP_EARLY,
    DROP_LAST,
    DROP_LATE,
    DROP_TYPE,
    TYPE,
    Context,
    TableName,
    comment_on,
    quoted,
)
from backstay.dialects.postgres.plan.graph import Graph, called
from backstay.dialects.postgres.plan.restored import restored
from backstay.dialects.postgres.plan.steps import Resource, Step
from backstay.dialects.postgres.privileges import SECURABLES
from backstay.schema.changes import Change
from backstay.schema.kinds import BY_NAME, address
from backstay.schema.model import Address, Model

RANKS = {kind: place for place, kind in enumerate(dict.fromkeys(("extension", "language", *BY_NAME)))}


def steps(change: Change, context: Context) -> Iterator[Step]:
    """The steps of one change of an object."""
    yield from _Object(change, context).steps()


def made_along(schema: str, relation: str, context: Context) -> Iterator[str]:
    """The SQL that makes again the triggers, policies and rules that went with a table or view."""
    for kind, _, item in context.before.along(schema, relation):
        if _goes_first(address(kind, schema, item), context):
            continue
        change = Change(
            action="drop", kind=BY_NAME[kind].name, schema=schema, name=item.identifier, before=item
        )
        yield from _Object(change, context).made_again(item)


def _goes_first(own: Address, context: Context) -> bool:
    """Does what belongs to a table or view use a child of it, or a table that has its rows as values?

    Those go before the table or view.
    """
    table = TableName(own.schema, own.name)
    used = {TableName(on.schema, on.name) for on in context.before.needs(own)}
    if any(table in context.had.ancestors(name) for name in used):
        return True
    whole = (Address(kind, own.schema, own.name) for kind in ("table", "view", "materialized"))
    holders = (on for relation in whole for on in context.before.dependents(relation) if on.kind == "column")
    return any(TableName(on.schema, on.name) in used for on in holders)


class _Object:
    """One changed object while its steps are gathered."""

    def __init__(self, change: Change, context: Context) -> None:
        self.change, self.context = change, context
        self.planner: Planner = PLANNERS[change.kind]
        self.kind = BY_NAME[change.kind]
        self.place = Place(change.schema, context.namer, context.options)
        item = change.after if change.after is not None else change.before
        assert item is not None
        self.own = address(change.kind, change.schema, item)
        self.name = str(getattr(item, "name", "") or item.identifier)
        self.query = stubs.query(self.own)
        self.keys = {self.query} if self.planner.stub else set()

    @property
    def is_stubbed(self) -> bool:
        """Is the object in a circle, which a stub in its place opens?"""
        return self.query in self.context.detached

    def steps(self) -> Iterator[Step]:
        before, after = self.change.before, self.change.after
        if self.own in self.context.rebuilt and after is not None:
            yield from aside.steps(self.change, self._made(after), self.context)
            return
        if before is not None and after is not None:
            acts = self._acts(before, after)
            if acts is not None:
                yield from self._altered(acts)
                yield from self._comment(getattr(before, "comment", ""), after)
                return
        if before is not None and not self._goes_along():
            yield from self._dropped(before)
        if after is not None:
            yield from self._made(after)

    def _acts(self, before: Model, after: Model) -> tuple[Act, ...] | None:
        """What changes the object where it is; nothing where it is made anew."""
        if self.own in self.context.remade:
            return None
        alone = extensions.alone(before), extensions.alone(after)
        acts: tuple[Act, ...] | None = ()
        if self._without_comment(alone[0]) != self._without_comment(alone[1]):
            acts = self.planner.alter(*alone, self.place)
        if acts is None:
            return None
        return extensions.with_ties(acts, before, after, self.planner, self.place)

    def _goes_along(self) -> bool:
        """Does the object go with its table or view?"""
        if not self.kind.of_table or self.context.is_kept(self.own.schema, self.own.name):
            return False
        return not _goes_first(self.own, self.context)

    def _made(self, item: Model) -> Iterator[Step]:
        first, *rest = self._creation(item)
        needs = self._needs()
        if self.is_stubbed:
            yield self._completed(item)
            first = replace(first, sql=stubs.created(item, self.planner, self.place))
            needs = {("schema", self.own.schema), *self._stub_needs(item, self.context.after)}
        yield self._step(
            replace(first, reverse=(self._drop_sql(item),)),
            f"create {self._noun()}",
            self._rank(self._add_band()),
            makes={self.own, *self._names()},
            needs=needs,
            keys=self.keys,
        )
        for number, act in enumerate(rest, 1):
            rank = self._rank(self._add_band(), number)
            yield self._step(act, f"create {self._noun()}", rank, needs={self.own})
        yield from self._comment("", item)
        if self.change.before is not None:
            yield from self._restored(self.change.before)

    def _completed(self, item: Model) -> Step:
        """What makes the object of its stub."""
        return self._step(
            stubs.completed(item, self.planner, self.place),
            f"complete {self._noun()}",
            self._rank(self._add_band(), 1),
            makes={self.query},
            needs={*self._needs(), self.own},
        )

    def _emptied(self, before: Model, after: Model, made: Resource) -> Step:
        """What makes the object a stub."""
        return self._step(
            stubs.emptied(before, after, self.planner, self.place),
            f"empty {self._noun()}",
            self._rank(DROP_EARLY),
            makes={made},
            needs=self._stub_needs(after, self.context.after) if made == self.own else set(),
            leaves=set(self.context.before.needs(self.own)) - {self.own},
            removes={self.query},
        )

    def _stub_needs(self, item: Model, state: Graph) -> set[Resource]:
        return stubs.needs(self.own, item, state, self.context)

    def made_again(self, item: Model) -> Iterator[str]:
        """The SQL that undoes a drop."""
        first, *rest = (act.sql for act in self._creation(item))
        yield stubs.created(item, self.planner, self.place) if self.is_stubbed else first
        yield from rest
        yield from (step.statement.sql for step in self._comment("", item))
        yield from (act.sql for act in self._access(item))

    def _creation(self, item: Model) -> Iterator[Act]:
        for part in self.planner.create(item, self.place):
            yield part if isinstance(part, Act) else Act(sql=part, lock=self.planner.lock)
        yield from extensions.acts(extensions.alone(item), item, self.planner, self.place)

    def _altered(self, acts: tuple[Act, ...]) -> Iterator[Step]:
        old = set(self.context.before.needs(self.own)) - set(self.context.after.needs(self.own))
        before, after = self.change.before, self.change.after
        made = {self.query} if self.is_stubbed else {self.own}
        if self.is_stubbed and acts and before is not None and after is not None:
            yield self._emptied(before, after, self.own)
        apart = next((number for number, act in enumerate(acts) if not act.transactional), len(acts))
        for number, act in enumerate(acts):
            band = TYPE if self.kind.family == "type" else ALTER_OBJECT
            if number >= apart:  # behind the transaction, with what is said of it there
                band, made = APART, set()
            yield self._step(
                act,
                act.comment or f"modify {self._noun()}",
                self._rank(band, number),
                makes={*made, ("value", *self.own, act.value)} if act.value else made,
                needs={*self._needs(), self.own if self.is_stubbed else ("untyped", *self.own)},
                leaves=old,
                keys=self.keys,
            )

    def _dropped(self, item: Model) -> Iterator[Step]:
        along = made_along(self.own.schema, self.own.name, self.context) if self.planner.relation else ()
        gone = self.change.action == "drop"
        act = Act(
            sql=self._drop_sql(item),
            reverse=(*self.made_again(item), *along),
            lock=self.planner.drop_lock or self.planner.lock,
            hazards=self._dangers(item) if gone else (),
        )
        within = {
            part
            for part in self.context.before.within(self.own.schema, self.own.name)
            if part == self.own or not _goes_first(part, self.context)
        }
        needs: set[Resource] = {*self.context.before.needs(self.own, *within)}
        emptied = ("emptied", *self.own)
        if self.is_stubbed:
            yield self._emptied(item, item, emptied)
            rest = self.context.before.needs(*(within - {self.own}))
            needs = {*self._stub_needs(item, self.context.before), *rest}
        yield self._step(
            act,
            f"drop {self._noun()}",
            self._rank(self._drop_band()),
            needs={emptied} if self.is_stubbed else (),
            removes={self.own, *self._names()},
            leaves=needs - {self.own},
            keys=self.keys,
        )

    def _dangers(self, item: Model) -> tuple[Hazard, ...]:
        """What is missed where the object goes, unless its schema or table goes, or its name stays."""
        desired = self.context.options.desired
        stays = not self.own.schema or any(schema.name == self.own.schema for schema in desired.schemas)
        name = called(self.change.kind, self.own.schema, item)
        if not self.planner.danger or not stays or name in self.context.after.names:
            return ()
        if self.kind.of_table and not self.context.is_kept(self.own.schema, self.own.name):
            return ()
        return (Hazard(self.planner.danger, f'Dropping {self.planner.noun} "{item.identifier}"'),)

    def _add_band(self) -> int:
        return ADD_EARLY if self.planner.early else ADD_LATE

    def _drop_band(self) -> int:
        if self.kind.family == "type":
            return DROP_TYPE
        return DROP_LATE if self.planner.early else DROP_EARLY

    def _comment(self, before: str, item: Model) -> Iterator[Step]:
        text = getattr(item, "comment", "")
        if text == before:
            return
        statement = comment_on(
            self.planner.keyword,
            self.planner.target(item, self.place),
            text,
            before,
            f"set comment to {self.planner.noun}: {quoted(self.name)}",
            self.change,
        )
        rank = self._rank(self._add_band(), 1000)
        yield Step(statement=statement, rank=rank, needs=frozenset({self.own}))

    def _restored(self, before: Model) -> Iterator[Step]:
        """Owner and privileges of an object that was made anew."""
        for number, act in enumerate(self._access(before)):
            rank = self._rank(self._add_band(), 2000 + number)
            yield self._step(act, f"keep the privileges on {self._noun()}", rank, needs={self.own})

    def _access(self, item: Model) -> Iterator[Act]:
        target, name = self.planner.target(item, self.place), str(getattr(item, "name", ""))
        found = self.context.before.access(self.own)
        word = SECURABLES[self.own.kind].word if self.own.kind in SECURABLES else ""
        securable = f"{word} {target}"
        if self.own.kind == "function":
            securable = f"{word} {self.place.name(name)}{self.own.name.removeprefix(name)}"
        return restored(
            self.own, f"{self.planner.keyword} {target}", securable, found, self.context.options.realm.facts
        )

    def _step(
        self, act: Act, comment: str, rank: tuple[int, int, int, int], **resources: Collection[Resource]
    ) -> Step:
        statement = Statement(
            sql=act.sql,
            comment=comment,
            changes=(self.change,),
            hazards=act.hazards,
            lock=act.lock,
            reverse=act.reverse,
            transactional=act.transactional,
            access=act.access or self.planner.access,
        )
        resources["needs"] = {*resources.get("needs", ()), *act.needs}
        sets: dict[str, Any] = {name: frozenset(map(_made, found)) for name, found in resources.items()}
        return Step(statement=statement, rank=rank, **sets)

    def _needs(self) -> set[Resource]:
        found: set[Resource] = set(self.context.after.needs(self.own))
        schema = self.own.schema or getattr(self.change.after, "schema", "")
        if schema:
            found.add(("schema", schema))
        if self.kind.of_table:
            found |= {
                Address(kind, self.own.schema, self.own.name) for kind in ("table", "view", "materialized")
            }
        found |= {("moved", *on[1:3]) for on in found if on[0] in {"table", "column"}}
        if self.change.kind == "materialized":
            found |= stubs.below(self.own, self.context)  # stubs have no values to read
        return found

    def _names(self) -> Iterator[Resource]:
        """Names that change hands. Of routines, too: a call must not find the one that goes as well."""
        if self.planner.relation:
            yield ("name", self.own.schema, self.name)
        elif self.kind.family == "function":
            yield ("routine", self.own.schema, self.name)

    def _rank(self, band: int, part: int = 0) -> tuple[int, int, int, int]:
        place = RANKS[self.change.kind]
        if self.planner.last and band == DROP_LATE:
            band = DROP_LAST
        return (band, -place if band in {DROP_EARLY, DROP_LATE, DROP_TYPE} else place, part, 0)

    def _noun(self) -> str:
        return f"{self.planner.noun} {quoted(self.name)}"

    def _drop_sql(self, item: Model) -> str:
        return f"DROP {self.planner.keyword} {self.planner.target(item, self.place)}"

    def _without_comment(self, item: Model) -> Model:
        return replace(item, comment="") if hasattr(item, "comment") else item


def _made(resource: Resource) -> Resource:
    """The resource as what makes it calls it: a sequence is one by what defaults of columns name."""
    if isinstance(resource, Address) and resource.kind == "sequence":
        return (resource.kind, resource.schema, resource.name)
    return resource
