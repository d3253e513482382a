"""Exclude and include patterns (`schema.object.child` globs with type selectors).

A pattern has up to three parts, divided by dots: schema, object, child. In schema scope the schema is not
written. Each part is a shell glob (`*`, `?`, `[ab]`, `[!ab]`, `\\` escapes) over the whole, case-sensitive
name; a part that holds a dot is double-quoted (`""` for a quote inside), and stays a glob. A suffix
`[type=table|view]` limits a part to kinds.

1. Exclude: an object goes when a pattern matches it or one of its parents. Excluding wins over including.
2. Excluding a column takes along what cannot exist without it: indexes, checks, the primary key and foreign
   keys that use it (also foreign keys of other tables that refer to it), statistics over it and the sequences
   it owns. Excluding a table or view takes along its triggers, policies, rules and statistics. This goes for
   both sides of a comparison, so none of these is created, changed or dropped.
3. The primary key itself is only matched by a part that says `[type=primary_key]`.
4. A foreign key to an excluded *table* stays: it is part of the table that is kept.
5. Include is the mirror image: an object stays when a pattern matches it, one of its parents or one of its
   children. A kept index, primary key or foreign key keeps its columns. A parent of which no child is kept is
   not part of the state: were it kept as an empty shell, its absence on the other side would drop it.
6. A routine is matched by its name and by its signature (`"f(integer, text)"`).
7. Behind an object of a kind that has no parts, a last part names attributes, which then do not count:
   `*[type=extension].version`, `app.*[type=function].comment`.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterable

import msgspec

from backstay.schema.changes import Change
from backstay.schema.globs import Part, compiled, quoted
from backstay.schema.kinds import OF_REALM, OF_SCHEMA, ObjectKind
from backstay.schema.managed import Managed
from backstay.schema.model import (
    Exclusion,
    ForeignKey,
    Index,
    Materialized,
    Model,
    Ownership,
    Permission,
    PrimaryKey,
    Realm,
    Schema,
    Sequence,
    Statistics,
    Table,
)
from backstay.schema.names import primary_key_name

PARENTS = ("schema", "table")
RELATIONS = {kind.name: kind.field for kind in OF_SCHEMA if kind.name in {"table", "view", "materialized"}}
"""Kinds of what triggers, policies, rules and statistics are on, and where a schema holds them."""

ON_RELATIONS = ("statistics", *(kind.field for kind in OF_SCHEMA if kind.of_table))


class Patterns(msgspec.Struct, frozen=True):
    """What to leave out and what to keep, applied to both sides of a comparison alike."""

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    managed: Managed = Managed()

    @staticmethod
    def of(
        exclude: abc.Sequence[str],
        include: abc.Sequence[str],
        *,
        schema: str = "",
        managed: Managed = Managed(),
    ) -> Patterns:
        """Check the patterns; in schema scope (`schema` is its name) they start at the object.

        Raises `ConfigError` for a pattern with too many parts or that is not a glob.
        """
        prefix = f"{quoted(schema)}." if schema else ""
        for pattern in (*exclude, *include):
            compiled(pattern, limit=2 if schema else 3)
        return Patterns(tuple(prefix + p for p in exclude), tuple(prefix + p for p in include), managed)

    def keeps(
        self, kind: str, schema: str, name: str = "", child: str = "", *, parent: str = "table"
    ) -> bool:
        """Is this object, of any kind (also those the model does not carry), part of the state?

        A schema has no `name`; an object outside of schemas (an extension, a role) has an empty `schema`;
        a part of a table (`column`, `index`, `trigger`, …) has the table's `name` and its own as `child`;
        `parent` is the kind of what it is a part of.
        """
        path = tuple(part for part in (schema, name, child) if part)
        included = self._includes(kind, path, as_parent=True, parent=parent)
        return included and not self._excludes(kind, path, parent)

    def _keeps_any(self, kind: str, schema: str, names: abc.Sequence[str]) -> bool:
        """The same for an object that has several names, as routines do: each of them excludes it."""
        paths = [(schema, name) for name in names]
        excluded = any(self._excludes(kind, path) for path in paths)
        return not excluded and any(self._includes(kind, path, as_parent=True) for path in paths)

    def apply(self, realm: Realm) -> Realm:
        """The realm without what the patterns leave out."""
        realm = self.managed.of(realm)
        if not self.exclude and not self.include:
            return realm
        kept = (self._schema(s) for s in realm.schemas if self.keeps("schema", s.name))
        objects = self._realm_objects(realm)
        schemas = tuple(s for s in kept if s is not None)
        return msgspec.structs.replace(realm, schemas=schemas, **objects)

    def _excludes(self, kind: str, path: tuple[str, ...], parent: str = "table") -> bool:
        levels = _levels(kind, path, parent)
        return any(len(parts) <= len(path) and _match(parts, levels) for parts in map(compiled, self.exclude))

    def _includes(self, kind: str, path: tuple[str, ...], *, as_parent: bool, parent: str = "table") -> bool:
        """Is the object or a parent matched, or (`as_parent`) can a child of it be?"""
        if not self.include:
            return True
        levels = _levels(kind, path, parent)
        whole = as_parent and kind in PARENTS
        return any(
            (whole or len(parts) <= len(path)) and _match(parts, levels)
            for parts in map(compiled, self.include)
        )

    def _realm_objects(self, realm: Realm) -> dict[str, tuple[Model, ...]]:
        """The objects in no schema that stay, by field."""
        return {
            kind.field: tuple(
                self._without_attributes(kind, "", item)
                for item in getattr(realm, kind.field)
                if (
                    self._keeps_access(kind.name, "", item)
                    if isinstance(item, Permission | Ownership)
                    else self.keeps(kind.name, "", item.identifier)
                )
            )
            for kind in OF_REALM
        }

    def _schema(self, schema: Schema) -> Schema | None:
        kinds = {
            item.identifier: kind for kind, field in RELATIONS.items() for item in getattr(schema, field)
        }
        kept: dict[str, tuple[Model, ...]] = {
            kind.field: tuple(
                self._without_attributes(kind, schema.name, self._with_parts(schema.name, item))
                for item in getattr(schema, kind.field)
                if self._keeps_object(kind, schema.name, item, kinds)
            )
            for kind in OF_SCHEMA
            if kind.name != "table"
        }
        tables = (
            self._table(schema.name, t) for t in schema.tables if self.keeps(_kind(t), schema.name, t.name)
        )
        kept["tables"] = tuple(t for t in tables if t is not None)
        there, left = (
            {item.identifier for items in fields for item in items}
            for fields in (
                (getattr(schema, field) for field in RELATIONS.values()),
                (kept[field] for field in RELATIONS.values()),
            )
        )
        for field in ON_RELATIONS:
            kept[field] = tuple(self._standing(schema, kept[field], there - left))
        wanted = self._includes("schema", (schema.name,), as_parent=False)
        return msgspec.structs.replace(schema, **kept) if wanted or any(kept.values()) else None

    def _keeps_object(self, kind: ObjectKind, schema: str, item: Model, kinds: abc.Mapping[str, str]) -> bool:
        """Does this object of a schema, other than a table, stay? `kinds` are those of tables and views."""
        owner = item.owner if isinstance(item, Sequence) else None
        if owner and self._excludes("column", (schema, owner.table, owner.column)):
            return False
        if kind.of_table:
            table = getattr(item, "table", "")
            return self.keeps(kind.name, schema, table, item.identifier, parent=kinds.get(table, "table"))
        if isinstance(item, Permission | Ownership):
            return self._keeps_access(kind.name, schema, item)
        return self._keeps_any(kind.name, schema, (getattr(item, "name", ""), item.identifier))

    @property
    def _has_parts(self) -> bool:
        """Does a pattern reach below the objects of schemas?"""
        return any(len(parts) == 3 for parts in map(compiled, (*self.exclude, *self.include)))

    def _standing(self, schema: Schema, items: abc.Sequence[Model], gone: set[str]) -> list[Model]:
        """Those of the objects on relations whose relation, and columns, are not excluded."""
        columns = {table.name: self._columns_gone(schema.name, table) for table in schema.tables}
        return [
            item
            for item in items
            if not (
                (item.of.name in gone or _uses(item, columns.get(item.of.name, set())))
                if isinstance(item, Statistics)
                else getattr(item, "table", "") in gone
            )
        ]

    def _columns_gone(self, schema: str, table: Table) -> set[str]:
        if not self._has_parts:
            return set()
        return {c.name for c in table.columns if self._excludes("column", (schema, table.name, c.name))}

    def _with_parts(self, schema: str, item: Model) -> Model:
        """A materialized view with the indexes that stay."""
        if not isinstance(item, Materialized) or not self._has_parts:
            return item
        kept = tuple(
            index
            for index in item.indexes
            if self.keeps("index", schema, item.name, index.name, parent="materialized")
        )
        return msgspec.structs.replace(item, indexes=kept)

    def _without_attributes(self, kind: ObjectKind, schema: str, item: Model) -> Model:
        """The object with the default in place of the attributes that patterns leave out (rule 7)."""
        if kind.name in RELATIONS:
            return item
        levels = ((("schema", schema),) if schema else ()) + ((kind.name, item.identifier),)
        found = [
            parts[-1]
            for parts in map(compiled, self.exclude)
            if len(parts) == len(levels) + 1 and parts[-2].kinds and _match(parts[:-1], levels)
        ]
        if not found:
            return item
        defaults = {
            field.name: field.default
            if field.default_factory is msgspec.NODEFAULT
            else field.default_factory()
            for field in msgspec.structs.fields(item)
            if not field.required and any(part.matches("attribute", field.name) for part in found)
        }
        return msgspec.structs.replace(item, **defaults)

    def _keeps_access(self, kind: str, schema: str, item: Permission | Ownership) -> bool:
        """Does this, and the object that it is about, stay?"""
        name = item.name[: item.name.rindex("(")] if item.name.endswith(")") else item.name
        column = item.column if isinstance(item, Permission) else ""
        if column and self._excludes("column", (schema, item.name, column)):
            return False
        return self.keeps(kind, schema, name) and self.keeps(item.kind, schema, name)

    def _table(self, schema: str, table: Table) -> Table | None:
        if not self._reaches_into(schema, table.name):
            return table
        return _TableFilter(self, schema, table).apply()

    def _reaches_into(self, schema: str, table: str) -> bool:
        """Can a pattern make a difference below this table?"""
        if any(len(parts) == 3 for parts in map(compiled, self.exclude)):
            return True  # not only of this table: foreign keys refer to columns of others
        return not self._includes("table", (schema, table), as_parent=False)


class _TableFilter:
    """One table while its parts are chosen."""

    def __init__(self, patterns: Patterns, schema: str, table: Table) -> None:
        self.patterns = patterns
        self.path = (schema, table.name)
        self.table = table
        self.gone = {c.name for c in table.columns if patterns._excludes("column", (*self.path, c.name))}
        self.kept = {c.name for c in table.columns if self.keeps("column", c.name)}

    def keeps(self, kind: str, name: str) -> bool:
        return self.patterns.keeps(kind, *self.path, name)

    def apply(self) -> Table | None:
        """The table with the parts that stay; `None` when nothing of it was asked for."""
        table = self.table
        indexes = tuple(i for i in table.indexes if self._keeps_index(i))
        foreign_keys = tuple(f for f in table.foreign_keys if self._keeps_foreign_key(f))
        checks = tuple(c for c in table.checks if self.keeps("check", c.name) and not self._loses(c.expr))
        exclusions = tuple(e for e in table.exclusions if self._keeps_exclusion(e))
        key = table.primary_key if self._keeps_primary_key(table.primary_key) else None
        keyed: tuple[Index | Exclusion, ...] = (*indexes, *exclusions)
        needed = self.kept.union(
            *map(_columns, keyed), *(f.columns for f in foreign_keys), key.columns if key else ()
        )
        columns = tuple(c for c in table.columns if c.name in needed)
        wanted = self.patterns._includes(_kind(table), self.path, as_parent=False)
        if not (wanted or columns or indexes or foreign_keys or checks or exclusions):
            return None
        return msgspec.structs.replace(
            table,
            columns=columns,
            primary_key=key,
            indexes=indexes,
            foreign_keys=foreign_keys,
            checks=checks,
            exclusions=exclusions,
        )

    def _keeps_index(self, index: Index) -> bool:
        kind = "unique" if index.constraint else "index"
        return self.keeps(kind, index.name) and self._has_keys(index)

    def _keeps_exclusion(self, exclusion: Exclusion) -> bool:
        return self.keeps("exclusion", exclusion.name) and self._has_keys(exclusion)

    def _has_keys(self, index: Index | Exclusion) -> bool:
        """Is no column excluded that it is made of?"""
        texts = (index.where, *(part.expr for part in index.parts))
        return self.gone.isdisjoint(_columns(index)) and not any(map(self._loses, texts))

    def _keeps_foreign_key(self, key: ForeignKey) -> bool:
        target = (key.ref_schema or self.path[0], key.ref_table)
        excludes = self.patterns._excludes
        return (
            self.keeps("foreign_key", key.name)
            and self.gone.isdisjoint(key.columns)
            and (
                excludes("table", target)
                or not any(excludes("column", (*target, column)) for column in key.ref_columns)
            )
        )

    def _keeps_primary_key(self, key: PrimaryKey | None) -> bool:
        if key is None or not self.gone.isdisjoint(key.columns + key.include):
            return False
        path = (*self.path, primary_key_name(self.table.name, key.name))
        if self.patterns._excludes("primary_key", path):
            return False
        return self.kept.issuperset(key.columns) or self.patterns._includes(
            "primary_key", path, as_parent=False
        )

    def _loses(self, expr: str) -> bool:
        """Does the expression mention a column that is excluded?"""
        return any(_mentions(expr, name) for name in self.gone)


def _kind(table: Table) -> str:
    return "foreign_table" if table.foreign else "table"


def _mentions(expr: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", expr) is not None


def _uses(statistics: Statistics, columns: set[str]) -> bool:
    texts = statistics.exprs
    return not columns.isdisjoint(statistics.columns) or any(_mentions(t, c) for t in texts for c in columns)


def _columns(index: Index | Exclusion) -> set[str]:
    return {part.column for part in index.parts if part.column} | set(index.include)


def _levels(kind: str, path: tuple[str, ...], parent: str = "table") -> tuple[tuple[str, str], ...]:
    """Kind and name of the object and its parents, outermost first."""
    return tuple(zip((*("schema", parent)[: len(path) - 1], kind), path, strict=True))


def _match(parts: Iterable[Part], levels: Iterable[tuple[str, str]]) -> bool:
    return all(part.matches(kind, name) for part, (kind, name) in zip(parts, levels, strict=False))


def pattern(change: Change, name: str) -> str:
    """A pattern that matches exactly the object of a change, under this name."""
    parts = (part for part in (change.schema, change.table, name) if part)
    return f"{'.'.join(map(quoted, parts))}[type={change.kind}]"
