"""The named blocks of one document: schemas, tables, enums, and what a reference or a type means there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Grammar
from backstay.dialects.mapping.names import quote_identifier, type_name
from backstay.dialects.mapping.reading import unexpected
from backstay.errors import HCLError
from backstay.hcl.document import Block, Document, Names
from backstay.hcl.scope import UnknownNameError
from backstay.hcl.values import RawSQL, Reference, Value
from backstay.schema.kinds import OF_REALM

if TYPE_CHECKING:
    from backstay.dialects.mapping.objects.block import ObjectBlock

TYPES = ("domain", "composite", "range")
"""Kinds of types, beside enums, that are declared in blocks of their own."""

RELATIONS = ("view", "materialized")
"""Kinds, beside tables, that triggers and rules can be on."""


class Named:
    """A block of a schema: a table, an enum, a sequence, or another object.

    `schema` is empty for what is in none; `table` is that of an object which is named within a table or view.
    """

    def __init__(self, block: Block, schema: str, table: str = "") -> None:
        self.block = block
        self.schema = schema
        self.table = table
        self.name = block.name

    @property
    def has_parents(self) -> bool:
        """Has the table its columns, or some of them, from a parent or a type?"""
        block = self.block
        return block.has("inherits") or block.has("type") or bool(block.blocks("partition_of"))

    @cached_property
    def columns(self) -> dict[str, str]:
        """The names of a table's columns by the labels they are referred to with."""
        return {column.labels[-1]: column.name for column in self.block.blocks("column") if column.labels}


class Declarations:
    """Blocks of one kind by the path of a reference, and by schema and name."""

    def __init__(self, items: Iterable[Named]) -> None:
        self.items = tuple(items)
        self._by_path: defaultdict[tuple[str, ...], list[Named]] = defaultdict(list)
        self._by_name: defaultdict[tuple[str, ...], list[Named]] = defaultdict(list)
        for item in self.items:
            self._by_path[item.block.address].append(item)
            self._by_name[item.schema, item.name].append(item)
            self._by_name[item.name,].append(item)

    def referred(self, path: tuple[str, ...]) -> Sequence[Named]:
        """Every block that a reference may mean: several if schemas share a name and no label tells."""
        return self._by_path.get(path, ())

    def named(self, name: str, schema: str = "") -> Sequence[Named]:
        """Every block of this name, in this schema or in any."""
        return self._by_name.get((schema, name) if schema else (name,), ())


class Scope:
    """What names mean in one document, for one way of writing types (`qualify`)."""

    def __init__(self, document: Document, grammar: Grammar, *, qualify: bool) -> None:
        self.grammar = grammar
        self.qualify = qualify
        self.schemas = {block.name: block for block in document.blocks("schema")}
        self.tables = self._index(document, "table")
        self.enums = self._index(document, "enum")
        self.sequences = self._index(document, "sequence")
        self.objects: dict[str, Declarations] = {}
        for kind in sorted(grammar.objects, key=lambda kind: kind.object.of_table):
            self.objects[kind.kind] = self._objects(document, kind)
        self._types: dict[tuple[Value, str], tuple[str, str]] = {}

    def _index(self, document: Document, kind: str) -> Declarations:
        kinds = (kind, *(("foreign_table",) if kind == "table" else ()))
        blocks = [block for name in kinds if name in self.grammar.top for block in document.blocks(name)]
        named = [Named(block, self.schema_of(block)) for block in blocks]
        seen: set[tuple[str, str]] = set()
        for item in named:
            key = (item.schema, item.name)
            if key in seen:
                raise item.block.error(f'duplicate {kind} "{item.name}"')
            seen.add(key)
        return Declarations(named)

    def _objects(self, document: Document, kind: ObjectBlock) -> Declarations:
        """The blocks of a kind of their own, with the schema (and the table) they are in."""
        named = []
        seen: set[tuple[str, str, str]] = set()
        for block in (block for name in (kind.block, *kind.aliases) for block in document.blocks(name)):
            if kind.object.of_table:
                relation = self.relation(block, "on")
                item = Named(block, relation.schema, relation.name)
            else:
                item = Named(block, "" if kind.object in OF_REALM else self.schema_of(block))
            key = (item.schema, item.table, item.name)
            if kind.labelled and key in seen and (kind.object.of_table or not kind.repeated):
                raise block.error(f'duplicate {kind.block} "{item.name}"')
            seen.add(key)
            named.append(item)
        return Declarations(named)

    def relation(self, block: Block, attribute: str) -> Named:
        """The table or view that an attribute refers to."""
        references = reading.references(block, attribute)
        if len(references) != 1:
            raise block.error(
                f'attribute "{attribute}" of {block.title} must refer to one table or view',
                attribute=attribute,
                hint=f"write {attribute} = table.<name>",
            )
        return self._relation(block, attribute, references[0])

    def relations(self, block: Block, attribute: str) -> tuple[Named, ...]:
        """The tables and views that an attribute refers to."""
        return tuple(self._relation(block, attribute, item) for item in reading.references(block, attribute))

    def _relation(self, block: Block, attribute: str, reference: Reference) -> Named:
        kinds = (self.tables, *(self.objects[kind] for kind in RELATIONS if kind in self.objects))
        found = [item for kind in kinds for item in kind.referred(reference.path)]
        if not found:
            raise unexpected(block, attribute, reference, "reference to a table or view")
        if len(found) > 1:
            name = ".".join(reference.path)
            raise block.error(f'multiple relations found for "{name}"', attribute=attribute)
        return found[0]

    def names(self, block: Block, attribute: str, names: Names | None = None) -> tuple[str, ...]:
        """The names behind references to blocks, or strings: one, or a list."""
        value = block.get(attribute, names)
        items = value if isinstance(value, tuple) else () if value is None else (value,)
        found = []
        for item in items:
            if not isinstance(item, Reference | str):
                raise unexpected(block, attribute, item, "reference or string")
            found.append(item if isinstance(item, str) else item.path[-1])
        return tuple(found)

    def named(self, block: Block, attribute: str, names: Names | None = None) -> str:
        """The name behind one reference or string; empty where there is none."""
        found = self.names(block, attribute, names)
        if len(found) > 1:
            raise block.error(f'attribute "{attribute}" takes one name', attribute=attribute)
        return found[0] if found else ""

    def roles(self, block: Block, attribute: str, names: Names) -> tuple[str, ...]:
        """The names of roles: references to their blocks, strings, or one of the words in scope."""
        return tuple(sorted(self.names(block, attribute, names)))

    def schema_of(self, block: Block) -> str:
        """The schema that the attribute `schema` of a block refers to."""
        try:
            value = block.get("schema")
        except HCLError:
            written = block.mentions("schema")
            if len(written) == 1 and len(written[0]) == 2 and written[0][1] not in self.schemas:
                raise self._no_schema(block, written[0][1]) from None
            raise
        if value is None:
            raise block.error(
                f'missing attribute "schema" of {block.type} "{block.name}"',
                hint="write schema = schema.<name>, and declare that schema in a block of its own",
            )
        if not isinstance(value, Reference | str):
            raise unexpected(block, "schema", value, "reference to a schema")
        name = value if isinstance(value, str) else value.path[-1]
        if name not in self.schemas:
            raise self._no_schema(block, name)
        return name

    def _no_schema(self, block: Block, name: str) -> HCLError:
        near = get_close_matches(name, self.schemas, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f'declare it: schema "{name}" {{}}'
        return block.error(
            f'schema "{name}" not found for {block.type} "{block.name}"', attribute="schema", hint=hint
        )

    def column(self, block: Block, attribute: str, reference: Reference) -> tuple[Named, str]:
        """The table and the name of the column that a reference like `table.users.column.id` names."""
        path, column = reference.path[:-2], reference.path[-1]
        found = self.tables.referred(path)
        if not found or reference.path[-2] != "column":
            raise unexpected(block, attribute, reference, "reference to a column of a table")
        if len(found) > 1:
            raise block.error(f'multiple reference tables found for "{path[-1]}"', attribute=attribute)
        return found[0], column

    def function(self, block: Block, attribute: str, schema: str) -> str:
        """A function as SQL names it in this schema: by a reference to its block, or a string that does."""
        value = block.get(attribute)
        if not isinstance(value, Reference):
            return reading.expression(block, attribute)
        found = self.objects["function"].referred(value.path) if "function" in self.objects else ()
        names = {(item.schema, item.name) for item in found}
        if not names:
            raise unexpected(block, attribute, value, "reference to a function")
        if len(names) > 1:
            raise block.error(f'multiple functions found for "{value.path[-1]}"', attribute=attribute)
        return self.qualified(*names.pop(), schema)

    def collation(self, block: Block, schema: str) -> str:
        """The collation that `collate` names: by a reference to its block, or as the model does."""
        value = block.get("collate")
        if not isinstance(value, Reference):
            return reading.text(block, "collate")
        found = self.objects["collation"].referred(value.path) if "collation" in self.objects else ()
        if len(found) != 1:
            raise unexpected(block, "collate", value, "collation")
        return self.qualified(found[0].schema, found[0].name, schema)

    def qualified(self, of: str, name: str, schema: str) -> str:
        """A name as SQL spells it in this schema: with its own (`of`) where that is another one."""
        own = not self.qualify and of == schema
        return quote_identifier(name) if own else f"{quote_identifier(of)}.{quote_identifier(name)}"

    def column_type(self, block: Block, schema: str, attribute: str = "type") -> tuple[str, str]:
        """The SQL text of the type of a column (of a table in this schema), and the kind of its values."""
        try:
            value = block.get(attribute, self.grammar.types.names)
        except UnknownNameError as error:
            raise self._unknown_type(block, attribute, error) from None
        if not isinstance(value, RawSQL | Reference):
            raise self._no_type(block, attribute, value)
        key = (value, schema)
        if key not in self._types:
            self._types[key] = self._type(block, value, schema)
        return self._types[key]

    def _unknown_type(self, block: Block, attribute: str, error: UnknownNameError) -> HCLError:
        message, hint = self.grammar.types.problem(error.name)
        path = next((path for path in block.mentions(attribute) if path[0] == error.name), ())
        if len(path) > 1:
            message, hint = f'referenced {path[0]} "{path[1]}" not found', ""
        return HCLError(
            message,
            filename=error.filename,
            line=error.line,
            column=error.column,
            source_line=error.source_line,
            hint=hint,
        )

    def _no_type(self, block: Block, attribute: str, value: Value) -> HCLError:
        if value is None:
            return block.error(f"Unknown {block.type}.{attribute}; {block.title} has no type.")
        return unexpected(block, attribute, value, 'a type such as int, enum.status or sql("…")')

    def _type(self, block: Block, value: RawSQL | Reference, schema: str) -> tuple[str, str]:
        if isinstance(value, Reference):
            kind = "enum" if value.path[0] == "enum" else ""
            return self._type_text(self._declared_type(block, value), schema), kind
        types = self.grammar.types
        kind = types.kind(value.text)
        return (value.text, kind) if types.known(value.text) else self._user_type(value.text, kind, schema)

    def _declared_type(self, block: Block, reference: Reference) -> Named:
        """A type, or a table or view whose rows are of its type."""
        others = (self.objects[kind] for kind in (*TYPES, *RELATIONS) if kind in self.objects)
        kinds = (self.enums, self.tables, *others)
        found = [item for kind in kinds for item in kind.referred(reference.path)]
        if not found:
            raise unexpected(block, "type", reference, "enum or another type")
        if len(found) > 1:
            item = found[0]
            raise block.error(f'multiple {item.block.type}s found for "{item.name}"', attribute="type")
        return found[0]

    def _user_type(self, text: str, kind: str, schema: str) -> tuple[str, str]:
        """`sql("status[]")` follows the declared type of that name, as `enum.status` does."""
        kinds = [self.enums, *(self.objects[kind] for kind in TYPES if kind in self.objects)]
        named = type_name(text) if any(kind.items for kind in kinds) else None
        if named is None:
            return text, kind
        found = [item for kind in kinds for item in kind.named(named.name, named.schema or schema)]
        if not found and not named.schema:
            found = [item for kind in kinds for item in kind.named(named.name)]
        if len(found) != 1:
            return text, kind
        is_enum = found[0].block.type == "enum"
        return self._type_text(found[0], schema) + named.array, kind or ("enum" if is_enum else "")

    def _type_text(self, item: Named, schema: str) -> str:
        name = quote_identifier(item.name)
        # A name that the system has too would mean the system's type.
        hidden = item.name in self.grammar.types.names.functions or item.name.startswith("pg_")
        if self.qualify or hidden or item.schema != schema:
            return f"{quote_identifier(item.schema)}.{name}"
        return name
