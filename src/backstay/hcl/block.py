"""A block of a document: its attributes are evaluated when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from backstay.errors import HCLError
from backstay.hcl import syntax
from backstay.hcl.functions.convert import FunctionError, string
from backstay.hcl.namespaces import Kind, kinds
from backstay.hcl.scope import Names
from backstay.hcl.source import Source
from backstay.hcl.values import Reference, Value

if TYPE_CHECKING:
    from backstay.hcl.document import Document

ABSENT: Final = object()


class Block:
    """One block. `type` and `labels` are as written; `parent` is the block around it, if there is one.

    `node` is its syntax and `source` the file it is in.
    `each` is the element of `for_each` that this block was made for: an object of `key` and `value`.
    """

    __slots__ = (
        "_children",
        "_document",
        "_index",
        "_kinds",
        "_name",
        "_reference",
        "each",
        "labels",
        "node",
        "parent",
        "source",
        "type",
    )

    def __init__(
        self,
        document: Document,
        source: Source,
        node: syntax.Block,
        parent: Block | None = None,
        each: dict[str, Value] | None = None,
    ) -> None:
        self.type = node.type
        self.labels = node.labels
        self.source = source
        self.parent = parent
        self.each = each
        self._document = document
        self.node = node
        self._children: tuple[Block, ...] | None = None
        self._index: dict[tuple[str, ...], Block] | None = None
        self._kinds: dict[str, Kind] | None = None
        self._name: str | None = None
        self._reference: Reference | None = None

    @property
    def name(self) -> str:
        """The attribute `name` where the block has one, else the last label, else empty."""
        if self._name is None:
            self._name = self._own_name()
        return self._name

    def _own_name(self) -> str:
        value = self.get("name") if self.has("name") else None
        if value is None:
            return self.labels[-1] if self.labels else ""
        try:
            return string(value)
        except FunctionError as error:
            raise self.error(f"name: {error}", attribute="name") from None

    @property
    def title(self) -> str:
        """The block in words, for messages: `table "users"`."""
        return " ".join((self.type, *(f'"{label}"' for label in self.labels)))

    @property
    def address(self) -> tuple[str, ...]:
        """Type and labels, the last one replaced by the name: what tells it from its siblings."""
        return (self.type, *self.labels[:-1], self.name) if self.name else (self.type,)

    @property
    def reference(self) -> Reference:
        """What a reference to this block evaluates to: the addresses from the top down to this block."""
        if self._reference is None:
            above = self.parent.reference.path if self.parent else ()
            self._reference = Reference((*above, *self.address))
        return self._reference

    def has(self, attribute: str) -> bool:
        """Is the attribute written (whatever its value)?"""
        return attribute in self.node.body.attributes

    def get(self, attribute: str, names: Names | None = None) -> Value:
        """The attribute's value; `None` where it is absent or null. Raises `HCLError`."""
        written = self.node.body.attributes.get(attribute)
        if written is None:
            return None
        node = written.value
        if type(node) is syntax.Literal:
            return node.value
        if names is not None and type(node) is syntax.Variable:
            value = names.variables.get(node.name, ABSENT)
            if value is not ABSENT:
                return value  # type: ignore[return-value]
        return self._document.evaluate(node, self, names)

    def attributes(self) -> tuple[str, ...]:
        """The names of the attributes, in source order."""
        return tuple(self.node.body.attributes)

    def mentions(self, attribute: str) -> tuple[tuple[str, ...], ...]:
        """The names in an attribute's expression with the names after their dots, unevaluated."""
        written = self.node.body.attributes.get(attribute)
        return () if written is None else tuple(syntax.traversals(written.value))

    def blocks(self, type_: str = "") -> tuple[Block, ...]:
        """Child blocks (of this type), in source order."""
        nodes = self.node.body.blocks
        if not nodes:
            return ()
        if self._children is None:
            self._children = tuple([Block(self._document, self.source, node, self) for node in nodes])
        if not type_:
            return self._children
        return tuple([child for child in self._children if child.type == type_])

    def error(self, message: str, *, attribute: str = "", hint: str = "") -> HCLError:
        """An error that points at this block, or at this attribute of it."""
        written = self.node.body.attributes.get(attribute)
        return self.source.error((written or self.node).start, message, hint)

    def kind(self, type_: str) -> Kind | None:
        """The child blocks of one type as a namespace, if there are any."""
        if self._kinds is None:
            self._kinds = kinds(self.blocks(), self.title)
        return self._kinds.get(type_)

    def referred(self, attribute: str) -> Value:
        """An attribute's value for a reference to it. Raises `FunctionError` when it needs itself."""
        pending, key = self._document.pending, (id(self), attribute)
        if key in pending:
            raise FunctionError(f'cyclic reference to "{".".join((self.type, *self.labels, attribute))}"')
        pending.add(key)
        try:
            return self.get(attribute)
        finally:
            pending.discard(key)

    def find(self, path: tuple[str, ...]) -> Block | None:
        """The block inside of this one to which these addresses lead."""
        if self._index is None:
            self._index = {child.address: child for child in self.blocks()}
        return find(self._index, path)


def find(index: Mapping[tuple[str, ...], Block], path: tuple[str, ...]) -> Block | None:
    """The block to which a path of addresses leads, from blocks by their address."""
    for length in (2, 3, 1):
        block = index.get(path[:length])
        if block is not None and len(path) > length:
            block = block.find(path[length:])
        if block is not None:
            return block
    return None
