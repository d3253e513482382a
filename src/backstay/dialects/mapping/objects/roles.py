"""`role "r" { member_of = [role.x] }`, and `user "u" { … }`: a role that can log in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from backstay.dialects.mapping import reading
from backstay.dialects.mapping.grammar import Shape, words
from backstay.dialects.mapping.objects.block import ObjectBlock
from backstay.dialects.mapping.scope import Named, Scope
from backstay.dialects.mapping.writing import Writing, texts_by_name
from backstay.hcl import write
from backstay.hcl.document import Block
from backstay.schema.model import Membership, Role

FLAGS = ("superuser", "create_db", "create_role", "replication", "bypass_rls")
"""Attributes that a role does not have unless it says so; `login` and `inherit` have other defaults."""


def decode(item: Named, scope: Scope) -> Role:
    """A role; as a `user` it can log in."""
    block = item.block
    inherit = reading.flag(block, "inherit", True)
    plain = (Membership(role=name, inherit=inherit) for name in scope.names(block, "member_of"))
    special = (_membership(child, scope, inherit) for child in block.blocks("membership"))
    return Role(
        name=item.name,
        login=reading.flag(block, "login", block.type == "user"),
        inherit=inherit,
        **{name: reading.flag(block, name) for name in FLAGS},
        connection_limit=reading.integer(block, "connection_limit", -1),
        valid_until=_moment(block, "valid_until"),
        member_of=tuple(sorted((*plain, *special), key=lambda membership: membership.role)),
        settings=reading.texts_by_name(block, "settings"),
        comment=reading.text(block, "comment"),
    )


def _membership(block: Block, scope: Scope, inherit: bool) -> Membership:
    role = scope.named(block, "role")
    if not role:
        raise block.error('missing attribute "role" of membership', hint="write role = role.<name>")
    return Membership(
        role=role,
        admin=reading.flag(block, "admin"),
        inherit=reading.flag(block, "inherit", inherit),
        set=reading.flag(block, "set", True),
    )


def _moment(block: Block, attribute: str) -> str:
    """A moment as the inspection words it: in UTC, to the second."""
    text = reading.text(block, attribute)
    if not text or text == "infinity":
        return ""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise block.error(
            f'"{attribute}" is not a moment', attribute=attribute, hint='write it as "2030-12-31T00:00:00Z"'
        ) from None
    moment = found if found.tzinfo else found.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def encode(role: Role, schema: str, writing: Writing) -> write.Block:
    """The block of a role, or of a user."""
    plain = [m for m in role.member_of if m == Membership(role=m.role, inherit=role.inherit)]
    return write.block(
        "user" if role.login else "role",
        (role.name,),
        {
            **{name: getattr(role, name) or None for name in FLAGS},
            "inherit": None if role.inherit else False,
            "connection_limit": role.connection_limit if role.connection_limit != -1 else None,
            "valid_until": role.valid_until or None,
            "member_of": tuple(membership.role for membership in plain) or None,
            "settings": texts_by_name(role.settings),
            "comment": role.comment or None,
        },
        _memberships(role, plain),
    )


def _memberships(role: Role, plain: list[Membership]) -> Iterator[write.Block]:
    for membership in role.member_of:
        if membership not in plain:
            yield write.block(
                "membership",
                (),
                {
                    "role": membership.role,
                    "admin": membership.admin or None,
                    "inherit": membership.inherit if membership.inherit != role.inherit else None,
                    "set": None if membership.set else False,
                },
            )


SHAPE = Shape(
    words(
        "name superuser create_db create_role login inherit replication bypass_rls connection_limit "
        "valid_until member_of settings comment for_each depends_on"
    ),
    words("membership"),
    words("password"),
    named=True,
)
ROLE = ObjectBlock(
    kind="role",
    aliases=("user",),
    shape=SHAPE,
    shapes={"user": SHAPE, "membership": Shape(words("role admin inherit set"))},
    decode=decode,
    encode=encode,
)
