"""The state hash: one name for one content, wherever it came from. Published in docs/state-hash.md."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec

from backstay.schema import canonical
from backstay.schema.model import Model, Realm

VERSION = "v1"


def state_hash(realm: Realm, *, scoped: bool) -> str:
    """Base64 (standard alphabet, padded) of the SHA-256 over the canonical JSON of the realm.

    Keys are sorted, white space is absent, fields with default values are left out, and every list of
    named objects (columns too: their order is not a difference) is sorted by name. In schema scope
    (`scoped`) the name of the schema is left out.
    """
    document = _sorted(realm)
    if scoped:
        for schema in document.get("schemas", []):
            schema.pop("name")
    data = msgspec.json.encode({"version": VERSION, "realm": document}, order="sorted")
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _sorted(value: Any) -> Any:
    if isinstance(value, Model):
        return {name: _sorted(item) for name, item in canonical.members(value)}
    if isinstance(value, tuple):
        if value and hasattr(value[0], "name"):
            value = tuple(sorted(value, key=_order))
        return [_sorted(item) for item in value]
    return value


def _order(item: Any) -> tuple[str, bytes]:
    """By name; unnamed constraints by their content."""
    return item.name, b"" if item.name else canonical.encode(item)
