"""What a template of `schema diff` sees: both states, the changes between them, the SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from backstay.dialects.dialect import Statement
from backstay.operations.results import DiffResult
from backstay.report.documents.differences import DifferenceDocument, difference_documents
from backstay.report.documents.realm import RealmDocument, realm_document
from backstay.report.gojson import Document
from backstay.report.statements import terminated
from backstay.schema.changes import Change


class ChangeDocument(Document, frozen=True, kw_only=True):
    """One change to one object; a modified table carries the changes of its parts."""

    action: str
    kind: str
    schema: str = ""
    table: str = ""
    name: str
    changes: tuple[ChangeDocument, ...] = ()


class DiffStatement(Document, frozen=True):
    """One statement of the script: its table lock, what it costs, and the statements that undo it."""

    text: str
    lock: str
    rewrites: bool
    scans: bool
    reversible: bool
    reverse: tuple[str, ...] = ()


class IgnoredDocument(Document, frozen=True, kw_only=True):
    """Differences that lead to no statement, and why."""

    reason: str
    differences: tuple[DifferenceDocument, ...] = ()


class DiffSummary(Document, frozen=True):
    """The JSON form of a diff: the hashes of both states, what changes, and the script that does it."""

    from_hash: str
    to_hash: str
    changes: tuple[ChangeDocument, ...]
    sql: str = msgspec.field(name="SQL")
    statements: tuple[DiffStatement, ...] = ()
    ignored: tuple[IgnoredDocument, ...] = ()


class SchemaDiff(Document, frozen=True):
    """A diff. `sql` writes it as a script, with an optional indentation."""

    from_: RealmDocument = msgspec.field(name="From")
    to: RealmDocument
    changes: tuple[ChangeDocument, ...]
    hashes: tuple[str, str]
    sql: Callable[..., str]
    planned: Callable[[], Sequence[Statement]]
    ignored: tuple[IgnoredDocument, ...] = ()

    methods = {"MarshalSQL": "sql"}
    hidden = frozenset({"hashes", "planned"})

    def json_value(self) -> DiffSummary:
        """The summary; whole realms belong to `schema inspect`."""
        from_hash, to_hash = self.hashes
        return DiffSummary(
            from_hash=from_hash,
            to_hash=to_hash,
            changes=self.changes,
            sql=self.sql(),
            statements=tuple(map(_statement, self.planned())),
            ignored=self.ignored,
        )


def schema_diff(
    result: DiffResult, *, sql: Callable[..., str], planned: Callable[[], Sequence[Statement]] = tuple
) -> SchemaDiff:
    """A diff; `sql(indent)` and `planned()` are called only where the statements are asked for."""
    return SchemaDiff(
        from_=realm_document(result.before.realm),
        to=realm_document(result.after.realm),
        changes=tuple(_change(change) for change in result.changes),
        ignored=tuple(
            IgnoredDocument(reason=item.reason, differences=difference_documents(item.differences))
            for item in result.ignored
        ),
        hashes=(result.before.hash, result.after.hash),
        sql=sql,
        planned=planned,
    )


def _statement(statement: Statement) -> DiffStatement:
    return DiffStatement(
        text=terminated(statement.sql),
        lock=statement.lock,
        rewrites=statement.rewrite,
        scans=statement.scan,
        reversible=bool(statement.reverse),
        reverse=tuple(map(terminated, statement.reverse)),
    )


def _change(change: Change) -> ChangeDocument:
    return ChangeDocument(
        action=change.action,
        kind=change.kind,
        schema=change.schema,
        table=change.table,
        name=change.name,
        changes=tuple(_change(part) for part in change.changes),
    )
