"""Secrets that only an action can know of: values of the input `vars` whose names say so."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backstay.urls import SECRET_PARAMETER


def secret_vars(text: str) -> Iterator[str]:
    """The secret values in the text of `vars`. What is no JSON object is refused later, unseen."""
    try:
        given = msgspec.json.decode(text, type=dict[str, object]) if text.strip() else {}
    except msgspec.MsgspecError:
        return
    for name, value in given.items():
        if SECRET_PARAMETER.search(name):
            yield from (str(item) for item in (value if isinstance(value, list) else [value]))
