"""A table as text: columns as wide as their widest cell, two spaces between them."""

from __future__ import annotations

from collections.abc import Sequence


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The heading in capitals above the rows; no spaces at the ends of lines."""
    lines = [tuple(map(str.upper, heading)), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in lines)
    return "\n".join(line.rstrip() for line in padded)
