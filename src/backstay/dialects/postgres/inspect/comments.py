"""Comments by object: each is taken once, and what nobody took is found at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from backstay.dialects.postgres.inspect.rows import CommentRow

# The oids of the catalogues that comments are about; they are fixed in the server's sources.
CLASS, CONSTRAINT, NAMESPACE, OPERATOR_CLASS = 1259, 2606, 2615, 2616


class Comments:
    """The comments of a database."""

    def __init__(self, rows: Iterable[CommentRow]) -> None:
        self._texts = {(row.catalogue, row.oid, row.part): row.text for row in rows}

    def take(self, catalogue: int, oid: int, part: int = 0) -> str:
        """The comment on this object (or part of it: a column's number), empty where there is none."""
        return self._texts.pop((catalogue, oid, part), "")

    def left(self) -> Iterator[tuple[int, int]]:
        """Catalogue and oid of each object whose comment was not taken."""
        for catalogue, oid, _ in self._texts:
            yield catalogue, oid

    def has(self, catalogue: int, oid: int) -> bool:
        """Is there a comment on this object that was not taken yet?"""
        return (catalogue, oid, 0) in self._texts

    def parts(self, catalogue: int) -> set[tuple[int, int]]:
        """Oid and number of each part of an object of this catalogue that has a comment."""
        return {(oid, part) for found, oid, part in self._texts if found == catalogue and part}
