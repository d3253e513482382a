"""The state hash: one name for one content, wherever it came from. Published in docs/state-hash.md."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec

from backstay.schema import canonical
from backstay.schema.model import Domain, Facts, Materialized, Model, Realm, Schema, Table

VERSION = "v1"

HOLDERS = (Realm, Schema, Table, Domain, Materialized)
"""What holds lists of named objects; other lists (arguments, fields, keys of an index) have an order."""


def state_hash(realm: Realm, *, scoped: bool) -> str:
    """Base64 (standard alphabet, padded) of the SHA-256 over the canonical JSON of the realm.

    Keys are sorted, white space is absent, fields with default values are left out, and every list of
    named objects (columns too: their order is not a difference) is sorted by name. In schema scope
    (`scoped`) the name of the schema is left out.
    """
    document = _sorted(msgspec.structs.replace(realm, facts=Facts()))
    if scoped:
        for schema in document.get("schemas", []):
            schema.pop("name")
    data = msgspec.json.encode({"version": VERSION, "realm": document}, order="sorted")
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _sorted(value: Any) -> Any:
    if isinstance(value, Model):
        prepared = _by_name if isinstance(value, HOLDERS) else _sorted
        return {name: prepared(item) for name, item in canonical.members(value)}
    if isinstance(value, tuple):
        return [_sorted(item) for item in value]
    return value


def _by_name(value: Any) -> Any:
    """A list of named objects: the order in which they stand is no difference."""
    if isinstance(value, tuple) and value and isinstance(value[0], Model):
        value = tuple(sorted(value, key=_order))
    return _sorted(value)


def _order(item: Model) -> tuple[str, str, bytes]:
    """By the table and the name; unnamed constraints by their content."""
    name = item.identifier
    return getattr(item, "table", ""), name, b"" if name else canonical.encode(item)
