"""Exclude and include patterns (`schema.object.child` globs with type selectors).

A pattern has up to three parts, divided by dots: schema, object, child. In schema scope the schema is not
written. Each part is a shell glob (`*`, `?`, `[ab]`, `[!ab]`, `\\` escapes) over the whole, case-sensitive
name; a part that holds a dot is double-quoted (`""` for a quote inside), and stays a glob. A suffix
`[type=table|view]` limits a part to kinds.

1. Exclude: an object goes when a pattern matches it or one of its parents. Excluding wins over including.
2. Excluding a column takes along what cannot exist without it: indexes, checks, the primary key and foreign
   keys that use it (also foreign keys of other tables that refer to it) and the sequences it owns. This goes
   for both sides of a comparison, so none of these is created, changed or dropped.
3. The primary key itself is only matched by a part that says `[type=primary_key]`.
4. A foreign key to an excluded *table* stays: it is part of the table that is kept.
5. Include is the mirror image: an object stays when a pattern matches it, one of its parents or one of its
   children. A kept index, primary key or foreign key keeps its columns. A parent of which no child is kept is
   not part of the state: were it kept as an empty shell, its absence on the other side would drop it.
"""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from backstay.errors import ConfigError
from backstay.schema.changes import Change
from backstay.schema.kinds import OF_REALM, OF_SCHEMA, ObjectKind
from backstay.schema.managed import Managed
from backstay.schema.model import (
    ForeignKey,
    Index,
    Model,
    Ownership,
    Permission,
    PrimaryKey,
    Realm,
    Schema,
    Sequence,
    Table,
)

# What a type selector may call an object of this kind, where that is more than its own name.
SELECTORS = {
    "foreign_key": frozenset({"foreign_key", "fk"}),
    "fk": frozenset({"foreign_key", "fk"}),
    "unique": frozenset({"unique", "index"}),
}
ONLY_BY_SELECTOR = frozenset({"primary_key"})
PARENTS = ("schema", "table")

_PART = re.compile(
    r'(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>(?:\\.|[^."\\])*?))(?:\[type=(?P<kinds>[^\]]*)\])?(?P<end>\.|\Z)',
    re.DOTALL,
)
_GLOB = re.compile(
    r"\\(?P<escaped>.)|(?P<star>\*+)|(?P<any>\?)|\[(?P<not>[!^]?)(?P<set>(?:\\.|[^\]\\])+)\]|(?P<char>[^\[\\])",
    re.DOTALL,
)
_CLASS = re.compile(r"\\(?P<escaped>.)|(?P<range>-)|(?P<char>.)", re.DOTALL)


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
        prefix = f"{_quote(schema)}." if schema else ""
        for pattern in (*exclude, *include):
            _compile(pattern, limit=2 if schema else 3)
        return Patterns(tuple(prefix + p for p in exclude), tuple(prefix + p for p in include), managed)

    def keeps(self, kind: str, schema: str, name: str = "", child: str = "") -> bool:
        """Is this object, of any kind (also those the model does not carry), part of the state?

        A schema has no `name`; an object outside of schemas (an extension, a role) has an empty `schema`;
        a part of a table (`column`, `index`, `trigger`, …) has the table's `name` and its own as `child`.
        """
        path = tuple(part for part in (schema, name, child) if part)
        return not self._excludes(kind, path) and self._includes(kind, path, as_parent=True)

    def apply(self, realm: Realm) -> Realm:
        """The realm without what the patterns leave out."""
        realm = self.managed.of(realm)
        if not self.exclude and not self.include:
            return realm
        kept = (self._schema(s) for s in realm.schemas if self.keeps("schema", s.name))
        objects = self._realm_objects(realm)
        schemas = tuple(s for s in kept if s is not None)
        return msgspec.structs.replace(realm, schemas=schemas, **objects)

    def _excludes(self, kind: str, path: tuple[str, ...]) -> bool:
        levels = _levels(kind, path)
        return any(len(parts) <= len(path) and _match(parts, levels) for parts in map(_compile, self.exclude))

    def _includes(self, kind: str, path: tuple[str, ...], *, as_parent: bool) -> bool:
        """Is the object or a parent matched, or (`as_parent`) can a child of it be?"""
        if not self.include:
            return True
        levels = _levels(kind, path)
        parent = as_parent and kind in PARENTS
        return any(
            (parent or len(parts) <= len(path)) and _match(parts, levels)
            for parts in map(_compile, self.include)
        )

    def _realm_objects(self, realm: Realm) -> dict[str, tuple[Model, ...]]:
        """The objects in no schema that stay, by field."""
        return {
            kind.field: tuple(
                item
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
        kept: dict[str, tuple[Model, ...]] = {
            kind.field: tuple(
                item for item in getattr(schema, kind.field) if self._keeps_object(kind, schema.name, item)
            )
            for kind in OF_SCHEMA
            if kind.name != "table"
        }
        tables = (
            self._table(schema.name, t) for t in schema.tables if self.keeps("table", schema.name, t.name)
        )
        kept["tables"] = tuple(t for t in tables if t is not None)
        wanted = self._includes("schema", (schema.name,), as_parent=False)
        return msgspec.structs.replace(schema, **kept) if wanted or any(kept.values()) else None

    def _keeps_object(self, kind: ObjectKind, schema: str, item: Model) -> bool:
        """Does this object of a schema, other than a table, stay?"""
        owner = item.owner if isinstance(item, Sequence) else None
        if owner and self._excludes("column", (schema, owner.table, owner.column)):
            return False
        if kind.of_table:
            return self.keeps(kind.name, schema, getattr(item, "table", ""), item.identifier)
        if isinstance(item, Permission | Ownership):
            return self._keeps_access(kind.name, schema, item)
        return self.keeps(kind.name, schema, getattr(item, "name", ""))

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
        if any(len(parts) == 3 for parts in map(_compile, self.exclude)):
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
        key = table.primary_key if self._keeps_primary_key(table.primary_key) else None
        needed = self.kept.union(
            *(_columns(i) for i in indexes), *(f.columns for f in foreign_keys), key.columns if key else ()
        )
        columns = tuple(c for c in table.columns if c.name in needed)
        wanted = self.patterns._includes("table", self.path, as_parent=False)
        if not (wanted or columns or indexes or foreign_keys or checks):
            return None
        return msgspec.structs.replace(
            table,
            columns=columns,
            primary_key=key,
            indexes=indexes,
            foreign_keys=foreign_keys,
            checks=checks,
        )

    def _keeps_index(self, index: Index) -> bool:
        texts = (index.where, *(part.expr for part in index.parts))
        return (
            self.keeps("unique" if index.constraint else "index", index.name)
            and self.gone.isdisjoint(_columns(index))
            and not any(map(self._loses, texts))
        )

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
        path = (*self.path, key.name or f"{self.table.name}_pkey")
        if self.patterns._excludes("primary_key", path):
            return False
        return self.kept.issuperset(key.columns) or self.patterns._includes(
            "primary_key", path, as_parent=False
        )

    def _loses(self, expr: str) -> bool:
        """Does the expression mention a column that is excluded?"""
        return any(re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", expr) for name in self.gone)


class _Part(msgspec.Struct, frozen=True):
    """One part of a pattern; no `kinds` means every kind."""

    glob: re.Pattern[str]
    kinds: frozenset[str]

    def matches(self, kind: str, name: str) -> bool:
        if self.kinds:
            if self.kinds.isdisjoint(SELECTORS.get(kind, (kind,))):
                return False
        elif kind in ONLY_BY_SELECTOR:
            return False
        return self.glob.fullmatch(name) is not None


def _columns(index: Index) -> set[str]:
    return {part.column for part in index.parts if part.column} | set(index.include)


def _levels(kind: str, path: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Kind and name of the object and its parents, outermost first."""
    return tuple(zip((*PARENTS[: len(path) - 1], kind), path, strict=True))


def _match(parts: Iterable[_Part], levels: Iterable[tuple[str, str]]) -> bool:
    return all(part.matches(kind, name) for part, (kind, name) in zip(parts, levels, strict=False))


@lru_cache(maxsize=1024)
def _compile(pattern: str, limit: int = 3) -> tuple[_Part, ...]:
    """The parts of a pattern. Raises `ConfigError`."""
    parts: list[_Part] = []
    position, end = 0, "."
    while end:
        match = _PART.match(pattern, position)
        if match is None:
            raise _error("syntax error", pattern)
        quoted, plain, kinds, end = match.group("quoted", "plain", "kinds", "end")
        text = plain if quoted is None else quoted.replace('""', '"')
        if not text:
            raise _error("empty part", pattern)
        parts.append(_Part(_glob(text, pattern), frozenset(kinds.split("|")) if kinds else frozenset()))
        position = match.end()
    if len(parts) > limit:
        raise _error("too many parts", pattern)
    return tuple(parts)


def _glob(text: str, pattern: str) -> re.Pattern[str]:
    """The regular expression of one part. Raises `ConfigError`."""
    expression, position = "", 0
    while position < len(text):
        match = _GLOB.match(text, position)
        if match is None:
            raise _error("syntax error", pattern)
        expression += _translate(match)
        position = match.end()
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:  # a range that runs backwards
        raise _error("syntax error", pattern) from None


def _translate(match: re.Match[str]) -> str:
    if match["star"]:
        return ".*"
    if match["any"]:
        return "."
    if match["set"]:
        members = (m["range"] or re.escape(m["escaped"] or m["char"]) for m in _CLASS.finditer(match["set"]))
        return f"[{'^' if match['not'] else ''}{''.join(members)}]"
    return re.escape(match["escaped"] or match["char"])


def pattern(change: Change, name: str) -> str:
    """A pattern that matches exactly the object of a change, under this name."""
    parts = (part for part in (change.schema, change.table, name) if part)
    return f"{'.'.join(map(_quote, parts))}[type={change.kind}]"


def _quote(name: str) -> str:
    """A part that matches exactly this name."""
    return '"' + re.sub(r"([*?\[\]\\])", r"\\\1", name).replace('"', '""') + '"'


def _error(problem: str, pattern: str) -> ConfigError:
    return ConfigError(
        f'{problem} in pattern: "{pattern}"',
        hint="write at most three globs with dots between, schema.object.child; quote a name with a dot",
    )
