"""The state hash: one name for one content, wherever it came from. Published in docs/state-hash.md."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec

from backstay.schema.model import Realm

VERSION = "v1"


def state_hash(realm: Realm, *, scoped: bool) -> str:
    """Base64 (standard alphabet, padded) of the SHA-256 over the canonical JSON of the realm.

    Keys are sorted, white space is absent, fields with default values are left out, and every list of
    named objects (columns too: their order is not a difference) is sorted by name. In schema scope
    (`scoped`) the name of the schema is left out.
    """
    document = _canonical(msgspec.to_builtins(realm))
    if scoped:
        for schema in document.get("schemas", []):
            schema.pop("name")
    data = msgspec.json.encode({"version": VERSION, "realm": document}, order="deterministic")
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_canonical(item) for item in value]
        if items and all(isinstance(item, dict) and "name" in item for item in items):
            items.sort(key=lambda item: (item["name"], msgspec.json.encode(item, order="deterministic")))
        return items
    return value
