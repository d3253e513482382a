"""What the tests of HCL share: one expression in, a value or an error out; trees without positions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from backstay.hcl.document import Document, Source
from backstay.hcl.values import Value

CORPUS = Path(__file__).parent / "corpus"


def value_of(expression: str, locals_: str = "", inputs: Mapping[str, Value] | None = None) -> Value:
    """The value of an expression, in a document that has these locals."""
    text = f"locals {{\n{locals_}\n}}\nresult {{\n  value = {expression}\n}}\n"
    return Document.load([Source("test.hcl", text)], inputs=inputs).blocks("result")[0].get("value")


def document(text: str, **files: str) -> Document:
    """A document of `test.hcl` and further files."""
    sources = [Source("test.hcl", text), *(Source(f"{name}.hcl", more) for name, more in files.items())]
    return Document.load(sources)


def shape(node: object) -> object:
    """A tree as plain data without positions, types of literals included."""
    if isinstance(node, msgspec.Struct):
        fields = (name for name in node.__struct_fields__ if name != "start")
        return type(node).__name__, *(shape(getattr(node, name)) for name in fields)
    if isinstance(node, dict):
        return {name: shape(item) for name, item in node.items()}
    if isinstance(node, tuple):
        return tuple(shape(item) for item in node)
    return type(node).__name__, node
