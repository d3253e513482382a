"""Secrets that only an action can know of: tokens, passwords in URLs, values of `vars` whose names say so.

Most stand in variables, and are known from there; those that come from files are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from backstay.action.manifest import ACTIONS
from backstay.decoding import decode
from backstay.urls import SECRET_PARAMETER, secrets_of_url


def input_secrets(read: Callable[[str], str]) -> Iterator[str]:
    """The secrets in the inputs of all actions; `read` gives the text of one."""
    private = {i.name: i.kind for action in ACTIONS for i in action.inputs if i.private}
    for name, kind in private.items():
        text = read(name)
        if kind == "token":
            yield text.strip()
        elif kind == "vars":
            yield from secret_vars(text)
        else:
            for line in text.splitlines():
                yield from secrets_of_url(line.strip())


def secret_vars(text: str) -> Iterator[str]:
    """The secret values in the text of `vars`. What is no JSON object is refused later, unseen."""
    try:
        given = decode(text, dict[str, object]) if text.strip() else {}
    except msgspec.MsgspecError:
        return
    for name, value in given.items():
        if SECRET_PARAMETER.search(name):
            yield from (str(item) for item in (value if isinstance(value, list) else [value]))
