"""What the writers of all blocks share: which attributes are left out, references, types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.labels import Labels, Name
from backstay.dialects.mapping.names import type_name
from backstay.hcl.values import RawSQL, Reference, Value
from backstay.hcl.write import Bare, Heredoc, Written


class Writing:
    """One document being written: the grammar of the dialect, and the labels of its blocks.

    `referred` are the columns that something refers to, by schema and name of their table.
    """

    def __init__(self, grammar: Grammar, labels: Labels) -> None:
        self.grammar = grammar
        self.labels = labels
        self.referred: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._types: dict[tuple[str, str], tuple[Written, str]] = {}

    def type(self, text: str, schema: str) -> tuple[Written, str]:
        """How a type is written in a table of this schema, and the kind of its values."""
        key = (text, schema)
        if key not in self._types:
            self._types[key] = self._type(text, schema)
        return self._types[key]

    def _type(self, text: str, schema: str) -> tuple[Written, str]:
        types = self.grammar.types
        call = types.call(text)
        if call is not None:
            return Bare(str(call)), types.kind(text)
        named = type_name(text)
        if named is not None and not named.array:
            for kind, declared in self._declared_types():
                labels = declared.get((named.schema or schema, named.name))
                if labels is not None and kind == "table":
                    return self.table(named.schema or schema, named.name), ""
                if labels is not None:
                    return Reference((kind, *labels)), "enum" if kind == "enum" else ""
        return RawSQL(text), types.kind(text)

    def _declared_types(self) -> Iterator[tuple[str, Mapping[Name, tuple[str, ...]]]]:
        """The labels of all that a type can refer to, by kind."""
        yield "enum", self.labels.enums
        for kind in ("domain", "composite", "range", "table", "view", "materialized"):
            yield kind, self.labels.objects[kind]

    def collation(self, text: str, schema: str) -> Written:
        """The reference to a collation that has a block, or its name; or nothing."""
        named = type_name(text) if text.startswith('"') else None
        labels = self.labels.objects["collation"].get((named.schema or schema, named.name)) if named else None
        return Reference(("collation", *labels)) if labels is not None else text or None

    def relation(self, schema: str, name: str) -> Reference:
        """The reference to a table or view, which may be outside of what is written."""
        if (schema, name) in self.labels.foreign:
            return self.table(schema, name)
        for kind in ("table", "view", "materialized"):
            labels = self.labels.objects[kind].get((schema, name))
            if labels is not None:
                return Reference((kind, *labels))
        return Reference(("table", schema, name))

    def function(self, text: str, schema: str) -> Value:
        """The reference to the function that SQL names so in this schema, or the name itself; or nothing."""
        named = type_name(text)
        if named is None or named.array:
            return text or None
        labels = self.labels.objects["function"].get((named.schema or schema, named.name))
        return Reference(("function", *labels)) if labels is not None else text

    def roles(self, names: Iterable[str]) -> Value:
        """Roles by name; the words that stand for some are written bare."""
        return tuple(names) or None

    def named(self, name: str, *kinds: str) -> Value:
        """The reference to an object in no schema, of the first kind that has one in what is written.

        Its name as a string where none has.
        """
        kind = next((kind for kind in kinds if ("", name) in self.labels.objects[kind]), "")
        return Reference((kind, name)) if kind else name

    def column(self, schema: str, table: str, column: str) -> Reference:
        """The reference to a column of a table, which may be outside of what is written."""
        self.referred[schema, table].add(column)
        return Reference((*self.table(schema, table).path, "column", column))

    def table(self, schema: str, name: str) -> Reference:
        """The reference to a table, which may be outside of what is written."""
        labels = self.labels.tables.get((schema, name), (schema, name))
        return Reference(("foreign_table" if (schema, name) in self.labels.foreign else "table", *labels))


def columns(names: Iterable[str]) -> Value:
    """`[column.a, column.b]`, or nothing for no columns."""
    return tuple(Reference(("column", name)) for name in names) or None


def texts_by_name(options: Mapping[str, str]) -> Value:
    """An object of strings, or nothing for none."""
    return dict(options) or None


def word(text: str) -> Bare:
    """A word of SQL as HCL spells it: `NO ACTION` is `NO_ACTION`."""
    return Bare(text.replace(" ", "_"))


def text(sql: str) -> str | Heredoc:
    """A text of SQL, between markers where it has several lines; read again, it ends with a newline then."""
    return Heredoc(f"{sql}\n") if "\n" in sql else sql
