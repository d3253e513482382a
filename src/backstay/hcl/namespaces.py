"""What the root names of expressions stand for: values computed on demand, and blocks by kind and label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.scope import Namespace, suggestion
from backstay.hcl.values import Value

if TYPE_CHECKING:
    from backstay.hcl.block import Block


class Lazy(Namespace):
    """Named values, each computed when it is first asked for: `local`, `var`.

    A value that needs itself is a `cyclic reference to "local.a"`.
    """

    def __init__(self, title: str, thunks: Mapping[str, Callable[[], Value | Namespace]]) -> None:
        self._title = title
        self._thunks = thunks
        self._known: dict[str, Value | Namespace] = {}
        self._pending: set[str] = set()

    def member(self, name: str) -> Value | Namespace:
        """The value of this name, computed at most once."""
        if name in self._known:
            return self._known[name]
        address = f"{self._title}.{name}" if self._title else name
        if name not in self._thunks:
            raise FunctionError(f'"{address}" is not declared{suggestion(name, self._thunks)}')
        if name in self._pending:
            raise FunctionError(f'cyclic reference to "{address}"')
        self._pending.add(name)
        try:
            self._known[name] = self._thunks[name]()
        finally:
            self._pending.discard(name)
        return self._known[name]

    def value(self) -> Value:
        """All of them as an object."""
        members = ((name, self.member(name)) for name in self._thunks)
        return {name: item.value() if isinstance(item, Namespace) else item for name, item in members}


class NoData(Namespace):
    """`data` where there are no data sources: schema files."""

    def member(self, name: str) -> Value | Namespace:
        """Refuses."""
        raise FunctionError(f'missing data source handler for "{name}"')

    def value(self) -> Value:
        """Nothing."""
        return {}


class Kind(Namespace):
    """All blocks of one type in a file or block: `table`, or `column` inside of a table.

    `owner` says where they are, for messages (`table "users"`); empty for the document.
    """

    def __init__(self, type_: str, blocks: Iterable[Block], owner: str = "") -> None:
        self._type = type_
        self._owner = owner
        self._blocks = tuple(blocks)
        self._known: dict[str, Named] | None = None
        self._names: dict[str, Named] | None = None

    def member(self, name: str) -> Namespace:
        """The block of this label, or else of this final name."""
        found = self._labelled().get(name) or self._renamed().get(name)
        if found is None:
            known = (*self._labelled(), *self._renamed())
            where = f" was not found in {self._owner}" if self._owner else " not found"
            which = self._type if self._owner else f"referenced {self._type}"
            raise FunctionError(f'{which} "{name}"{where}{suggestion(name, known)}')
        return found

    def value(self) -> Value:
        """Refuses: a type alone names no block."""
        raise FunctionError(f'"{self._type}" is not a value: write {self._type}.<name>')

    def _labelled(self) -> dict[str, Named]:
        """Blocks by their labels."""
        if self._known is None:
            self._known = {}
            for block in self._blocks:
                if block.labels:
                    _enter(self._known, block, block.labels)
        return self._known

    def _renamed(self) -> dict[str, Named]:
        """Blocks that say their name themselves, by that name. Built when a label is not found."""
        if self._names is None:
            self._names = {}
            for block in self._blocks:
                if block.has("name"):
                    _enter(self._names, block, (*block.labels[:-1], block.name))
        return self._names


class Named(Namespace):
    """A block that a reference names, or the first of two labels; `nested` are the second ones."""

    def __init__(self, block: Block | None = None) -> None:
        self.block = block
        self.nested: dict[str, Named] = {}

    def member(self, name: str) -> Value | Namespace:
        """An attribute, the child blocks of a type, or the block with this second label."""
        block = self.block
        if block is None:
            if name not in self.nested:
                raise FunctionError(f'no block has the label "{name}" here{suggestion(name, self.nested)}')
            return self.nested[name]
        if block.has(name):
            return block.referred(name)
        if (kind := block.kind(name)) is not None:
            return kind
        if name in self.nested:
            return self.nested[name]
        if name == "name":
            return block.name
        known = (*block.attributes(), *self.nested)
        raise FunctionError(f'{block.title} has no "{name}"{suggestion(name, known)}')

    def value(self) -> Value:
        """The reference to the block."""
        if self.block is None:
            raise FunctionError(f"the reference needs one more label: {', '.join(sorted(self.nested)[:3])}")
        return self.block.reference


def kinds(blocks: Iterable[Block], owner: str = "") -> dict[str, Kind]:
    """The namespaces of blocks, by their type."""
    types: dict[str, list[Block]] = {}
    for block in blocks:
        types.setdefault(block.type, []).append(block)
    return {type_: Kind(type_, same, owner) for type_, same in types.items()}


def _enter(tree: dict[str, Named], block: Block, labels: tuple[str, ...]) -> None:
    """Put a block under its labels; a later one of the same labels takes the place."""
    node = tree.setdefault(labels[0], Named())
    for label in labels[1:]:
        node = node.nested.setdefault(label, Named())
    node.block = block
