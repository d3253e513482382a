"""The named blocks of one document: schemas, tables, enums, and what a reference or a type means there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.literals import quote_identifier
from backstay.dialects.mapping.reading import unexpected
from backstay.errors import HCLError
from backstay.hcl.document import Block, Document
from backstay.hcl.values import RawSQL, Reference, Value

IDENTIFIER = r'"(?:[^"]|"")+"|[\w$]+'
USER_TYPE = re.compile(rf"(?:({IDENTIFIER})\s*\.\s*)?({IDENTIFIER})((?:\s*\[\d*\])*)")


class Named:
    """A block of a schema: a table, an enum, a sequence."""

    def __init__(self, block: Block, schema: str) -> None:
        self.block = block
        self.schema = schema
        self.name = block.name

    @cached_property
    def columns(self) -> frozenset[str]:
        """The names of a table's columns."""
        return frozenset(column.name for column in self.block.blocks("column"))


class Index:
    """Blocks of one kind by every path they may be referred to: label or name, with a qualifier or not."""

    def __init__(self, kind: str, items: Iterable[Named]) -> None:
        self.kind = kind
        self.items = tuple(items)
        self._by_path: defaultdict[tuple[str, ...], dict[tuple[str, ...], Named]] = defaultdict(dict)
        for item in self.items:
            key = (item.schema, item.name)
            short = item.block.labels[-1:]
            for path in {item.block.labels, (item.schema, *short), short}:
                # Instances of one for_each share their label; the last of them answers to it.
                self._by_path[path][item.block.labels if item.block.has("for_each") else key] = item
            for path in (key, key[1:]):
                self._by_path[path][key] = item

    def find(self, path: tuple[str, ...]) -> tuple[Named, ...]:
        """Every block that this path may mean."""
        found = {id(item): item for item in self._by_path.get(path, {}).values()}
        return tuple(found.values())


class Scope:
    """What names mean in one document, for one way of writing types (`qualify`)."""

    def __init__(self, document: Document, grammar: Grammar, *, qualify: bool) -> None:
        self.grammar = grammar
        self.qualify = qualify
        blocks = document.blocks("schema")
        self.schemas = {block.name: block for block in blocks}
        self._schema_names = {
            label: block.name for block in blocks for label in (*block.labels[-1:], block.name)
        }
        self.tables = self._index(document, "table")
        self.enums = self._index(document, "enum")
        self.sequences = self._index(document, "sequence")
        self._types: dict[tuple[Value, str], tuple[str, str]] = {}

    def _index(self, document: Document, kind: str) -> Index:
        named = [Named(block, self._schema(block)) for block in document.blocks(kind)]
        seen: set[tuple[str, str]] = set()
        for item in named:
            key = (item.schema, item.name)
            if key in seen:
                raise item.block.error(f'duplicate {kind} "{item.name}"')
            seen.add(key)
        return Index(kind, named)

    def _schema(self, block: Block) -> str:
        """The schema that the attribute `schema` of a block refers to."""
        value = block.get("schema")
        if value is None:
            raise block.error(
                f'missing attribute "schema" of {block.type} "{block.name}"',
                hint="write schema = schema.NAME and declare that schema in a block of its own",
            )
        label = value.path[-1] if isinstance(value, Reference) else value
        if not isinstance(label, str) or label not in self._schema_names:
            name = label if isinstance(label, str) else ""
            raise block.error(
                f'schema "{name}" not found for {block.type} "{block.name}"', attribute="schema"
            )
        return self._schema_names[label]

    def table(self, block: Block, attribute: str, reference: Reference) -> tuple[Named, str]:
        """The table and the name of the column that a reference like `table.users.column.id` names."""
        *path, kind, column = reference.path
        if len(path) < 2 or path[0] != "table" or kind != "column":
            raise unexpected(block, attribute, reference, "reference to a column of a table")
        found = self.tables.find(tuple(path[1:]))
        if len(found) != 1:
            text = "multiple reference tables found for" if found else "referenced table"
            end = "" if found else " not found"
            raise block.error(f'{text} "{path[-1]}"{end}', attribute=attribute)
        self.check_column(block, attribute, found[0], column)
        return found[0], column

    def check_column(self, block: Block, attribute: str, table: Named, column: str) -> None:
        """Raise `HCLError` unless the table has this column."""
        if column not in table.columns:
            raise block.error(f'column "{column}" was not found in table {table.name}', attribute=attribute)

    def column_type(self, block: Block, schema: str) -> tuple[str, str]:
        """The SQL text of the type of a column (of a table in this schema), and the kind of its values."""
        value = block.get("type", self.grammar.types.names)
        if not isinstance(value, RawSQL | Reference):
            raise self._no_type(block, value)
        key = (value, schema)
        if key not in self._types:
            self._types[key] = self._type(block, value, schema)
        return self._types[key]

    def _no_type(self, block: Block, value: Value) -> HCLError:
        if value is None:
            return block.error(f'Unknown column.type; column "{block.name}" has no type.')
        return unexpected(block, "type", value, 'a type such as int, enum.status or sql("…")')

    def _type(self, block: Block, value: RawSQL | Reference, schema: str) -> tuple[str, str]:
        if isinstance(value, Reference):
            return self._enum_text(self._enum(block, value), schema), "enum"
        kind = self.grammar.types.kind(value.text)
        if kind in ("", "array"):
            return self._user_type(value.text, kind, schema)
        return value.text, kind

    def _enum(self, block: Block, reference: Reference) -> Named:
        kind, *path = reference.path
        found = self.enums.find(tuple(path)) if kind == "enum" else ()
        if len(found) != 1:
            text = f'multiple enums found for "{path[-1]}"' if found else f'enum "{path[-1]}" not found'
            raise block.error(text, attribute="type")
        return found[0]

    def _user_type(self, text: str, kind: str, schema: str) -> tuple[str, str]:
        """`sql("status[]")` follows the declared enum of that name, as `enum.status` does."""
        match = USER_TYPE.fullmatch(text)
        if match is None or not self.enums.items:
            return text, kind
        qualifier, name, array = (_fold(part or "") for part in match.groups())
        found = self.enums.find((qualifier or schema, name))
        if not found and not qualifier:
            found = self.enums.find((name,))
        if len(found) != 1:
            return text, kind
        return self._enum_text(found[0], schema) + array.replace(" ", ""), kind or "enum"

    def _enum_text(self, enum: Named, schema: str) -> str:
        name = quote_identifier(enum.name)
        if self.qualify or enum.schema != schema:
            return f"{quote_identifier(enum.schema)}.{name}"
        return name


def _fold(identifier: str) -> str:
    """An identifier as the catalogue stores it: unquoted ones in lower case."""
    if identifier.startswith('"'):
        return identifier[1:-1].replace('""', '"')
    return identifier.lower()
