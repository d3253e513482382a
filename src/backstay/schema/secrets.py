"""Secrets within a realm: the options of user mappings that say how somebody proves who they are.

They are part of the state, since a plan has to write them. They are no part of its hash, which anybody may
see and could guess from, and no output shows them.
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
    """The realm with none of them."""
    if not any(secrets(realm)):
        return realm
    return msgspec.structs.replace(realm, user_mappings=tuple(map(_masked, realm.user_mappings)))


def _masked(mapping: UserMapping) -> UserMapping:
    options = {
        name: HIDDEN if SECRET_PARAMETER.search(name) else value for name, value in mapping.options.items()
    }
    return msgspec.structs.replace(mapping, options=options)


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
