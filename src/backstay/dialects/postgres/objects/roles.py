"""Roles and their memberships (CREATE ROLE, ALTER ROLE, GRANT role). Passwords are never part of it."""

from __future__ import annotations

from collections.abc import Iterator

from backstay.dialects.postgres.names import quote_name, quote_text
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.dialects.postgres.objects.settings import setting
from backstay.schema.model import Membership, Role

ATTRIBUTES = (
    ("superuser", "SUPERUSER"),
    ("create_db", "CREATEDB"),
    ("create_role", "CREATEROLE"),
    ("inherit", "INHERIT"),
    ("login", "LOGIN"),
    ("replication", "REPLICATION"),
    ("bypass_rls", "BYPASSRLS"),
)
"""Fields, and the words for them, which NO before them turns into their opposite."""


def create(role: Role, place: Place) -> tuple[str | Act, ...]:
    """CREATE ROLE with everything that is not the default, and what it is a member of."""
    attributes = " ".join(_attributes(Role(name=""), role))
    return (
        f"CREATE ROLE {target(role, place)}{f' {attributes}' if attributes else ''}",
        *(
            Act(sql=_granted(membership, role), reverse=(_revoked(membership, role),), access=True)
            for membership in role.member_of
        ),
        *(
            Act(sql=sql, reverse=(f"ALTER ROLE {target(role, place)} RESET {quote_name(name)}",), access=True)
            for name, sql in _settings(Role(name=""), role, place)
        ),
    )


def alter(before: Role, after: Role, place: Place) -> tuple[Act, ...]:
    """ALTER ROLE, and the memberships that come, go or have other options."""
    there, back = tuple(_changes(before, after, place)), tuple(_changes(after, before, place))
    return tuple(
        Act(sql=sql, reverse=back if number == 0 else (), access=True) for number, sql in enumerate(there)
    )


def _changes(before: Role, after: Role, place: Place) -> Iterator[str]:
    attributes = " ".join(_attributes(before, after))
    if attributes:
        yield f"ALTER ROLE {target(after, place)} {attributes}"
    old = {membership.role: membership for membership in before.member_of}
    new = {membership.role: membership for membership in after.member_of}
    for name, membership in old.items():
        if name not in new:
            yield _revoked(membership, after)
    for name, membership in new.items():
        if name not in old:
            yield _granted(membership, after)
        elif membership != old[name]:
            yield from _options_changed(old[name], membership, after)
    yield from (sql for _, sql in _settings(before, after, place))


def _settings(before: Role, after: Role, place: Place) -> Iterator[tuple[str, str]]:
    """The settings that come, go or change, each with its statement."""
    alter = f"ALTER ROLE {target(after, place)}"
    for name in before.settings:
        if name not in after.settings:
            yield name, f"{alter} RESET {quote_name(name)}"
    for name, value in sorted(after.settings.items()):
        if before.settings.get(name) != value:
            yield name, f"{alter} {setting(name, value)}"


def _attributes(before: Role, after: Role) -> Iterator[str]:
    for field, word in ATTRIBUTES:
        if getattr(before, field) != getattr(after, field):
            yield word if getattr(after, field) else f"NO{word}"
    if before.connection_limit != after.connection_limit:
        yield f"CONNECTION LIMIT {after.connection_limit}"
    if before.valid_until != after.valid_until:
        yield f"VALID UNTIL {quote_text(after.valid_until or 'infinity')}"


def _granted(membership: Membership, role: Role) -> str:
    """GRANT of a role; options beside ADMIN are those of PostgreSQL 16, written where they are special."""
    options = []
    if membership.inherit != role.inherit:
        options.append(f"INHERIT {str(membership.inherit).upper()}")
    if not membership.set:
        options.append("SET FALSE")
    if membership.admin:
        options.insert(0, "ADMIN TRUE" if options else "ADMIN OPTION")
    behind = f" WITH {', '.join(options)}" if options else ""
    return f"GRANT {quote_name(membership.role)} TO {quote_name(role.name)}{behind}"


def _options_changed(before: Membership, after: Membership, role: Role) -> Iterator[str]:
    name, member = quote_name(after.role), quote_name(role.name)
    options = [
        f"{field.upper()} {str(getattr(after, field)).upper()}"
        for field in ("inherit", "set")
        if getattr(before, field) != getattr(after, field)
    ]
    if options:
        yield f"GRANT {name} TO {member} WITH {', '.join(options)}"
    if before.admin and not after.admin:
        yield f"REVOKE ADMIN OPTION FOR {name} FROM {member}"
    elif after.admin and not before.admin:
        yield f"GRANT {name} TO {member} WITH ADMIN OPTION"


def _revoked(membership: Membership, role: Role) -> str:
    return f"REVOKE {quote_name(membership.role)} FROM {quote_name(role.name)}"


def target(role: Role, place: Place) -> str:
    """The name, which is in no schema."""
    return quote_name(role.name)


ROLE = Planner(
    kind="role",
    keyword="ROLE",
    noun="role",
    create=create,
    alter=alter,
    target=target,
    early=True,
    last=True,
    access=True,
)
