"""The shape of `schema apply`: one object for each target."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backstay.operations.results import AppliedFile, ApplyResult
from backstay.report.documents.differences import DifferenceDocument, difference_documents
from backstay.report.documents.plan import SchemaPlan, schema_plan
from backstay.report.documents.url import URLDocument, url_document
from backstay.report.gojson import Document
from backstay.report.statements import terminated


class StmtError(Document, frozen=True):
    """The statement that failed, and what the database said."""

    stmt: str
    text: str


class AppliedDocument(Document, frozen=True):
    """What was executed, as a migration file."""

    name: str
    version: str
    start: datetime
    end: datetime
    description: str = ""
    skipped: int = 0
    applied: tuple[str, ...] = ()
    error: StmtError | None = None


class ChangesDocument(Document, frozen=True):
    """The same in the older shape: `{}` when there was nothing to do, `pending` in a dry run."""

    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    error: StmtError | None = None


class SchemaApply(Document, frozen=True, kw_only=True):
    """One target's outcome."""

    driver: str
    url: URLDocument = msgspec.field(name="URL")
    dir: str = ""
    start: datetime
    end: datetime
    error: str = ""
    differences: tuple[DifferenceDocument, ...] = ()
    applied: AppliedDocument | None = None
    plan: SchemaPlan | None = None
    changes: ChangesDocument


def schema_apply(result: ApplyResult) -> SchemaApply:
    """The outcome of one target. Statements end in a semicolon, as they would in a file."""
    file = result.applied
    done = _statements(file)
    failure = _failure(file)
    return SchemaApply(
        driver=result.target.driver,
        url=url_document(result.target.url, result.target.schema),
        start=result.start,
        end=result.end,
        error=result.error,
        differences=difference_documents(result.differences),
        applied=_applied(file, done, failure) if file else None,
        plan=schema_plan(result.plan) if result.plan else None,
        changes=ChangesDocument(
            applied=done, pending=tuple(terminated(sql) for sql in result.pending), error=failure
        ),
    )


def _statements(file: AppliedFile | None) -> tuple[str, ...]:
    return tuple(terminated(statement.sql) for statement in file.applied) if file else ()


def _failure(file: AppliedFile | None) -> StmtError | None:
    if file is None or file.error is None:
        return None
    return StmtError(stmt=terminated(file.error.statement), text=file.error.text)


def _applied(file: AppliedFile, done: tuple[str, ...], failure: StmtError | None) -> AppliedDocument:
    return AppliedDocument(
        name=file.name, version=file.version, start=file.start, end=file.end, applied=done, error=failure
    )
