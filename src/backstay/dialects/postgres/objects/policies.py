"""Row security policies (CREATE POLICY)."""

from __future__ import annotations

from backstay.dialects.postgres.names import quote_name, wrapped
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Policy

LOCK = "ACCESS EXCLUSIVE"


def create(policy: Policy, place: Place) -> tuple[str, ...]:
    """CREATE POLICY with everything that is not the default."""
    kind = "" if policy.permissive else " AS RESTRICTIVE"
    command = "" if policy.command == "ALL" else f" FOR {policy.command}"
    return (f"CREATE POLICY {target(policy, place)}{kind}{command}{_rule(policy)}",)


def alter(before: Policy, after: Policy, place: Place) -> tuple[Act, ...] | None:
    """ALTER POLICY: roles and expressions change in place, an expression cannot be taken away."""
    same = (before.permissive, before.command) == (after.permissive, after.command)
    if not same or (before.using and not after.using) or (before.check and not after.check):
        return None
    undo = (
        ()
        if bool(before.using) != bool(after.using) or bool(before.check) != bool(after.check)
        else (before,)
    )
    name = target(after, place)
    return (
        Act(
            sql=f"ALTER POLICY {name}{_rule(after)}",
            reverse=() if grows else (f"ALTER POLICY {name}{_rule(before)}",),
            lock=LOCK,
        ),
    )


def target(policy: Policy, place: Place) -> str:
    """The policy and its table."""
    return f"{quote_name(policy.name)} ON {place.name(policy.table)}"


def _rule(policy: Policy) -> str:
    roles = ", ".join("PUBLIC" if role == "PUBLIC" else quote_name(role) for role in policy.roles)
    using = f" USING {wrapped(policy.using)}" if policy.using else ""
    check = f" WITH CHECK {wrapped(policy.check)}" if policy.check else ""
    return f" TO {roles}{using}{check}"


POLICY = Planner(
    kind="policy", keyword="POLICY", noun="policy", create=create, alter=alter, target=target, lock=LOCK
)
