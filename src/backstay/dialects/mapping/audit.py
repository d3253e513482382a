"""Before anything is read: what of a document is unknown (a warning), what cannot be carried (an error)."""

from __future__ import annotations

from backstay.dialects.mapping.grammar import Grammar
from backstay.errors import UnsupportedError
from backstay.hcl.document import Block, Document
from backstay.hcl.scope import suggestion

ELSEWHERE = frozenset({"variable", "locals", "data"})
"""Top-level blocks the language itself reads."""


def audit(document: Document, grammar: Grammar) -> None:
    """Warn of unknown blocks and attributes; refuse, in one error, all that the model cannot carry."""
    auditor = _Auditor(grammar)
    for block in document.blocks():
        auditor.top_level(block)
    document.warnings.extend(auditor.warnings)
    if auditor.refused:
        raise UnsupportedError(
            f"not supported by this version: {', '.join(auditor.refused)}",
            hint="take them out of the schema files, or manage them outside of Backstay",
        )


class _Auditor:
    """What was found so far, in source order."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.warnings: list[str] = []
        self.refused: list[str] = []

    def top_level(self, block: Block) -> None:
        """A block of the document. Raises `HCLError` for one that only a project file has."""
        if block.type == "env":
            filename = block.error("").filename
            raise block.error(f'cannot parse project file "{filename}" as a schema file')
        if block.type in self.grammar.refused:
            self._refuse(block, block.title)
        elif block.type in self.grammar.top:
            self._inside(block)
        elif block.type not in ELSEWHERE:
            self._warn(block, f"block {block.title}", block.type, self.grammar.top)

    def _inside(self, block: Block) -> None:
        shape = self.grammar.shapes[block.type]
        if len(block.labels) > 2:
            raise block.error(f"too many labels for block {block.title}")
        if shape.named and not block.name:
            raise block.error(f'missing name of {block.type}: write {block.type} "<name>" {{ … }}')
        if not shape.free and not shape.attributes.issuperset(block.attributes()):
            self._attributes(block)
        for child in block.blocks():
            if child.type in shape.blocks:
                self._inside(child)
            elif child.type in shape.refused:
                self._refuse(child, f"{child.title} of {block.title}")
            else:
                self._warn(child, f"block {child.title} of {block.title}", child.type, shape.blocks)

    def _attributes(self, block: Block) -> None:
        shape = self.grammar.shapes[block.type]
        for name in block.attributes():
            if name in shape.refused:
                self._refuse(block, f"{name} of {block.title}", name)
            elif name not in shape.attributes:
                self._warn(block, f'attribute "{name}" of {block.title}', name, shape.attributes, name)

    def _refuse(self, block: Block, what: str, attribute: str = "") -> None:
        self.refused.append(f"{what} ({_place(block, attribute)})")

    def _warn(self, block: Block, what: str, name: str, known: frozenset[str], attribute: str = "") -> None:
        place = _place(block, attribute)
        self.warnings.append(f"{place}: unknown {what} is ignored{suggestion(name, sorted(known))}")


def _place(block: Block, attribute: str) -> str:
    at = block.error("", attribute=attribute)
    return f"{at.filename}:{at.line}"
