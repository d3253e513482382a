"""Blocks of one or more files as one namespace, evaluated on demand.

A document is made in phases, which decide what may refer to what:

1. every file is parsed; `select` may leave blocks out before anything is evaluated;
2. variables take their values; they may use functions and the additional roots;
3. locals of all files become one namespace, evaluated when something refers to them;
4. blocks become namespaces by type and label, so that any attribute may refer to any block;
5. `for_each` of top-level blocks is expanded.

An attribute is evaluated when it is asked for. A bare name in it is looked for in this order: names of
`for` expressions, names given for the attribute, `each`, roots (`var`, `local`, `data`, additional
ones), child blocks of the block and of the blocks around it, blocks of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from backstay.hcl import syntax
from backstay.hcl.block import Block, find
from backstay.hcl.evaluate import evaluate
from backstay.hcl.functions import FUNCTIONS
from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.namespaces import Kind, Lazy, Named, NoData, kinds
from backstay.hcl.parse import parse
from backstay.hcl.scope import Budget, Function, Names, Namespace, Scope
from backstay.hcl.source import Source
from backstay.hcl.values import List, Reference, Set, Value
from backstay.hcl.variables import conform, declared_type

__all__ = ["Block", "Document", "Names", "Namespace", "Root", "Source"]

Root: TypeAlias = "Value | Namespace | Callable[[], Value | Namespace]"
Select: TypeAlias = Callable[[Sequence[Block]], Iterable[Block]]

NOT_REFERRED_TO = frozenset({"variable", "locals", "data"})
"""Types of blocks that are reached through `var`, `local` and `data`."""


class Document:
    """All blocks of all files, with variables, locals and references between them.

    `for_each` on top-level blocks is expanded. `warnings` collects what is tolerated and probably wrong.
    `pending` are the attributes (of blocks by identity) whose references are being followed.
    """

    def __init__(self, functions: Mapping[str, Function], roots: Mapping[str, Root]) -> None:
        self.warnings: list[str] = []
        self.pending: set[tuple[int, str]] = set()
        self._functions = functions
        self._budget = Budget()
        self._given = roots
        self._roots = Lazy("", {})
        self._root_names: tuple[str, ...] = ()
        self._blocks: tuple[Block, ...] = ()
        self._kinds: dict[str, Kind] = {}
        self._index: dict[tuple[str, ...], Block] = {}

    @classmethod
    def load(
        cls,
        sources: Sequence[Source],
        *,
        inputs: Mapping[str, Value] | None = None,
        functions: Mapping[str, Function] | None = None,
        roots: Mapping[str, Root] | None = None,
        select: Select | None = None,
    ) -> Document:
        """Parse and index the files.

        `inputs` are values for declared variables; others are ignored. `functions` replace the standard
        ones. `roots` are more names at the root of expressions, by value or by a function that is called
        when the name is first used. `select` is given all top-level blocks and
        returns those to keep. Raises `HCLError`.
        """
        document = cls(FUNCTIONS if functions is None else functions, roots or {})
        blocks = tuple(document._parsed(sources))
        document._set_blocks(blocks if select is None else tuple(select(blocks)))
        document._declare(inputs or {})
        document._set_blocks(tuple(document._expanded()))
        return document

    def blocks(self, type_: str = "") -> tuple[Block, ...]:
        """Top-level blocks (of this type): files in name order, source order within a file."""
        if not type_:
            return self._blocks
        return tuple(block for block in self._blocks if block.type == type_)

    def resolve(self, reference: Reference) -> Block | None:
        """The block a reference names."""
        if not self._index:
            self._index = {block.address: block for block in self._blocks if _can_be_referred_to(block)}
        return find(self._index, reference.path)

    def evaluate(self, node: syntax.Expression, block: Block, names: Names | None = None) -> Value:
        """The value of an expression that is written in this block. Raises `HCLError`."""
        scope = Scope(
            source=block.source,
            root=partial(self._root, block),
            roots=partial(self._known, block),
            follow=self._follow,
            functions=self._functions,
            budget=self._budget,
            names=names or Names(),
        )
        try:
            return evaluate(node, scope)
        except RecursionError:
            raise scope.error(node, "the expression refers to others through too many levels") from None

    def _parsed(self, sources: Sequence[Source]) -> Iterator[Block]:
        for source in sorted(sources, key=lambda source: source.name):
            source = source.normal()
            body = parse(source)
            self._budget.left += len(source.text)
            for attribute in body.attributes.values():
                place = source.error(attribute.start, "an attribute outside of any block is ignored")
                self.warnings.append(str(place))
            for node in body.blocks:
                yield Block(self, source, node)

    def _set_blocks(self, blocks: tuple[Block, ...]) -> None:
        self._blocks = blocks
        self._kinds = kinds(filter(_can_be_referred_to, blocks))
        self._index = {}

    def _declare(self, inputs: Mapping[str, Value]) -> None:
        """Variables, locals, and the additional roots, which win over ours."""
        declarations = self._declarations()
        variables = Lazy(
            "var", {name: partial(self._variable, block, inputs) for name, block in declarations.items()}
        )
        own: dict[str, Root] = {"var": variables, "local": Lazy("local", self._locals()), "data": NoData()}
        roots = {**own, **self._given}
        self._roots = Lazy(
            "", {name: root if callable(root) else partial(_same, root) for name, root in roots.items()}
        )
        self._root_names = tuple(roots)
        for name, block in declarations.items():
            try:
                variables.member(name)
            except FunctionError as error:
                raise block.error(str(error)) from None

    def _declarations(self) -> dict[str, Block]:
        declarations: dict[str, Block] = {}
        for block in self.blocks("variable"):
            if len(block.labels) != 1:
                raise block.error("a variable has one label, its name")
            if block.name in declarations:
                raise block.error(f'variable "{block.name}" is declared twice')
            declarations[block.name] = block
        return declarations

    def _variable(self, block: Block, inputs: Mapping[str, Value]) -> Value:
        name = block.name
        type_ = declared_type(block.node, block.source)
        if name in inputs:
            value = inputs[name]
        elif block.has("default"):
            value = block.get("default")
        else:
            raise block.error(
                f'missing value for required variable "{name}"', hint=f"give it with --var {name}=<value>"
            )
        try:
            return conform(value, type_)
        except FunctionError as error:
            raise block.error(f'variable "{name}": {error}') from None

    def _locals(self) -> dict[str, Callable[[], Value | Namespace]]:
        values: dict[str, Callable[[], Value | Namespace]] = {}
        for block in self.blocks("locals"):
            for name in block.attributes():
                if name in values:
                    raise block.error(f'local "{name}" is declared twice', attribute=name)
                values[name] = partial(block.get, name)
        return values

    def _expanded(self) -> Iterator[Block]:
        for block in self._blocks:
            if not block.has("for_each") or block.type in NOT_REFERRED_TO:
                yield block
                continue
            for key, value in _elements(block):
                yield Block(self, block.source, block.node, each={"key": key, "value": value})

    def _root(self, block: Block, name: str) -> Value | Namespace:
        """The root of a reference that is written in this block. Raises `KeyError`."""
        outer = block
        while outer.parent is not None:
            outer = outer.parent
        if name == "each" and outer.each is not None:
            return outer.each
        if name in self._root_names:
            return self._roots.member(name)
        around: Block | None = block
        while around is not None:
            if (kind := around.kind(name)) is not None:
                return kind
            around = around.parent
        return self._kinds[name]

    def _known(self, block: Block) -> Iterator[str]:
        yield from self._root_names
        yield from self._kinds
        around: Block | None = block
        while around is not None:
            yield from (child.type for child in around.blocks())
            around = around.parent

    def _follow(self, reference: Reference) -> Namespace:
        block = self.resolve(reference)
        if block is None:
            raise FunctionError(f"the reference {'.'.join(reference.path)} names no block")
        return Named(block)


def _same(value: Value | Namespace) -> Value | Namespace:
    return value


def _can_be_referred_to(block: Block) -> bool:
    """Variables and locals have roots of their own; of a block with `for_each`, only the instances exist."""
    expanded = block.each is not None or not block.has("for_each")
    return expanded and block.type not in NOT_REFERRED_TO


def _elements(block: Block) -> Iterable[tuple[Value, Value]]:
    """Keys and values of `for_each`: a set, an object or a tuple."""
    value = block.get("for_each")
    if isinstance(value, Set):
        return [(item, item) for item in value]
    if isinstance(value, List):
        item = _type_name(value[0]) if value else "dynamic"
        message = f"for_each does not support list of {item} type"
        raise block.error(message, attribute="for_each", hint="make it a set: toset(…)")
    if isinstance(value, tuple):
        return list(enumerate(value))
    if isinstance(value, dict):
        return [(key, value[key]) for key in sorted(value)]
    raise block.error(
        f"for_each does not support {_type_name(value)} type",
        attribute="for_each",
        hint="give it a set or object",
    )


def _type_name(value: Value) -> str:
    names = ((bool, "bool"), (str, "string"), (dict, "object"), (tuple, "tuple"), (type(None), "null"))
    return next((name for type_, name in names if isinstance(value, type_)), "number")
