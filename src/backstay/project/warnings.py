"""What a project file says and this version does not heed: collected, and told."""

from __future__ import annotations

from backstay.hcl.document import Block


class Warnings:
    """Sentences with their place in the file, each once."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def add(self, block: Block, text: str) -> None:
        """`text` is about this block."""
        self._texts.setdefault(block.error(text).message)

    def texts(self) -> tuple[str, ...]:
        """In the order they were found."""
        return tuple(self._texts)
