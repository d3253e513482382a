"""Owners and privileges that the project manages, and those of columns that are made anew.

All that changes about one object is planned together: a new owner takes over the privileges of the old one,
and what is taken from a role on a table is taken from it on the columns, too (GRANT, REVOKE, notes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from backstay.dialects.dialect import Hazard, Statement
from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects import PLANNERS
from backstay.dialects.postgres.objects.planner import Place
from backstay.dialects.postgres.plan.context import ACCESS, Context, quoted
from backstay.dialects.postgres.plan.restored import columns
from backstay.dialects.postgres.plan.steps import Step
from backstay.dialects.postgres.privileges import (
    ALL,
    NONE,
    OBJECTS,
    SECURABLES,
    Rights,
    changed,
    initial,
    rights_of,
    usual,
)
from backstay.schema.changes import Change
from backstay.schema.model import Address, DefaultPermission, Ownership, Permission

KINDS = frozenset({"permission", "ownership", "default_permission"})
WORDS = {"table": "TABLE", "sequence": "SEQUENCE", "schema": "SCHEMA"}
"""How ALTER calls what no planner of objects is for."""

KIND_OF = {SECURABLES[kind].objects: kind for kind in OBJECTS.values()}


def steps(changes: Iterable[Change], context: Context) -> Iterator[Step]:
    """The steps of all changes of owners and privileges, and of columns that lose theirs on the way."""
    found: defaultdict[Address, list[Change]] = defaultdict(list)
    for change in changes:
        item = change.after if change.after is not None else change.before
        if isinstance(item, DefaultPermission):
            yield from _default_steps(change, item, context)
        elif isinstance(item, Permission | Ownership):
            found[Address(item.kind, change.schema, item.name)].append(change)
    if context.options.managed.permissions and context.options.realm.facts.defaults:
        for at in context.after.objects.keys() - context.before.objects.keys():
            if at.kind in SECURABLES:  # a new object, which gets more than what is usual
                found.setdefault(at, [])
    for number, (at, group) in enumerate(sorted(found.items())):
        if _stays(at, context):
            yield from _Object(at, group, context).steps(number)
    yield from _remade_columns(context)


def _stays(at: Address, context: Context) -> bool:
    """Is the object there afterwards? With those that are not, their privileges go."""
    return at.kind == "schema" or at in context.after.objects


class _Object:
    """One object whose owner or privileges change."""

    def __init__(self, at: Address, changes: Sequence[Change], context: Context) -> None:
        self.at, self.changes, self.context = at, changes, context
        self.facts = context.options.realm.facts

    @property
    def is_new(self) -> bool:
        """Does the plan make the object?"""
        if self.at.kind == "schema":
            return all(schema.name != self.at.schema for schema in self.context.options.realm.schemas)
        return self.at not in self.context.before.objects

    def steps(self, number: int) -> Iterator[Step]:
        """Who owns it first, then what is about all of it, then what is about its columns."""
        for part, (sql, reverse) in enumerate(self._statements()):
            statement = Statement(
                sql=sql,
                comment=f"set the privileges on {self.at.kind} {quoted(self.at.name or self.at.schema)}",
                changes=tuple(self.changes),
                hazards=self._dangers(sql),
                reverse=reverse,
                access=True,
            )
            needs = {self.at} if self.at.kind != "schema" else {("schema", self.at.schema)}
            yield Step(statement=statement, rank=(ACCESS, number, part, 0), needs=frozenset(needs))

    def _dangers(self, sql: str) -> tuple[Hazard, ...]:
        """A right that somebody had; a new object's are not used yet."""
        if self.is_new or not sql.startswith("REVOKE "):
            return ()
        return (Hazard("BS204", f"Revoking {sql.removeprefix('REVOKE ')}"),)

    def _statements(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        owner, new_owner = self._owners()
        if new_owner != owner:
            alter = f"ALTER {self._object()} OWNER TO"
            yield f"{alter} {quote_name(new_owner)}", (f"{alter} {quote_name(owner)}",)
        if self.at.kind not in SECURABLES:
            return
        on, lost = self._securable(), {}
        found, wanted = self._found(owner, new_owner), self._wanted(new_owner)
        for role in sorted({*found, *wanted}):
            old, new = found.get(role, NONE), wanted.get(role, NONE)
            back = tuple(changed(new, old, on, role))
            lost[role] = ALL if ALL in old and ALL not in new else old.privileges - new.privileges
            for sql in changed(old, new, on, role):
                yield sql, back
        yield from self._of_columns(on, lost)

    def _of_columns(
        self, on: str, lost: Mapping[str, frozenset[str]]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        old, new = (self._permissions(side, of_columns=True) for side in ("before", "after"))
        for column, role in sorted({(item.column, item.to) for item in (*old, *new)}):
            found, wanted = (
                rights_of(item for item in side if item.column == column).get(role, NONE)
                for side in (old, new)
            )
            back = tuple(changed(wanted, found, on, role, column))
            gone = lost.get(role, frozenset())
            if gone and found != NONE:
                left = frozenset() if gone == ALL else found.privileges - gone
                found = Rights(left, found.grantable & left)
            for sql in changed(found, wanted, on, role, column):
                yield sql, back

    def _owners(self) -> tuple[str, str]:
        """The owner before and after."""
        access = next((item for item in self.context.before.access(self.at) if item.at == self.at), None)
        owner = (access.owner if access and not self.is_new else "") or self.facts.role
        named = [c.after.owner for c in self.changes if isinstance(c.after, Ownership)]
        return owner, named[0] if named else owner

    def _found(self, owner: str, new_owner: str) -> dict[str, Rights]:
        """The rights when it is there: those before, or those of a new object."""
        if self.is_new:
            found = initial(self.at.kind, self.at.schema, owner, self.facts.defaults)
        else:
            found = usual(self.at.kind, owner) | rights_of(self._permissions("before"))
        if new_owner != owner:
            found[new_owner] = found.pop(owner, NONE)
        return found

    def _wanted(self, owner: str) -> dict[str, Rights]:
        return usual(self.at.kind, owner) | rights_of(self._permissions("after"))

    def _permissions(self, side: str, *, of_columns: bool = False) -> list[Permission]:
        realm = self.context.options.realm if side == "before" else self.context.options.desired
        holder = next((s for s in realm.schemas if s.name == self.at.schema), realm)
        return [
            item
            for item in holder.permissions
            if (item.kind, item.name) == (self.at.kind, self.at.name) and bool(item.column) == of_columns
        ]

    def _object(self) -> str:
        """The object as ALTER … OWNER TO names it."""
        if self.at.kind in WORDS:
            return f"{WORDS[self.at.kind]} {_name(self.at, self.context)}"
        found = self.context.after.objects[self.at]
        planner = PLANNERS[found.kind]
        place = Place(self.at.schema, self.context.namer, self.context.options)
        return f"{planner.keyword} {planner.target(found.item, place)}"

    def _securable(self) -> str:
        return f"{SECURABLES[self.at.kind].word} {_name(self.at, self.context)}"


def _name(at: Address, context: Context) -> str:
    """The name of an object as GRANT takes it; a routine's with the types of its arguments."""
    if at.kind == "schema":
        return quote_name(at.schema)
    if at.kind == "function":
        name = str(getattr(context.after.objects[at].item, "name", ""))
        return f"{context.namer(at.schema, name)}{at.name.removeprefix(name)}"
    return context.namer(at.schema, at.name) if at.schema else quote_name(at.name)


def _default_steps(change: Change, item: DefaultPermission, context: Context) -> Iterator[Step]:
    """ALTER DEFAULT PRIVILEGES from one to the other; without a schema, what is usual is the base."""
    role = item.role or context.options.realm.facts.role
    base = {} if change.schema else usual(KIND_OF[item.objects], role)
    old, new = (
        rights_of([side])[item.to] if isinstance(side, DefaultPermission) else base.get(item.to, NONE)
        for side in (change.before, change.after)
    )
    of_role = f" FOR ROLE {quote_name(item.role)}" if item.role else ""
    in_schema = f" IN SCHEMA {quote_name(change.schema)}" if change.schema else ""
    prefix = f"ALTER DEFAULT PRIVILEGES{of_role}{in_schema} "
    back = tuple(f"{prefix}{sql}" for sql in changed(new, old, item.objects, item.to))
    for part, sql in enumerate(changed(old, new, item.objects, item.to)):
        statement = Statement(
            sql=f"{prefix}{sql}",
            comment=f"set the default privileges on {item.objects.lower()}",
            changes=(change,),
            reverse=back,
            access=True,
        )
        needs = frozenset({("schema", change.schema)} if change.schema else ())
        yield Step(statement=statement, rank=(ACCESS, 10**6, part, 0), needs=needs)


def _remade_columns(context: Context) -> Iterator[Step]:
    """The privileges of columns that are dropped and made anew, as they were."""
    for access in context.options.realm.facts.access:
        at = access.at
        table = Address("table", at.schema, at.name)
        if at.kind == "column" and at in context.remade and table in context.after.objects:
            for part, act in enumerate(columns(access, f"TABLE {context.namer(at.schema, at.name)}")):
                statement = Statement(
                    sql=act.sql,
                    comment=f"keep the privileges on column {quoted(at.child)}",
                    reverse=act.reverse,
                    access=True,
                )
                yield Step(statement=statement, rank=(ACCESS, 0, part, 0), needs=frozenset({at}))
