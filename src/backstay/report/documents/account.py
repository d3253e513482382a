"""A token of a registry server, as login and whoami show it."""

from __future__ import annotations

from typing import Any

from backstay.operations.results import Account


def account(found: Account) -> dict[str, Any]:
    """`Expires` is when the token ends, `GrantExpires` until when its grant lets things go on; or absent."""
    document: dict[str, Any] = {
        "Org": found.organization,
        "Server": found.server,
        "Token": found.name,
        "ID": found.token,
        "Scopes": list(found.scopes),
        "Repos": list(found.repos),
    }
    times = {"Expires": found.expires, "GrantExpires": found.grant_expires}
    return document | {name: time for name, time in times.items() if time}


def account_text(found: Account) -> str:
    """One line for people."""
    allowed = f"{', '.join(found.scopes)} in {', '.join(found.repos)}"
    text = f"{found.server}: {found.name} of {found.organization}, {allowed}"
    return f"{text}; goes on without the server until {found.grant_expires}" if found.grant_expires else text
