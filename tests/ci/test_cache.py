"""The cache of GitHub Actions as a place for grants: no step is worse for whatever the service answers."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from responses.matchers import header_matcher, json_params_matcher

from backstay.ci.base import PullRequest, Trigger
from backstay.ci.github import cache
from backstay.ci.github.cache import CacheStore, Rights, rights, speakers
from backstay.ci.github.cache_service import LARGEST, VERSION

KID = "0123456789abcdef"
PREFIX = f"backstay-grant-v1-{KID}-"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPIRES = NOW + timedelta(days=7)
KEY = f"{PREFIX}2026-03-08"
DATA = b"\x01sealed"
RESULTS = "https://results.example.com/some/path"
SERVICE = "https://results.example.com/twirp/github.actions.results.api.v1.CacheService/"
BLOB = "https://blobs.example.com/one"
SIGNATURE = "?se=2026&sig=a%2Bb%2Fc%3D"
V1 = "https://cache.example.com/token/"
V1_API = "https://cache.example.com/token/_apis/artifactcache/"
EVERYTHING = Rights(load=True, save=True)


class Place:
    """A store on a mocked service: `told` are the words of what went wrong, `masked` what is concealed."""

    def __init__(self, rights: Rights = EVERYTHING, **environ: str) -> None:
        self.told: list[tuple[str, bool]] = []
        self.masked: list[str] = []
        self.store = CacheStore(
            KID,
            rights,
            "runtime-token",
            speakers(environ or {"ACTIONS_RESULTS_URL": RESULTS}, self.masked.append),
            lambda why, actionable: self.told.append((why, actionable)),
            clock=lambda: NOW,
        )

    def save(self, expires: datetime = EXPIRES, *, fresh: bool = True) -> None:
        assert self.store.store(DATA, expires=expires, fresh=fresh)


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("backstay.ci.service.time.sleep", lambda seconds: None)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    with responses.RequestsMock() as mock:
        yield mock


def lookup(service: Any, status: int = 200, **answer: object) -> None:
    asked = {"key": PREFIX, "restore_keys": [], "version": VERSION}
    service.post(
        f"{SERVICE}GetCacheEntryDownloadURL",
        json=answer,
        status=status,
        match=[
            json_params_matcher(asked),
            header_matcher({"Authorization": "Bearer runtime-token", "Content-Type": "application/json"}),
        ],
    )


def found(service: Any, key: str = KEY) -> None:
    lookup(service, ok=True, signed_download_url=BLOB + SIGNATURE, matched_key=key)


def created(service: Any) -> None:
    service.post(
        f"{SERVICE}CreateCacheEntry",
        json={"ok": True, "signed_upload_url": BLOB + SIGNATURE},
        match=[json_params_matcher({"key": KEY, "version": VERSION})],
    )


def finalized(service: Any, **answer: object) -> None:
    service.post(
        f"{SERVICE}FinalizeCacheEntryUpload",
        json=answer or {"ok": True, "entry_id": "987"},
        match=[json_params_matcher({"key": KEY, "version": VERSION, "size_bytes": str(len(DATA))})],
    )


def without_token(request: requests.PreparedRequest) -> tuple[bool, str]:
    return "Authorization" not in request.headers, "the token went to the blob's host"


@pytest.mark.parametrize("key", [KEY, KEY.upper()])
def test_an_entry_that_begins_with_the_prefix_is_fetched_without_our_token(service: Any, key: str) -> None:
    found(service, key)
    service.get(BLOB, body=DATA, match=[without_token])
    place = Place()
    assert place.store.load() == DATA
    assert place.store.load() == DATA  # and asked for once
    assert place.masked == ["a+b/c=", "a%2Bb%2Fc%3D"]
    assert place.told == []


def test_answers_may_be_in_camel_case(service: Any) -> None:
    lookup(service, ok=True, signedDownloadUrl=BLOB, matchedKey=KEY)
    service.get(BLOB, body=DATA)
    assert Place().store.load() == DATA


def nothing(service: Any) -> None:
    lookup(service, ok=False)


def not_found(service: Any) -> None:
    lookup(service, 404, code="not_found", msg="cache entry not found")


def of_another_name(service: Any) -> None:
    found(service, "backstay-grant-v1-ffffffffffffffff-2026-03-08")


def too_large(service: Any) -> None:
    found(service)
    service.get(BLOB, body=b"x" * (LARGEST + 1))


def gone(service: Any) -> None:
    found(service)
    service.get(BLOB, status=404)


@pytest.mark.parametrize("answer", [nothing, not_found, of_another_name, too_large, gone])
def test_a_miss_is_nothing_to_tell(service: Any, answer: Callable[[Any], None]) -> None:
    answer(service)
    place = Place()
    assert place.store.load() is None
    assert place.told == []


def test_a_download_url_that_has_expired_is_asked_for_once_more(service: Any) -> None:
    found(service)
    service.get(BLOB, status=403)
    service.get(BLOB, body=DATA)
    assert Place().store.load() == DATA
    assert len(service.calls) == 4


def test_a_service_that_stumbles_is_asked_again(service: Any) -> None:
    lookup(service, 503)
    found(service)
    service.get(BLOB, body=DATA)
    assert Place().store.load() == DATA


REFUSALS = [
    (429, {"code": "resource_exhausted", "msg": "slow down"}, 1, "it answers HTTP 429: slow down", False),
    (401, {"code": "unauthenticated"}, 1, "it answers HTTP 401", False),
    (403, {"code": "permission_denied", "msg": "cache read denied"}, 1, "HTTP 403: cache read denied", False),
    (400, {"code": "invalid_argument", "msg": "bad key"}, 1, "it answers HTTP 400: bad key", True),
    (503, {}, 3, "it answers HTTP 503", False),
    (302, {}, 1, "it answers HTTP 302", False),
]


@pytest.mark.parametrize(("status", "answer", "calls", "words", "actionable"), REFUSALS)
def test_a_service_that_refuses_or_fails_is_left_alone_for_the_rest_of_the_run(
    service: Any, status: int, answer: dict[str, str], calls: int, words: str, actionable: bool
) -> None:
    lookup(service, status, **answer)
    place = Place()
    assert place.store.load() is None
    place.save()
    assert len(service.calls) == calls
    ((told, can_be_mended),) = place.told
    assert words in told
    assert can_be_mended == actionable


@pytest.mark.parametrize("body", [b"<html>login</html>", b"[1]", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_none_ends_it(service: Any, body: bytes) -> None:
    service.post(f"{SERVICE}GetCacheEntryDownloadURL", body=body)
    place = Place()
    assert place.store.load() is None
    assert place.told == [("it answers HTTP 200", False)]


def test_a_service_that_is_away_ends_it(service: Any) -> None:
    error = requests.ConnectionError("https://user:secret@proxy")
    service.post(f"{SERVICE}GetCacheEntryDownloadURL", body=error)
    place = Place()
    assert place.store.load() is None
    assert place.told == [("it does not answer (ConnectionError)", False)]


def test_a_service_that_never_answers_costs_no_more_than_the_budget(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    others = set(threading.enumerate())

    def hang(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        released.wait(60)
        return 200, {}, "{}"

    service.add_callback(responses.POST, f"{SERVICE}GetCacheEntryDownloadURL", callback=hang)
    monkeypatch.setattr(cache, "SECONDS", 1.0)
    place = Place()
    assert place.store.load() is None
    assert place.told == [("it takes too long", False)]
    released.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(20)


def test_a_new_grant_is_saved_under_the_day_of_its_end(service: Any) -> None:
    created(service)
    service.put(BLOB, status=201, match=[without_token, header_matcher({"x-ms-blob-type": "BlockBlob"})])
    finalized(service)
    place = Place()
    place.save()
    assert service.calls[1].request.body == DATA
    assert place.masked == ["a+b/c=", "a%2Bb%2Fc%3D"]
    assert place.told == []


def test_an_entry_that_is_there_already_is_as_good(service: Any) -> None:
    service.post(f"{SERVICE}CreateCacheEntry", status=409, json={"code": "already_exists"})
    place = Place()
    place.save()
    assert place.told == []


def no_upload(service: Any) -> None:
    created(service)
    service.put(BLOB, status=403)


def no_end(service: Any) -> None:
    created(service)
    service.put(BLOB, status=201)
    finalized(service, ok=False)


def read_only(service: Any) -> None:
    service.post(f"{SERVICE}CreateCacheEntry", json={"ok": False, "message": "cache write denied: fork"})


def no_room(service: Any) -> None:
    service.post(f"{SERVICE}CreateCacheEntry", json={"ok": False, "message": "Insufficient usage left"})


@pytest.mark.parametrize(
    ("answer", "words", "actionable"),
    [
        (no_upload, "the upload ended in HTTP 403", False),
        (no_end, "it did not keep the entry", False),
        (read_only, "it takes no entry: cache write denied: fork", False),
        (no_room, "it takes no entry: Insufficient usage left", True),
    ],
)
def test_a_save_that_fails_is_no_failure(
    service: Any, answer: Callable[[Any], None], words: str, actionable: bool
) -> None:
    answer(service)
    place = Place()
    place.save()
    assert place.told == [(words, actionable)]


@pytest.mark.parametrize(
    ("expires", "fresh"),
    [(NOW + timedelta(hours=23), True), (EXPIRES, False)],
    ids=["it ends soon", "it was kept before"],
)
def test_what_is_not_worth_it_is_not_saved(service: Any, expires: datetime, fresh: bool) -> None:
    Place().save(expires, fresh=fresh)
    assert len(service.calls) == 0


def test_what_may_not_be_done_is_not_tried(service: Any) -> None:
    place = Place(Rights(load=False, save=False))
    assert place.store.load() is None
    place.save()
    assert len(service.calls) == 0


@pytest.mark.parametrize(
    ("key", "saves"),
    [("2026-03-05", False), ("2026-03-02", True), ("2026-02-20", True)],
    ids=["lasts", "ends tomorrow", "has ended"],
)
def test_a_pull_request_saves_only_where_the_base_branch_has_nothing_that_lasts(
    service: Any, key: str, saves: bool
) -> None:
    found(service, PREFIX + key)
    service.get(BLOB, body=DATA)
    if saves:
        service.post(f"{SERVICE}CreateCacheEntry", status=409, json={"code": "already_exists"})
    Place(Rights(load=True, save=True, is_request=True)).save()


def test_a_grant_that_was_refused_is_used_no_more(service: Any) -> None:
    found(service)
    service.get(BLOB, body=DATA)
    place = Place()
    assert place.store.load() == DATA
    place.store.remove()
    assert place.store.load() is None


def version_1(service: Any) -> None:
    query = f"cache?keys={PREFIX}&version={VERSION}"
    said = {"cacheKey": KEY, "scope": "refs/heads/main", "archiveLocation": BLOB}
    accept = header_matcher({"Accept": "application/json;api-version=6.0-preview.1"})
    service.get(V1_API + query, json=said, match=[accept])
    service.get(BLOB, body=DATA, match=[without_token])
    request = {"key": KEY, "version": VERSION, "cacheSize": len(DATA)}
    service.post(f"{V1_API}caches", status=201, json={"cacheId": 7}, match=[json_params_matcher(request)])
    service.patch(
        f"{V1_API}caches/7",
        status=204,
        match=[header_matcher({"Content-Range": f"bytes 0-{len(DATA) - 1}/*"})],
    )
    service.post(f"{V1_API}caches/7", status=204, match=[json_params_matcher({"size": len(DATA)})])


def test_a_server_of_an_enterprise_speaks_version_1(service: Any) -> None:
    version_1(service)
    place = Place(
        GITHUB_SERVER_URL="https://git.corp", ACTIONS_RESULTS_URL=RESULTS, ACTIONS_CACHE_URL=V1.rstrip("/")
    )
    assert place.store.load() == DATA
    place.save()
    assert place.told == []


@pytest.mark.parametrize("answer", [{"json": {"code": "bad_route"}}, {"body": "404 page not found"}])
def test_a_server_without_version_2_is_asked_for_version_1(service: Any, answer: dict[str, Any]) -> None:
    service.post(f"{SERVICE}GetCacheEntryDownloadURL", status=404, **answer)
    version_1(service)
    place = Place(ACTIONS_RESULTS_URL=RESULTS, ACTIONS_CACHE_URL=V1)
    assert place.store.load() == DATA
    place.save()
    assert place.told == [("it does not speak version 2", False)]


@pytest.mark.parametrize(("status", "words"), [(204, []), (404, ["version 1"]), (500, ["HTTP 500"])])
def test_a_miss_and_a_failure_of_version_1(service: Any, status: int, words: list[str]) -> None:
    service.get(f"{V1_API}cache", status=status)
    place = Place(ACTIONS_CACHE_URL=V1)
    assert place.store.load() is None
    assert [word in told for word, (told, _) in zip(words, place.told, strict=True)] == [True] * len(words)


def test_an_entry_of_version_1_that_is_there_already_is_as_good(service: Any) -> None:
    service.post(f"{V1_API}caches", status=409)
    place = Place(ACTIONS_CACHE_URL=V1)
    place.save()
    assert place.told == []


def token(*permissions: int) -> str:
    """A token of the runner whose scopes have these permissions."""
    scopes = [{"Scope": f"refs/heads/{number}", "Permission": p} for number, p in enumerate(permissions)]
    claims = json.dumps({"ac": json.dumps(scopes)}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature"


BOTH, READS, WRITES, NONE = (True, True), (True, False), (False, True), (False, False)
PUSH = Trigger(event="push")
FORK = Trigger(event="pull_request", pull_request=PullRequest(number=7, fork=True))
OWN = Trigger(event="pull_request", pull_request=PullRequest(number=7))


@pytest.mark.parametrize(
    ("trigger", "runtime_token", "mode", "read_only", "allowed"),
    [
        (PUSH, token(3), "", False, BOTH),
        (PUSH, token(3), "", True, READS),
        (PUSH, token(1, 3), "", False, BOTH),
        (PUSH, token(1), "", False, READS),
        (PUSH, token(2), "", False, WRITES),
        (PUSH, token(), "", False, NONE),
        (PUSH, token(3), "write", False, BOTH),
        (PUSH, token(3), "read", False, READS),
        (PUSH, token(3), "write-only", False, WRITES),
        (PUSH, token(3), "none", False, NONE),
        (PUSH, "opaque", "", False, BOTH),
        (PUSH, "a.!!!.c", "", False, BOTH),
        (PUSH, "a.W10.c", "", False, BOTH),
        (OWN, token(3), "", False, BOTH),
        (FORK, token(3), "", False, READS),
        (Trigger(event="pull_request_target"), token(3), "", False, READS),
        (Trigger(event="workflow_run"), token(3), "", False, READS),
        (Trigger(event="schedule"), token(3), "", False, BOTH),
    ],
)
def test_token_mode_event_and_input_say_what_may_be_done(
    trigger: Trigger, runtime_token: str, mode: str, read_only: bool, allowed: tuple[bool, bool]
) -> None:
    given = rights(trigger, runtime_token, mode, read_only=read_only)
    assert (given.load, given.save) == allowed
    assert given.is_request == (trigger.event == "pull_request")


@pytest.mark.parametrize(
    ("environ", "number"),
    [
        ({}, 0),
        ({"ACTIONS_RESULTS_URL": RESULTS}, 1),
        ({"ACTIONS_RESULTS_URL": RESULTS, "ACTIONS_CACHE_URL": V1}, 2),
        ({"ACTIONS_RESULTS_URL": RESULTS, "GITHUB_SERVER_URL": "https://git.corp"}, 0),
        ({"ACTIONS_RESULTS_URL": RESULTS, "GITHUB_SERVER_URL": "https://acme.ghe.com"}, 1),
    ],
)
def test_which_versions_are_tried(environ: dict[str, str], number: int) -> None:
    assert len(speakers(environ, print)) == number
