"""Tell the registry of an apply: what it brought to which database, and how that ended."""

from __future__ import annotations

from backstay import urls
from backstay.errors import BackstayError
from backstay.operations.addresses import repository_of
from backstay.operations.results import ApplyResult
from backstay.operations.settings import Settings
from backstay.registry.http_api import Deployment
from backstay.registry.records import RunContext


def report(settings: Settings, result: ApplyResult, context: RunContext) -> None:
    """Report a migration that ran, whether to its end or not. What was applied stays so if this fails."""
    repo = settings.repo or next(
        (repository_of(url) for url in settings.src if url.startswith("atlas://")), ""
    )
    if result.applied is None or result.plan is None or not repo:
        return
    file = result.plan.file
    address = _address(result.target.url)
    deployment = Deployment(
        target=settings.env or address,
        address=address,
        from_hash=file.from_hash,
        to_hash=file.to_hash,
        plan=file.name,
        result="FAILED" if result.error else "APPLIED",
        reason=result.reason,
        context=context,
    )
    try:
        settings.open_registry().report(repo, deployment)
    except BackstayError as error:
        settings.observer.notice(f"the registry did not hear of this apply: {error.message}")


def _address(url: str) -> str:
    """Where a database is, without who uses it and how."""
    parts = urls.split(urls.without_query(url))
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
