"""Grants over HTTP: what a token allows, signed, for the time when this server is away."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from backstay.grants.issue import Bearer, issue
from backstay.registry.http_api import NO_GRANTS, Identity
from backstay.schema.canonical import encode
from backstay.server.calls import Answer, Call, Services
from backstay.server.problems import Refusal

NOT_STORED = {"Cache-Control": "no-store"}


def grant(services: Services, call: Call) -> Answer:
    """A new grant for the caller's token."""
    if services.signer is None:
        raise Refusal(
            HTTPStatus.NOT_IMPLEMENTED,
            "this server has no signing key, and issues no grants",
            hint="start it with --signing-key",
            reason=NO_GRANTS,
        )
    token = call.token
    bearer = Bearer(
        id=token.id,
        name=token.name,
        scopes=token.scopes,
        repos=token.repos,
        expires=datetime.fromisoformat(token.expires) if token.expires else None,
    )
    issued = issue(
        services.grants, services.signer, services.trust, bearer, now=services.clock(), asked=call.base
    )
    return Answer(body=encode(issued), headers=NOT_STORED)


def whoami(services: Services, call: Call) -> Answer:
    """Whose token this is, and what it allows."""
    token = call.token
    identity = Identity(
        organization=services.grants.organization,
        token=token.id,
        name=token.name,
        scopes=token.scopes,
        repos=token.repos,
        expires=token.expires,
    )
    return Answer(body=encode(identity), headers=NOT_STORED)
