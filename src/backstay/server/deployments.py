"""Deployments over HTTP: what was applied where, as each apply reports it.

Their keys fall while time goes on, so that the newest come first in a listing.
"""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus

import msgspec

from backstay.decoding import decode
from backstay.errors import CorruptError, NotFoundError
from backstay.registry import http_api, layout
from backstay.registry.http_api import Deployment
from backstay.registry.replicated import timestamp
from backstay.schema.canonical import encode, plain
from backstay.server.calls import Answer, Call, Services, page, parse
from backstay.server.problems import Refusal

END_OF_TIME = 10**16
"""Microseconds since 1970, in the year 2286."""


def deployments(services: Services, call: Call) -> Answer:
    """The newest deployments first."""
    prefix = layout.deployments(call.repo)
    keys = ((key.removeprefix(prefix), key) for key in services.store.list(prefix))
    return page(keys, call, lambda key: plain(_read(services, key)))


def deployment(services: Services, call: Call) -> Answer:
    """One deployment."""
    id_ = call.segments["id"]
    if not re.fullmatch(r"[0-9]{16}-[0-9a-f]{8}", id_):
        raise Refusal(HTTPStatus.BAD_REQUEST, "this is not the id of a deployment")
    try:
        return Answer(body=encode(_read(services, f"{layout.deployments(call.repo)}{id_}.json")))
    except NotFoundError:
        raise Refusal(HTTPStatus.NOT_FOUND, f"{call.repo} has no deployment {id_}") from None


def report(services: Services, call: Call) -> Answer:
    """Keep what an apply reports. Who reported it, and when, is said by the server."""
    given = parse(call.body, Deployment)
    now = services.clock()
    id_ = f"{END_OF_TIME - int(now.timestamp() * 1_000_000):016d}-{secrets.token_hex(4)}"
    kept = msgspec.structs.replace(given, id=id_, time=timestamp(now), token=call.token.name)
    data = encode(kept)
    services.store.create(f"{layout.deployments(call.repo)}{id_}.json", data)
    place = f"{http_api.deployments(call.repo)}/{id_}"
    return Answer(status=HTTPStatus.CREATED, body=data, headers={"Location": place})


def _read(services: Services, key: str) -> Deployment:
    try:
        return decode(services.store.get(key).data, Deployment)
    except msgspec.DecodeError:
        raise CorruptError(f"{services.store.url}: {key} is not a deployment") from None
