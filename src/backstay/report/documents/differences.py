"""Objects that are not as they should be, as templates see them."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.operations.results import Difference
from backstay.report.gojson import Document


class AttributeDocument(Document, frozen=True, kw_only=True):
    """One attribute, as it is and as it should be; absent where it is not set."""

    name: str
    before: str = ""
    after: str = ""


class DifferenceDocument(Document, frozen=True, kw_only=True):
    """One object: what has to be done with it, its kind, its full name, what differs in it."""

    action: str
    kind: str
    name: str
    attributes: tuple[AttributeDocument, ...] = ()


def difference_documents(found: Sequence[Difference]) -> tuple[DifferenceDocument, ...]:
    """The differences, in their order."""
    return tuple(
        DifferenceDocument(
            action=difference.action,
            kind=difference.kind,
            name=difference.name,
            attributes=tuple(
                AttributeDocument(name=item.name, before=item.before, after=item.after)
                for item in difference.attributes
            ),
        )
        for difference in found
    )
