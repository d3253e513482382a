"""A token of a registry server, as login and whoami show it."""

from __future__ import annotations

import msgspec

from backstay.operations.results import Account
from backstay.report.gojson import Document


class AccountDocument(Document, frozen=True, kw_only=True):
    """`expires` is when the token ends, `grant_expires` until when its grant is good; absent if not known."""

    org: str
    server: str
    token: str
    id: str = msgspec.field(name="ID")
    scopes: tuple[str, ...]
    repos: tuple[str, ...]
    expires: str = ""
    grant_expires: str = ""


def account(found: Account) -> AccountDocument:
    return AccountDocument(
        org=found.organization,
        server=found.server,
        token=found.name,
        id=found.token,
        scopes=found.scopes,
        repos=found.repos,
        expires=found.expires,
        grant_expires=found.grant_expires,
    )


def account_text(found: Account) -> str:
    """One line for people."""
    allowed = f"{', '.join(found.scopes)} in {', '.join(found.repos)}"
    text = f"{found.server}: {found.name} of {found.organization}, {allowed}"
    return f"{text}; goes on without the server until {found.grant_expires}" if found.grant_expires else text
