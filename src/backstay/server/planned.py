"""Plans and their approvals over HTTP.

A plan only moves forward (docs/decisions/0003-plan-replication.md): what is stored is what was there, merged
with what was sent. Which scopes that takes follows from what it changes, asked of the very content that the
write replaces: an approval is never let in as part of something else.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from backstay.errors import CorruptError, NotFoundError
from backstay.grants.rights import Scope
from backstay.registry import chain, http_api, layout
from backstay.registry.countersigning import countersign_plan
from backstay.registry.http_api import PlanName
from backstay.registry.records import Approval, PlanEntry, PlanKey, RunContext
from backstay.registry.replicated import timestamp
from backstay.registry.signing import as_made
from backstay.registry.signing_keys import Signer
from backstay.schema.canonical import encode, plain
from backstay.server.access import require
from backstay.server.calls import (
    Answer,
    Call,
    Services,
    check_conditions,
    page,
    parse,
    refuse_unknown,
)
from backstay.server.problems import Refusal


def plans(services: Services, call: Call) -> Answer:
    """Which plans there are, of all transitions or from and to given states; removed ones too."""
    found = services.replica.plan_keys(call.repo, call.query.get("from", ""), call.query.get("to", ""))
    prefix = layout.plans(call.repo)
    ordered = sorted((layout.plan(call.repo, key).removeprefix(prefix), key) for key in found)
    return page(ordered, call, lambda key: PlanName(*key))


def plan(services: Services, call: Call) -> Answer:
    """A plan as it stands: how often its name was used, and whether it was removed."""
    return _shown(_find(services, call.repo, _key(call)))


def put_plan(services: Services, call: Call) -> Answer:
    """Store a plan as another copy has it, merged with what is there; answers what then is there."""
    return _merge(services, call, _given(call), None)


def post_plan(services: Services, call: Call) -> Answer:
    """Store a plan, or take it a step further; the step is signed where the server has a key."""
    return _merge(services, call, _given(call), services.signer)


def approvals(services: Services, call: Call) -> Answer:
    """Who approved a plan, when, and from which run."""
    given = _find(services, call.repo, _key(call)).plan.approvals
    return page(((f"{index:06d}", each) for index, each in enumerate(given, 1)), call, plain)


def approve(services: Services, call: Call) -> Answer:
    """Approve a plan, now. One that is approved stays as it is."""
    context = parse(call.body or b"{}", RunContext)
    found = _find(services, call.repo, _key(call))
    if found.removed:
        raise Refusal(HTTPStatus.CONFLICT, f"plan {found.plan.name} of {call.repo} was removed")
    if found.plan.status == "APPROVED":
        return _shown(found)
    approval = Approval(time=timestamp(services.clock()), context=context)
    approved = msgspec.structs.replace(
        found.plan, status="APPROVED", approvals=(*found.plan.approvals, approval)
    )
    return _merge(services, call, msgspec.structs.replace(found, plan=approved), services.signer)


def needed(current: PlanEntry | None, merged: PlanEntry) -> tuple[Scope, ...]:
    """The scopes that it takes to make the one out of the other."""
    if merged == current:
        return ()
    before = current if current and current.revision == merged.revision else None
    scopes: list[Scope] = []
    if before is None or _as_stored(before) != _as_stored(merged):
        scopes.append("plan")
    approved_before = (before.plan.status, before.plan.approvals) if before else ("PENDING", ())
    if (merged.plan.status, merged.plan.approvals) != approved_before:
        scopes.append("approve")
    return tuple(scopes) or ("plan",)


def _as_stored(entry: PlanEntry) -> tuple[object, ...]:
    """What storing and removing a plan decides, and approving it does not."""
    return as_made(entry.plan), entry.signatures, entry.removed, entry.removed_signatures


def _merge(services: Services, call: Call, entry: PlanEntry, signer: Signer | None) -> Answer:
    created = False

    def check(current: PlanEntry | None, merged: PlanEntry) -> None:
        nonlocal created
        created = current is None
        check_conditions(call, _shown(current).etag if current else "")
        for scope in needed(current, merged):
            require(call.token, call.repo, scope)

    def sign(current: PlanEntry | None, given: PlanEntry) -> PlanEntry:
        return countersign_plan(current, given, signer)

    merged = services.replica.merge_plan(entry, check, sign)
    return _shown(merged, status=HTTPStatus.CREATED if created else HTTPStatus.OK)


def _find(services: Services, repo: str, key: PlanKey) -> PlanEntry:
    if key not in services.replica.plan_keys(repo, key.from_hash, key.to_hash):
        raise NotFoundError(f'{repo} has no plan "{key.name}" of this transition')
    return services.replica.plan(repo, key)


def _given(call: Call) -> PlanEntry:
    """The plan in the body. One with parts that are unknown here could not be merged without losing them.

    It is canonical JSON where it is what the record in it is written as.
    """
    try:
        entry = chain.open_plan(call.body, call.repo, _key(call), "the body")
    except CorruptError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, error.message) from None
    refuse_unknown(entry, call.body, "plan")
    if entry.revision < 1:
        raise Refusal(HTTPStatus.BAD_REQUEST, "a revision is a number from 1 on")
    return entry


def _key(call: Call) -> PlanKey:
    return PlanKey(call.name("from"), call.name("to"), call.name("name"))


def _shown(entry: PlanEntry, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    place = http_api.plan(entry.plan.repo, entry.key)
    headers = {"Location": place} if status == HTTPStatus.CREATED else {}
    return Answer(status=status, body=encode(entry), headers=headers)
