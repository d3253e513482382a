"""Owners and privileges of objects that are made anew: nobody loses access (GRANT, ALTER … OWNER TO)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.planner import Act
from backstay.dialects.postgres.privileges import NONE, SECURABLES, Rights, changed, initial, rights_of, usual
from backstay.schema.model import Access, Address, Facts


def restored(
    at: Address, object_: str, securable: str, access: Sequence[Access], facts: Facts
) -> Iterator[Act]:
    """What gives an object that was just made its owner and its privileges back.

    `object_` is the object as ALTER names it (`VIEW "v"`), `securable` as GRANT does. `access` is what was
    special about it and its columns; `facts` tell which role makes it, and with which default privileges.
    """
    whole = next((item for item in access if item.at == at), Access(at, "", ()))
    owner = whole.owner or facts.role
    if whole.owner:
        yield Act(
            sql=f"ALTER {object_} OWNER TO {quote_name(owner)}",
            reverse=(f"ALTER {object_} OWNER TO {quote_name(facts.role)}",),
            access=True,
        )
    if at.kind in SECURABLES:
        found = initial(at.kind, at.schema, facts.role, facts.defaults)
        if whole.owner:  # the privileges of the role that made it go to the new owner
            found[owner] = found.pop(facts.role, NONE)
        wanted = usual(at.kind, owner) | rights_of(whole.permissions)
        for role in sorted({*found, *wanted}):
            yield from _acts(found.get(role, NONE), wanted.get(role, NONE), securable, role)
    for item in access:
        if item.at != at:
            yield from columns(item, securable)


def columns(access: Access, securable: str) -> Iterator[Act]:
    """What gives a column that was just made its privileges back."""
    for role, rights in rights_of(access.permissions).items():
        yield from _acts(NONE, rights, securable, role, access.at.child)


def _acts(before: Rights, after: Rights, securable: str, role: str, column: str = "") -> Iterator[Act]:
    back = tuple(changed(after, before, securable, role, column))
    for sql in changed(before, after, securable, role, column):
        yield Act(sql=sql, reverse=back, access=True)
