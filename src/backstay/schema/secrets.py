"""Secrets within a realm: the options of user mappings that say how somebody proves who they are.

They are part of the state, since a plan has to write them. They are no part of its hash, which anybody may
see and could guess from, and no output shows them. What is kept in a registry of a database is without them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backstay.schema.model import Realm, UserMapping
from backstay.urls import HIDDEN, SECRET_PARAMETER


def secrets(realm: Realm) -> Iterator[str]:
    """All of them."""
    for mapping in realm.user_mappings:
        for name, value in mapping.options.items():
            if SECRET_PARAMETER.search(name) and value not in {"", HIDDEN}:
                yield value


def masked(realm: Realm) -> Realm:
    """The realm with none of them, and the same whether they were known or not."""
    return _with_mappings(realm, hidden=False)


def withheld(realm: Realm) -> Realm:
    """The realm with none of them; mappings that have some are marked, and left as they are found."""
    return _with_mappings(realm, hidden=True)


def _with_mappings(realm: Realm, *, hidden: bool) -> Realm:
    mappings = tuple(_masked(mapping, hidden=hidden) for mapping in realm.user_mappings)
    return msgspec.structs.replace(realm, user_mappings=mappings) if mappings else realm


def _masked(mapping: UserMapping, *, hidden: bool) -> UserMapping:
    secret = {name for name, value in mapping.options.items() if value and SECRET_PARAMETER.search(name)}
    if not secret:
        return mapping
    options = {name: HIDDEN if name in secret else value for name, value in mapping.options.items()}
    return msgspec.structs.replace(mapping, options=options, hidden=hidden)


def buildable(realm: Realm) -> Realm:
    """The realm in which user mappings have the options that are known, to be made on a dev database."""
    if not any(mapping.hidden for mapping in realm.user_mappings):
        return realm
    return msgspec.structs.replace(realm, user_mappings=tuple(map(_known, realm.user_mappings)))


def _known(mapping: UserMapping) -> UserMapping:
    options = {name: value for name, value in mapping.options.items() if value != HIDDEN}
    return msgspec.structs.replace(mapping, options=options, hidden=False)


def as_hidden(realm: Realm, known: Realm) -> Realm:
    """The realm, made from another one, with the same user mappings hidden as are there."""
    hidden = {mapping.identifier: mapping for mapping in known.user_mappings if mapping.hidden}
    if not hidden:
        return realm
    mappings = tuple(hidden.get(mapping.identifier, mapping) for mapping in realm.user_mappings)
    return msgspec.structs.replace(realm, user_mappings=mappings)
