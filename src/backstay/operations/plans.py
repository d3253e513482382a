"""Stored plans of a repository: find, store, check, approve, fetch and remove them."""

from __future__ import annotations

from backstay.operations import planfile
from backstay.operations.addresses import plan_address, plan_url
from backstay.operations.observer import Observer
from backstay.operations.options import PlanLintOptions, PlanListOptions, PlanPushOptions, PlanURLOptions
from backstay.operations.plan import now, reviewed, settings_of, store
from backstay.operations.resolve import single
from backstay.operations.results import ApproveResult, PlanFile, PlanResult
from backstay.operations.transition import transition
from backstay.registry.records import Approval


def list_plans(options: PlanListOptions, observer: Observer) -> tuple[PlanFile, ...]:
    """The stored plans of the transition; with `pending` only those that wait for approval."""
    settings = settings_of(options, observer)
    step = transition(settings, options.from_)
    found = settings.open_registry().plans(
        settings.repository(), step.before.state.hash, step.after.state.hash
    )
    return tuple(
        planfile.file_of(record) for record in found if not options.pending or record.status == "PENDING"
    )


def read_plan(options: PlanURLOptions, observer: Observer) -> PlanFile:
    """The stored plan, as it stands now; no state is looked at. Raises `NotFoundError` where it is gone."""
    repo, _ = plan_address(options.url)
    return planfile.load(single(options, observer, repo=repo), options.url)


def push_plan(options: PlanPushOptions, observer: Observer) -> PlanResult:
    """Check a local plan file against the transition, and store it."""
    settings = settings_of(options, observer)
    step = transition(settings, options.from_)
    result = reviewed(settings, step, planfile.read(options.file))
    return store(settings, step, result, "PENDING" if options.pending else "APPROVED", options.context)


def lint_plan(options: PlanLintOptions, observer: Observer) -> PlanResult:
    """Prove and analyse a plan, of a file or of the registry, without storing anything."""
    settings = settings_of(options, observer)
    step = transition(settings, options.from_)
    return reviewed(settings, step, planfile.load(settings, options.file))


def approve_plan(options: PlanURLOptions, observer: Observer) -> ApproveResult:
    """PENDING -> APPROVED on every target; an approved plan stays approved."""
    repo, name = plan_address(options.url)
    settings = single(options, observer, repo=repo)
    approval = Approval(time=now(), context=options.context)
    written = settings.open_registry().approve_plan(repo, name, approval)
    return ApproveResult(
        url=plan_url(repo, name), status=written.plan.status, targets=settings.told(written.targets)
    )


def pull_plan(options: PlanURLOptions, observer: Observer) -> str:
    """The plan as the text of a plan file."""
    repo, _ = plan_address(options.url)
    return planfile.encode(planfile.load(single(options, observer, repo=repo), options.url))


def remove_plan(options: PlanURLOptions, observer: Observer) -> ApproveResult:
    """Delete the plan from every target."""
    repo, name = plan_address(options.url)
    settings = single(options, observer, repo=repo)
    written = settings.open_registry().delete_plan(repo, name)
    return ApproveResult(
        url=plan_url(repo, name), status=written.plan.status, targets=settings.told(written.targets)
    )
