"""Two states -> the changes between them, when they can be compared at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from backstay.dialects.dialect import Dialect
from backstay.engine.differences import title
from backstay.errors import ConfigError
from backstay.schema.changes import Change
from backstay.schema.diff import diff
from backstay.schema.managed import EVERYTHING
from backstay.schema.model import Address, Dependency, Extension, Realm, Rename
from backstay.schema.patterns import Patterns, pattern
from backstay.schema.renames import renames
from backstay.schema.state import State

CONSTRAINTS = ("primary_key", "foreign_key", "check", "exclusion", "domain_check")
DESCRIBED = 10
"""Changes that a message names; it says how many more there are."""


def compare(
    dialect: Dialect,
    before: State,
    after: State,
    skip: frozenset[str] = frozenset(),
    *,
    versions: Sequence[str] = (),
) -> tuple[Change, ...]:
    """The changes from one state to the other, without those whose key is in `skip`.

    `versions` are those of other servers that have to understand the states, beside their own.

    Two schema-scoped states are compared whatever their schemas are called. Raises `ConfigError` for
    states of different databases or different scope.
    """
    check_comparable(before, after)
    left, right = before.realm, after.realm
    if before.scoped:
        right = rename_schema(right, _schema_name(left) or _schema_name(right))
    managed = before.managed & after.managed
    left, right = _without_skipped(managed.of(left), managed.of(right), skip)
    all_versions = (before.server_version, after.server_version, *versions)
    return diff(*dialect.reconcile(left, right, all_versions), skip)


def check_comparable(before: State, after: State) -> None:
    """Raise `ConfigError` for states of different databases or different scope."""
    if before.dialect != after.dialect:
        raise ConfigError(
            f"cannot compare a {before.dialect} state with a {after.dialect} state",
            hint="both states must be of the same kind of database",
        )
    if before.scoped != after.scoped:
        raise ConfigError(
            _scope_message(before, after),
            hint="give both URLs the same scope: bind both to a schema (PostgreSQL: ?search_path=…), or none",
        )


def _without_skipped(left: Realm, right: Realm, skip: frozenset[str]) -> tuple[Realm, Realm]:
    """Both states without what the policy leaves under its old name: neither name is then a change."""
    if not right.facts.renames or not any(key.startswith("rename_") for key in skip):
        return left, right
    found = [change for change in renames(left, right) if is_skipped(change, skip)]
    old = tuple(pattern(change, getattr(change.before, "name", "")) for change in found)
    new = tuple(pattern(change, getattr(change.after, "name", "")) for change in found)
    return (
        Patterns(exclude=old, managed=EVERYTHING).apply(left),
        Patterns(exclude=new, managed=EVERYTHING).apply(right),
    )


def is_skipped(rename: Change, skip: frozenset[str]) -> bool:
    """Does the diff policy leave out this rename? `rename_constraint` speaks of all kinds of them."""
    constraint = rename.kind in CONSTRAINTS or getattr(rename.before, "constraint", False)
    return rename.key in skip or (constraint and "rename_constraint" in skip)


def rename_schema(realm: Realm, name: str) -> Realm:
    """The schema-scoped realm under another name; beside its facts, nothing in it repeats the name."""
    if not realm.schemas or realm.schemas[0].name == name:
        return realm
    old = realm.schemas[0].name

    def renamed(found: Address) -> Address:
        return found._replace(schema=name) if found.schema == old else found

    def moved(found: Extension) -> Extension:
        return msgspec.structs.replace(found, schema=name) if found.schema == old else found

    facts = msgspec.structs.replace(
        realm.facts,
        dependencies=tuple(Dependency(*map(renamed, pair)) for pair in realm.facts.dependencies),
        renames=tuple(Rename(renamed(at), was) for at, was in realm.facts.renames),
        unpopulated=tuple(map(renamed, realm.facts.unpopulated)),
        extensions=tuple(map(moved, realm.facts.extensions)),
    )
    schema = msgspec.structs.replace(realm.schemas[0], name=name)
    extensions = tuple(map(moved, realm.extensions))
    return msgspec.structs.replace(realm, schemas=(schema,), extensions=extensions, facts=facts)


def of_schemas(realm: Realm, names: Collection[str]) -> Realm:
    """The realm without schemas of other names; what is in none stays."""
    kept = tuple(schema for schema in realm.schemas if schema.name in names)
    return msgspec.structs.replace(realm, schemas=kept)


def describe(changes: Sequence[Change]) -> str:
    """The changed objects, for messages of one line: `modify table public.users (add column "age")`."""
    told = [_describe(change) for change in changes[:DESCRIBED]]
    if len(changes) > DESCRIBED:
        told.append(f"and {len(changes) - DESCRIBED} more")
    return "; ".join(told)


def _describe(change: Change) -> str:
    parts = ", ".join(f'{part.key.replace("_", " ")} "{part.name}"' for part in change.changes)
    old = f" from {change.before.identifier}" if change.action == "rename" and change.before else ""
    return f"{change.key.replace('_', ' ')} {title(change)}{old}" + (f" ({parts})" if parts else "")


def _schema_name(realm: Realm) -> str:
    return realm.schemas[0].name if realm.schemas else ""


def _scope_message(before: State, after: State) -> str:
    if before.scoped:
        return f'cannot diff a schema "{_schema_name(before.realm)}" with a database connection'
    return f'cannot diff a database connection with a schema "{_schema_name(after.realm)}"'
