"""Each way in which a grant does not count has its own words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from backstay.errors import GrantError
from backstay.grants.sealing import Entry
from backstay.grants.verify import Terms, verify
from backstay.registry.trust import Trust
from tests.grants.making import NEXT, NOW, OTHER, SERVERS, TERMS, URL, claims, entry, entry_of

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_a_grant_counts_from_its_beginning_to_its_end() -> None:
    for now in (NOW, NOW + WEEK - SECOND):
        assert verify(entry(), TERMS, now).name == "ci"


def test_a_clock_that_is_four_minutes_behind_is_forgiven() -> None:
    verify(entry(), TERMS, NOW - 4 * MINUTE)


ISSUED_AHEAD = replace(entry(now=NOW + 6 * MINUTE), seen=int(NOW.timestamp()))
LATER = int((NOW + timedelta(days=10)).timestamp())
LOOK_ALIKE = "\u0430cme"
"""Its first letter is Cyrillic."""

CASES: dict[str, tuple[Entry, Terms, timedelta, str, str]] = {
    "expired by a second": (entry(), TERMS, WEEK, "grant-expired", "has expired at 2026-03-08 12:00:00 UTC"),
    "not yet valid": (
        entry_of(claims(nbf=LATER, exp=LATER + 60)),
        TERMS,
        timedelta(0),
        "grant-not-yet-valid",
        "is not valid before 2026-03-11",
    ),
    "issued six minutes ahead": (ISSUED_AHEAD, TERMS, timedelta(0), "clock", "the clock is wrong"),
    "a clock that is ten minutes behind": (entry(), TERMS, -10 * MINUTE, "clock", "the clock says"),
    "a clock that was set back a year": (
        replace(entry(now=NOW - timedelta(days=370)), seen=int(NOW.timestamp())),
        TERMS,
        timedelta(days=-365),
        "clock",
        "the clock was set back",
    ),
    "kept for another server": (
        replace(entry(), server="https://other.example"),
        TERMS,
        timedelta(0),
        "grant-of-another-server",
        "is of the server 'https://other.example', not of https://registry.example.com",
    ),
    "issued by another server": (
        entry(asked="https://other.example"),
        TERMS,
        timedelta(0),
        "grant-of-another-server",
        "other.example",
    ),
    "issued by a server that looks alike": (
        entry(asked="https://registry.ex\u0430mple.com"),
        TERMS,
        timedelta(0),
        "grant-of-another-server",
        "ex\\u0430mple",
    ),
    "of another organisation": (
        entry(),
        replace(TERMS, organization="globex"),
        timedelta(0),
        "grant-of-another-organization",
        "for the organisation 'acme', not for 'globex'",
    ),
    "of one that looks alike": (
        entry_of(claims(aud=LOOK_ALIKE)),
        replace(TERMS, organization="acme"),
        timedelta(0),
        "grant-of-another-organization",
        "'\\u0430cme', not for 'acme'",
    ),
    "for another token": (
        entry(id="0" * 16),
        TERMS,
        timedelta(0),
        "grant-of-another-token",
        "for another token",
    ),
    "by a key that the server did not have": (
        replace(entry(), keys=(OTHER.public.text,)),
        TERMS,
        timedelta(0),
        "grant-unknown-key",
        f"known are {OTHER.public.id}",
    ),
    "by a key that the environment does not trust": (
        entry(),
        replace(TERMS, trust=Trust((NEXT.public,))),
        timedelta(0),
        "grant-unknown-key",
        f"known are {NEXT.public.id}",
    ),
    "by a key that the environment revokes": (
        entry(),
        replace(TERMS, trust=Trust(revoked=frozenset({SERVERS.public.id}))),
        timedelta(0),
        "grant-revoked-key",
        "is revoked",
    ),
}


@pytest.mark.parametrize(("kept", "terms", "later", "reason", "words"), CASES.values(), ids=CASES)
def test_a_grant_that_does_not_count_says_why(
    kept: Entry, terms: Terms, later: timedelta, reason: str, words: str
) -> None:
    with pytest.raises(GrantError) as caught:
        verify(kept, terms, NOW + later)
    assert caught.value.reason_code == reason
    assert words in caught.value.message
    assert TERMS.token not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("asked", "server"),
    [
        ("http://registry.example.com", URL),
        ("https://REGISTRY.example.com/", URL),
        ("https://registry.example.com", f"{URL}/"),
    ],
)
def test_a_server_is_known_by_host_and_path_since_tls_may_end_before_it(asked: str, server: str) -> None:
    kept = replace(entry(asked=asked), server=server)
    verify(kept, replace(TERMS, server=server), NOW)


def test_keys_of_the_environment_count_instead_of_those_that_came_along() -> None:
    kept = replace(entry(), keys=(OTHER.public.text,))
    verify(kept, replace(TERMS, trust=Trust((SERVERS.public,))), NOW)
