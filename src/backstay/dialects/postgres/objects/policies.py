"""Row security policies (CREATE POLICY)."""

from __future__ import annotations

from backstay.dialects.postgres.expressions import written
from backstay.dialects.postgres.locks import EXCLUSIVE
from backstay.dialects.postgres.names import quote_name, wrapped
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Policy

STANDING = frozenset({"CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"})
"""Words for the role that runs the statement; the server keeps that role's name instead."""


def create(policy: Policy, place: Place) -> tuple[str, ...]:
    """CREATE POLICY with everything that is not the default."""
    kind = "" if policy.permissive else " AS RESTRICTIVE"
    command = "" if policy.command == "ALL" else f" FOR {policy.command}"
    return (f"CREATE POLICY {target(policy, place)}{kind}{command}{_rule(policy)}",)


def alter(before: Policy, after: Policy, place: Place) -> tuple[Act, ...] | None:
    """ALTER POLICY: roles and expressions change in place, an expression cannot be taken away."""
    same = (before.permissive, before.command) == (after.permissive, after.command)
    if not same or not _keeps_expressions(before, after):
        return None
    name = target(after, place)
    undone = (
        (f"ALTER POLICY {name}{_rule(before)}",)
        if _keeps_expressions(after, before)
        else (f"DROP POLICY {name}", *create(before, place))
    )
    return (Act(sql=f"ALTER POLICY {name}{_rule(after)}", reverse=undone, lock=EXCLUSIVE),)


def target(policy: Policy, place: Place) -> str:
    """The policy and its table."""
    return f"{quote_name(policy.name)} ON {place.name(policy.table)}"


def _keeps_expressions(before: Policy, after: Policy) -> bool:
    return bool(before.using) <= bool(after.using) and bool(before.check) <= bool(after.check)


def _rule(policy: Policy) -> str:
    """For whom it is, and what it asks. ALTER POLICY keeps the roles it does not name."""
    roles = ", ".join(role if role in STANDING else quote_name(role) for role in policy.roles)
    using = f" USING {wrapped(written(policy.using))}" if policy.using else ""
    check = f" WITH CHECK {wrapped(written(policy.check))}" if policy.check else ""
    return f" TO {roles or 'PUBLIC'}{using}{check}"


POLICY = Planner(
    kind="policy",
    keyword="POLICY",
    noun="policy",
    create=create,
    alter=alter,
    target=target,
    lock=EXCLUSIVE,
    danger="BS301",
)
