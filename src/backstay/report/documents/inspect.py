"""What a template of `schema inspect` sees: the state in each of its forms."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from backstay.operations.results import InspectResult
from backstay.report.documents.realm import RealmDocument, realm_document
from backstay.report.gojson import Document
from backstay.schema.model import Realm
from backstay.urls import redact


class SchemaInspect(Document, frozen=True):
    """An inspected state. Its JSON is that of the realm."""

    realm: RealmDocument
    hash: str
    url: str = msgspec.field(name="URL")
    redacted_url: str = msgspec.field(name="RedactedURL")
    state: Realm
    hcl: Callable[[], str]
    sql: Callable[..., str]

    methods = {"MarshalHCL": "hcl", "MarshalSQL": "sql"}
    hidden = frozenset({"state"})

    def json_value(self) -> RealmDocument:
        """The realm."""
        return self.realm


def schema_inspect(
    result: InspectResult, *, hcl: Callable[[], str], sql: Callable[..., str]
) -> SchemaInspect:
    """A state and how to write it: `hcl()`, and `sql(indent)` with an optional indentation.

    Both are called only by a template that asks. `.URL` is redacted like all that is printed.
    """
    url = redact(result.url)
    return SchemaInspect(
        realm=realm_document(result.state.realm),
        hash=result.state.hash,
        url=url,
        redacted_url=url,
        state=result.state.realm,
        hcl=hcl,
        sql=sql,
    )
