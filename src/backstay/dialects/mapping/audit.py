"""Before anything is read: what of a document is unknown (a warning), what cannot be carried (an error)."""

from __future__ import annotations

from backstay.dialects.mapping.grammar import Grammar
from backstay.errors import UnsupportedError
from backstay.hcl.document import Block, Document

ELSEWHERE = frozenset({"variable", "locals", "data"})
"""Top-level blocks the language itself reads."""


def audit(document: Document, grammar: Grammar) -> None:
    """Warn of unknown blocks and attributes; refuse, in one error, all that the model cannot carry."""
    refused: list[str] = []
    for block in document.blocks():
        if block.type == "env":
            filename = block.error("").filename
            raise block.error(f'cannot parse project file "{filename}" as a schema file')
        if block.type in grammar.refused:
            refused.append(_place(block, _title(block)))
        elif block.type in grammar.top:
            _audit(block, grammar, document.warnings, refused)
        elif block.type not in ELSEWHERE:
            document.warnings.append(_place(block, f"unknown block {_title(block)} is ignored"))
    if refused:
        raise UnsupportedError(
            f"not supported by this version: {', '.join(refused)}",
            hint="take them out of the schema files, or manage them outside of Backstay",
        )


def _audit(block: Block, grammar: Grammar, warnings: list[str], refused: list[str]) -> None:
    shape = grammar.shapes[block.type]
    if len(block.labels) > 2:
        raise block.error(f"too many labels for block {_title(block)}")
    if shape.named and not block.name:
        raise block.error(f'missing name of {block.type}: write {block.type} "<name>" {{ … }}')
    if not shape.free and not shape.attributes.issuperset(block.attributes()):
        for name in block.attributes():
            if name in shape.refused:
                refused.append(_place(block, f"{name} of {_title(block)}", name))
            elif name not in shape.attributes:
                text = f'unknown attribute "{name}" of {_title(block)} is ignored'
                warnings.append(_place(block, text, name))
    for child in block.blocks():
        if child.type in shape.refused:
            refused.append(_place(child, f"{_title(child)} of {_title(block)}"))
        elif child.type in shape.blocks:
            _audit(child, grammar, warnings, refused)
        else:
            warnings.append(_place(child, f"unknown block {_title(child)} of {_title(block)} is ignored"))


def _title(block: Block) -> str:
    return " ".join((block.type, *(f'"{label}"' for label in block.labels)))


def _place(block: Block, text: str, attribute: str = "") -> str:
    at = block.error("", attribute=attribute)
    return f"{text} ({at.filename}:{at.line})"
