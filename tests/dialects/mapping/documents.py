"""Short ways to documents for tests."""

from __future__ import annotations

from textwrap import dedent

from backstay.hcl.document import Document, Source


def document(text: str, name: str = "schema.hcl") -> Document:
    """The document of one file."""
    return Document.load([Source(name, dedent(text))])
