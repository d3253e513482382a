"""Versions over HTTP: the log, the tags and versions that index it, and the states.

An entry is taken only where it continues the log and its state is there, so that nobody, by mistake or on
purpose, forks the history or points it at nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated

import msgspec

from backstay.decoding import decode
from backstay.errors import ConflictError, CorruptError, NotFoundError
from backstay.registry import chain, http_api, inventory, layout
from backstay.registry.chain import Entry
from backstay.registry.countersigning import countersign_entry, same_entry
from backstay.registry.records import Pruning
from backstay.server.calls import Answer, Call, Services, canonical, page, refuse_unknown
from backstay.server.problems import Refusal

NEWEST_FIRST = 10**10
"""Minus a sequence, in ten digits: a cursor that ascends while the sequence falls."""


def head(services: Services, call: Call) -> Answer:
    """The newest entry."""
    return _shown(call.repo, _head(services, call.repo))


def entry(services: Services, call: Call) -> Answer:
    """An entry by its sequence."""
    found = _entry(services, call.repo, _sequence(call))
    if found is None:
        raise Refusal(HTTPStatus.NOT_FOUND, f"{call.repo} has no entry {_sequence(call)}")
    return _shown(call.repo, found)


def log(services: Services, call: Call) -> Answer:
    """Entries, the newest first."""
    newest = _head(services, call.repo)
    after = call.after
    if after and not re.fullmatch(r"[0-9]{10}", after):
        raise Refusal(HTTPStatus.BAD_REQUEST, "after is not a cursor of this registry")
    start = min(newest.sequence, NEWEST_FIRST - int(after) - 1) if after else newest.sequence

    def entries() -> Iterator[tuple[str, int]]:
        for sequence in range(start, 0, -1):
            yield f"{NEWEST_FIRST - sequence:010d}", sequence

    def shown(sequence: int) -> msgspec.Raw:
        return msgspec.Raw(services.replica.entry(call.repo, sequence).data)

    return page(entries(), call, shown)


def tagged(services: Services, call: Call) -> Answer:
    """The entry that a tag stands for."""
    return _shown(call.repo, services.replica.tagged(call.repo, call.name("tag")))


def versioned(services: Services, call: Call) -> Answer:
    """The newest entry of a version."""
    return _shown(call.repo, services.replica.versioned(call.repo, call.name("version")))


def tags(services: Services, call: Call) -> Answer:
    """The names of all tags."""
    return _names(services, call, layout.tags(call.repo))


def versions(services: Services, call: Call) -> Answer:
    """The names of all versions."""
    return _names(services, call, layout.versions(call.repo))


def post_entry(services: Services, call: Call) -> Answer:
    """Append a new entry, signed where the server has a key. Sent again it is stored once."""
    repo, given = call.repo, _new(call)
    there = _entry(services, repo, given.sequence)
    if there and same_entry(there, given):
        services.replica.index(repo, there)
        return _shown(repo, there)
    if there:
        raise _taken(repo, there)
    return _append(services, repo, countersign_entry(given, services.signer))


def prunings(services: Services, call: Call) -> Answer:
    """The notes of states that were removed on purpose."""
    held = inventory.take(call.repo, services.store.list(layout.prunings(call.repo))).prunings

    def shown(digest: str) -> Pruning:
        return services.replica.pruning(call.repo, digest)

    return page(((digest, digest) for digest in sorted(held)), call, shown)


def put_entry(services: Services, call: Call) -> Answer:
    """Append an entry as another copy has it, or index again the one that is there."""
    repo, sequence = call.repo, _sequence(call)
    if call.if_none_match != "*":
        raise Refusal(
            HTTPStatus.PRECONDITION_REQUIRED,
            "an entry is never overwritten",
            hint="send If-None-Match: *",
        )
    new = _given(call, sequence)
    there = _entry(services, repo, sequence)
    if there and there.data == new.data:
        services.replica.index(repo, new)
        return _shown(repo, new)
    if there:
        raise _taken(repo, there)
    return _append(services, repo, new)


def state(services: Services, call: Call) -> Answer:
    """A state: what its digest says it is, so it may be kept for ever. Whether it is there is seen unread."""
    digest = _digest(call)
    absent = Refusal(HTTPStatus.NOT_FOUND, f"{call.repo} has no state {digest[:12]}")
    if call.is_head and not services.replica.has_state(call.repo, digest):
        raise absent
    try:
        data = b"" if call.is_head else services.replica.state(call.repo, digest)
    except CorruptError:
        if services.replica.has_state(call.repo, digest):
            raise
        raise absent from None
    return Answer(
        body=data,
        digest=digest,
        headers={"Cache-Control": "private, max-age=31536000, immutable"},
    )


def put_state(services: Services, call: Call) -> Answer:
    """Store a state under its digest."""
    digest = _digest(call)
    if chain.digest(call.body) != digest:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body does not have the digest in the path")
    try:
        decode(call.body, _Members)
    except msgspec.DecodeError:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not a JSON object") from None
    services.replica.put_state(call.repo, digest, call.body)
    return Answer(
        status=HTTPStatus.CREATED,
        body=msgspec.json.encode({"digest": digest}),
        headers={"Location": http_api.state(call.repo, digest)},
    )


class _Numbered(msgspec.Struct):
    """What says where in the log an entry belongs."""

    sequence: Annotated[int, msgspec.Meta(ge=1, lt=NEWEST_FIRST)]


class _Members(msgspec.Struct):
    """Any JSON object: its syntax is checked, its content skipped."""


def _head(services: Services, repo: str) -> Entry:
    """The newest entry. A storage without its bucket is not one without this repository."""
    try:
        found = services.replica.head(repo)
    except NotFoundError as error:
        raise CorruptError(f"the storage is not there: {error.message}") from None
    if found is None:
        services.replica.check_present()
        raise Refusal(HTTPStatus.NOT_FOUND, f"there is no repository {repo}")
    return found


def _entry(services: Services, repo: str, sequence: int) -> Entry | None:
    try:
        return services.replica.entry(repo, sequence)
    except NotFoundError:
        return None


def _append(services: Services, repo: str, new: Entry) -> Answer:
    _check_next(services, repo, new)
    try:
        services.replica.append(repo, new)
    except ConflictError:
        raise _taken(repo, _entry(services, repo, new.sequence) or new) from None
    return _shown(repo, new, status=HTTPStatus.CREATED)


def _new(call: Call) -> Entry:
    """The entry in the body. What is unknown in it could not be signed."""
    canonical(call.body)
    try:
        sequence = decode(call.body, _Numbered).sequence
    except msgspec.DecodeError:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not an entry of a log") from None
    given = _given(call, sequence)
    refuse_unknown(given.record, given.data, "entry")
    return given


def _given(call: Call, sequence: int) -> Entry:
    """The entry in the body, if it is the one that the path says."""
    canonical(call.body)
    try:
        new = chain.open_entry(call.body, call.repo, sequence, "the body")
    except CorruptError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, error.message) from None
    layout.version(call.repo, new.record.version)
    for tag in new.record.tags:
        layout.tag(call.repo, tag)
    return new


def _check_next(services: Services, repo: str, new: Entry) -> None:
    previous = _entry(services, repo, new.sequence - 1) if new.sequence > 1 else None
    if (new.sequence > 1 and previous is None) or not chain.follows(new, previous):
        raise Refusal(HTTPStatus.CONFLICT, f"entry {new.sequence} does not continue the history of {repo}")
    if not services.replica.has_state(repo, _checked_digest(new.record.state)):
        raise Refusal(
            HTTPStatus.CONFLICT,
            f"the state of entry {new.sequence} of {repo} is not there",
            hint="put the state before the entry",
        )


def _names(services: Services, call: Call, prefix: str) -> Answer:
    keys = services.store.list(prefix)
    named = ((key.removeprefix(prefix), layout.name(key)) for key in keys)
    return page(((cursor, name) for cursor, name in named if name), call, str)


def _shown(repo: str, found: Entry, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """An entry, byte for byte, and where in the log it is."""
    place = http_api.entry(repo, found.sequence)
    headers = {"Content-Location": place}
    if status == HTTPStatus.CREATED:
        headers["Location"] = place
    return Answer(status=status, body=found.data, headers=headers)


def _taken(repo: str, there: Entry) -> Refusal:
    return Refusal(
        HTTPStatus.PRECONDITION_FAILED,
        f"entry {there.sequence} of {repo} is taken, by {there.digest[:12]} of {there.record.time}",
        hint="read the newest entry, and continue from there",
    )


def _sequence(call: Call) -> int:
    text = call.segments["sequence"]
    if not re.fullmatch(r"[1-9][0-9]{0,9}", text):
        raise Refusal(HTTPStatus.BAD_REQUEST, "a sequence is a number from 1 on, of at most ten digits")
    return int(text)


def _digest(call: Call) -> str:
    return _checked_digest(call.segments["digest"])


def _checked_digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Refusal(HTTPStatus.BAD_REQUEST, "a digest has 64 hexadecimal digits")
    return text
