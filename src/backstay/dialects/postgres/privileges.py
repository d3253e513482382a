"""Privileges: which there are on what, who has them without being told, and the statements that change them.

PostgreSQL documentation, 5.8 (Privileges): letters in access privilege lists, and default privileges.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from backstay.dialects.postgres.names import quote_name
from backstay.schema.model import DefaultPermission, Permission

PUBLIC = "PUBLIC"
ALL = frozenset({"ALL"})

LETTERS: Mapping[str, str] = {
    "a": "INSERT",
    "r": "SELECT",
    "w": "UPDATE",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "X": "EXECUTE",
    "U": "USAGE",
    "C": "CREATE",
    "c": "CONNECT",
    "T": "TEMPORARY",
    "m": "MAINTAIN",
}


class Securable(NamedTuple):
    """A kind of object with privileges: the words for it in GRANT and in ALTER DEFAULT PRIVILEGES.

    `letters` are all privileges there are, `public` those that everybody has unless they are revoked.
    """

    word: str
    letters: str
    public: str = ""
    objects: str = ""


_TABLE = Securable("TABLE", "arwdDxtm", objects="TABLES")

SECURABLES: Mapping[str, Securable] = {
    "table": _TABLE,
    "view": _TABLE,
    "materialized": _TABLE,
    "column": Securable("TABLE", "arwx"),
    "sequence": Securable("SEQUENCE", "rwU", objects="SEQUENCES"),
    "function": Securable("ROUTINE", "X", public="X", objects="FUNCTIONS"),
    "type": Securable("TYPE", "U", public="U", objects="TYPES"),
    "schema": Securable("SCHEMA", "UC", objects="SCHEMAS"),
    "language": Securable("LANGUAGE", "U", public="U"),
    "server": Securable("FOREIGN SERVER", "U"),
    "foreign_data_wrapper": Securable("FOREIGN DATA WRAPPER", "U"),
    "large_object": Securable("LARGE OBJECT", "rw", objects="LARGE OBJECTS"),
}
"""By kind of address."""

OBJECTS: Mapping[str, str] = {
    "r": "table",
    "S": "sequence",
    "f": "function",
    "T": "type",
    "n": "schema",
    "L": "large_object",
}
"""Kinds by `pg_default_acl.defaclobjtype`."""

MAINTAIN_SINCE = 17


class Rights(NamedTuple):
    """Privileges of one role on one object, all of them as the word ALL; and those it may grant."""

    privileges: frozenset[str] = frozenset()
    grantable: frozenset[str] = frozenset()


NONE = Rights()
_ITEM = re.compile(r'("(?:[^"]|"")*"|[^=]*)=([^/]*)/.*', re.DOTALL)
_LETTER = re.compile(r"([A-Za-z])(\*?)")


def parse(acl: Iterable[str], kind: str, major: int) -> dict[str, Rights]:
    """The items of an access privilege list (`aclitem` as text) by role, whoever granted them."""
    every = {
        LETTERS[letter] for letter in SECURABLES[kind].letters if letter != "m" or major >= MAINTAIN_SINCE
    }
    found: dict[str, tuple[set[str], set[str]]] = {}
    for item in acl:
        match = _ITEM.fullmatch(item)
        assert match is not None, item
        role = match[1][1:-1].replace('""', '"') if match[1].startswith('"') else match[1]
        privileges, grantable = found.setdefault(role or PUBLIC, (set(), set()))
        for letter, option in _LETTER.findall(match[2]):
            privileges.add(LETTERS[letter])
            if option:
                grantable.add(LETTERS[letter])
    return {role: Rights(_all(one, every), _all(two, every)) for role, (one, two) in found.items()}


def _all(found: set[str], every: set[str]) -> frozenset[str]:
    return ALL if found >= every else frozenset(found)


def usual(kind: str, owner: str) -> dict[str, Rights]:
    """What the owner and everybody may do with a new object."""
    public = frozenset(LETTERS[letter] for letter in SECURABLES[kind].public)
    if public and len(public) == len(SECURABLES[kind].letters):
        public = ALL
    everybody = {PUBLIC: Rights(public)} if public else {}
    return everybody if kind == "column" else {owner: Rights(ALL), **everybody}


def special(found: Mapping[str, Rights], expected: Mapping[str, Rights]) -> Iterator[tuple[str, Rights]]:
    """The roles that have other rights than is expected, and these."""
    for role in sorted({*found, *expected}):
        rights = found.get(role, NONE)
        if rights != expected.get(role, NONE):
            yield role, rights


def rights_of(items: Iterable[Permission | DefaultPermission]) -> dict[str, Rights]:
    """The rights that these say, by role."""
    return {item.to: Rights(frozenset(item.privileges), frozenset(item.grantable)) for item in items}


def initial(
    kind: str, schema: str, role: str, defaults: Iterable[tuple[str, DefaultPermission]]
) -> dict[str, Rights]:
    """What everybody may do with an object that this role just made, by the default privileges."""
    found = usual(kind, role)
    objects = SECURABLES[kind].objects
    own = [(where, item) for where, item in defaults if item.objects == objects and not item.role]
    found.update(rights_of(item for where, item in own if not where))
    for where, item in own:
        if where and where == schema:
            more, old = rights_of([item])[item.to], found.get(item.to, NONE)
            found[item.to] = Rights(
                _both(old.privileges, more.privileges), _both(old.grantable, more.grantable)
            )
    return found


def _both(one: frozenset[str], two: frozenset[str]) -> frozenset[str]:
    return ALL if one | two >= ALL else one | two


def changed(before: Rights, after: Rights, on: str, role: str, column: str = "") -> Iterator[str]:
    """REVOKE and GRANT that lead from one to the other; `on` is the kind and the name of the object.

    What ALL means differs between versions, so it is taken away as a whole.
    """
    to = PUBLIC if role == PUBLIC else quote_name(role)
    partly = any(old == ALL != new for old, new in zip(before, after, strict=True))
    if before != NONE and (partly or after == NONE):
        yield f"REVOKE {_listed(ALL, column)} ON {on} FROM {to}"
        before = NONE
    gone = _minus(before.privileges, after.privileges)
    if gone:
        yield f"REVOKE {_listed(gone, column)} ON {on} FROM {to}"
    tied = _minus(before.grantable, after.grantable) - gone
    if tied:
        yield f"REVOKE GRANT OPTION FOR {_listed(tied, column)} ON {on} FROM {to}"
    free = _minus(after.grantable, before.grantable)
    if free:
        yield f"GRANT {_listed(free, column)} ON {on} TO {to} WITH GRANT OPTION"
    plain = _minus(_minus(after.privileges, before.privileges), after.grantable)
    if plain:
        yield f"GRANT {_listed(plain, column)} ON {on} TO {to}"


def _minus(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    return frozenset() if other == ALL else one - other


def _listed(privileges: Collection[str], column: str) -> str:
    behind = f" ({quote_name(column)})" if column else ""
    return ", ".join(f"{privilege}{behind}" for privilege in sorted(privileges))
