"""A request taken apart and an answer to it: what handlers get and give. No HTTP library is in here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeVar

import msgspec

from backstay.decoding import convert
from backstay.grants.issue import Policy
from backstay.registry import chain
from backstay.registry.http_api import MAX_PAGE, etag
from backstay.registry.names import unescape
from backstay.registry.signing_keys import Signer
from backstay.registry.store_replica import StoreReplica
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode
from backstay.schema.model import Model
from backstay.server.problems import Refusal
from backstay.server.tokens import Token
from backstay.storage.store import Store

T = TypeVar("T")
V = TypeVar("V")

DEFAULT_PAGE = 50
CURSOR_LENGTH = 2000


class Services(msgspec.Struct, frozen=True):
    """What a server works with. Everything it knows is in the store, so there may be many of it.

    With a `signer` it signs what its callers write anew, and grants, of which `grants` says what they are
    like. `trust` are the keys that count here.
    """

    store: Store
    replica: StoreReplica
    clock: Callable[[], datetime]
    signer: Signer | None = None
    trust: Trust = Trust()
    grants: Policy = Policy()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request by a known caller. `segments` are the parts of its path that stand for names.

    `is_head`: it only asks what there is, and the body of the answer may be left out.
    `base` is the URL that it came to, without its path.
    """

    token: Token
    segments: Mapping[str, str]
    query: Mapping[str, str] = {}
    body: bytes = b""
    if_match: str = ""
    if_none_match: str = ""
    is_head: bool = False
    base: str = ""

    @property
    def repo(self) -> str:
        return self.name("repo")

    def name(self, segment: str) -> str:
        """The name that a part of the path stands for."""
        try:
            return unescape(self.segments[segment])
        except ValueError:
            raise Refusal(
                HTTPStatus.BAD_REQUEST,
                f"the {segment} in the path is not an escaped name",
                hint="bytes other than a-z 0-9 - _ . are written =xx, and the first dot =2e",
            ) from None

    @property
    def limit(self) -> int:
        """How many items a page is to have."""
        text = self.query.get("limit", str(DEFAULT_PAGE))
        if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_PAGE):
            raise Refusal(HTTPStatus.BAD_REQUEST, f"limit is not a number from 1 to {MAX_PAGE}")
        return int(text)

    @property
    def after(self) -> str:
        """The cursor of the page before; empty for the first page."""
        text = self.query.get("after", "")
        if len(text) > CURSOR_LENGTH:
            raise Refusal(HTTPStatus.BAD_REQUEST, "after is not a cursor of this registry")
        return text


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON answer. `headers` go with it; `digest` is that of its body, where it is known already."""

    body: bytes
    digest: str = ""
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = {}

    @property
    def etag(self) -> str:
        return etag(self.digest or chain.digest(self.body))


def page(items: Iterable[tuple[str, V]], call: Call, shown: Callable[[V], Any]) -> Answer:
    """One page of items, each with its cursor, of which the call wants those behind its own.

    The items come in ascending order of their cursors.
    """
    wanted = ((cursor, item) for cursor, item in items if cursor > call.after)
    found = list(islice(wanted, call.limit + 1))
    document: dict[str, Any] = {"items": [shown(item) for _, item in found[: call.limit]]}
    if len(found) > call.limit:
        document["next"] = found[call.limit - 1][0]
    return Answer(body=msgspec.json.encode(document))


def parse(body: bytes, kind: type[T]) -> T:
    """A JSON body as people write it. Nothing in it may be doubtful: no key twice, none that is unknown."""
    members = _json(body)
    try:
        record = convert(members, kind)
    except msgspec.ValidationError as error:
        raise _bad(f"the body does not fit: {error}") from None
    unknown = sorted(set(members) - set(_names(kind))) if isinstance(members, dict) else []
    if unknown:
        raise _bad(f"the body has unknown members: {', '.join(unknown)[:200]}")
    return record


def canonical(body: bytes) -> None:
    """Raises `Refusal` unless the body is canonical JSON: there is only one way to read it."""
    try:
        same = encode(_json(body)) == body
    except (RecursionError, ValueError):
        same = False
    if not same:
        raise _bad("the body is not canonical JSON (sorted keys, no white space, UTF-8)")


def refuse_unknown(record: Model, body: bytes, what: str) -> None:
    """Raises `Refusal` unless the record says all that the body does, which is canonical JSON."""
    if encode(record) != body:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            f"the {what} is not canonical JSON, or has parts that are unknown to this version of the server",
            hint="update the server and its clients",
        )


def check_conditions(call: Call, current: str) -> None:
    """`If-Match` and `If-None-Match` of a write (RFC 9110, 13); `current` is empty where nothing is there."""
    if call.if_match and (not current or (call.if_match != "*" and current not in _tags(call.if_match))):
        raise Refusal(HTTPStatus.PRECONDITION_FAILED, "it was changed by somebody else")
    if call.if_none_match and current and (call.if_none_match == "*" or current in _tags(call.if_none_match)):
        raise Refusal(HTTPStatus.PRECONDITION_FAILED, "it is already there")


def matches(call_tags: str, current: str) -> bool:
    """Does an `If-None-Match` of a read name the current entity tag?"""
    return call_tags == "*" or current in _tags(call_tags)


def _tags(text: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in text.split(",")]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, _Doubtful) else "the body is not JSON"
        raise _bad(said) from None


class _Doubtful(ValueError):
    """JSON that different readers read differently."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Doubtful("the body has a key twice")
    return members


def _no_constant(name: str) -> Any:
    raise _Doubtful(f"{name} is not JSON")


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def _bad(detail: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, detail)
