"""The shapes of `schema push` and `schema plan approve`."""

from __future__ import annotations

import msgspec

from backstay.operations.results import ApproveResult, PushResult
from backstay.report.documents.plan import Backup, backups
from backstay.report.gojson import Document


class SchemaPush(Document, frozen=True, kw_only=True):
    """A pushed version: `url` reads it back (`atlas://app?tag=v1`)."""

    link: str = ""
    slug: str
    url: str = msgspec.field(name="URL")
    backups: tuple[Backup, ...] = ()


class PlanApproval(Document, frozen=True, kw_only=True):
    """The approved plan."""

    url: str = msgspec.field(name="URL")
    link: str = ""
    status: str


def schema_push(result: PushResult) -> SchemaPush:
    """A push, with what its backups answered."""
    return SchemaPush(link=result.link, slug=result.repo, url=result.url, backups=backups(result.targets))


def plan_approval(result: ApproveResult) -> PlanApproval:
    """An approval."""
    return PlanApproval(url=result.url, link=result.link, status=result.status)
