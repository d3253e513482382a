"""A grant is read in one form only, and only when a known key has signed these very bytes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable

import pytest

from backstay.errors import GrantError
from backstay.grants.grant import read, sign
from backstay.registry.signing_keys import Signer, encode_bytes
from tests.grants.making import NEXT, NOW, OTHER, SERVERS, claims

GRANT = claims()
TEXT = sign(GRANT, SERVERS)
HEADER = {"alg": "EdDSA", "kid": SERVERS.public.id, "typ": "backstay-grant+jwt"}
CLAIMS = json.loads(json.dumps({name: getattr(GRANT, name) for name in GRANT.__struct_fields__}))


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def signed(header: bytes, payload: bytes, signer: Signer = SERVERS) -> str:
    """A token with these very bytes, and a good signature over them."""
    statement = f"{encode_bytes(header)}.{encode_bytes(payload)}"
    return f"{statement}.{signer.sign(statement.encode()).value}"


def test_what_the_server_signed_is_read() -> None:
    assert read(TEXT, [SERVERS.public]) == GRANT
    assert signed(compact(HEADER), compact(CLAIMS)) == TEXT


def by_public_key_as_secret() -> str:
    """The classic confusion: an HMAC whose secret is the public key."""
    header = compact({**HEADER, "alg": "HS256"})
    statement = f"{encode_bytes(header)}.{encode_bytes(compact(CLAIMS))}"
    mac = hmac.new(SERVERS.public.raw, statement.encode(), hashlib.sha256).digest()
    return f"{statement}.{encode_bytes(mac)}"


def with_header(**changes: object) -> str:
    return signed(compact({**HEADER, **changes}), compact(CLAIMS))


def with_payload(payload: bytes) -> str:
    return signed(compact(HEADER), payload)


def with_claims(**changes: object) -> str:
    return with_payload(compact({**CLAIMS, **changes}))


def other_bytes() -> str:
    """The same claims, written otherwise, under the signature of the original."""
    header, _, signature = TEXT.split(".")
    return f"{header}.{encode_bytes(json.dumps(CLAIMS).encode())}.{signature}"


def spliced() -> str:
    """More rights under a signature for fewer."""
    header, _, signature = TEXT.split(".")
    return f"{header}.{encode_bytes(compact({**CLAIMS, 'scopes': ['admin']}))}.{signature}"


PAYLOAD = compact(CLAIMS)
FORGERIES: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "one part": lambda: "x",
    "four parts": lambda: f"{TEXT}.x",
    "not base64url": lambda: TEXT.replace(".", ".!", 1),
    "padded base64": lambda: TEXT.replace(".", "=.", 1),
    "alg none": lambda: f"{encode_bytes(compact({**HEADER, 'alg': 'none'}))}.{TEXT.split('.')[1]}.",
    "alg none, signed": lambda: with_header(alg="none"),
    "HS256 with the public key": by_public_key_as_secret,
    "another type": lambda: with_header(typ="JWT"),
    "a critical header": lambda: with_header(crit=["exp"]),
    "a key of its own": lambda: with_header(jwk=OTHER.public.jwk),
    "a kid that is no text": lambda: with_header(kid=1),
    "a header twice": lambda: signed(compact(HEADER)[:-1] + b',"alg":"EdDSA"}', PAYLOAD),
    "an unknown claim": lambda: with_claims(admin=True),
    "a claim twice": lambda: with_payload(PAYLOAD.replace(b'"exp":', b'"exp":1,"exp":', 1)),
    "a claim missing": lambda: with_payload(compact({k: v for k, v in CLAIMS.items() if k != "exp"})),
    "a huge number": lambda: with_payload(PAYLOAD.replace(str(GRANT.exp).encode(), b"9" * 400)),
    "the year 10000": lambda: with_claims(exp=253_402_300_800),
    "a negative time": lambda: with_claims(nbf=-1),
    "a fraction": lambda: with_claims(exp=GRANT.exp + 0.5),
    "an exponent": lambda: with_payload(PAYLOAD.replace(str(GRANT.exp).encode(), b"1e10")),
    "not a number": lambda: with_payload(PAYLOAD.replace(str(GRANT.exp).encode(), b"NaN")),
    "infinity": lambda: with_payload(PAYLOAD.replace(str(GRANT.exp).encode(), b"Infinity")),
    "a time as text": lambda: with_claims(exp=str(GRANT.exp)),
    "an unknown scope": lambda: with_claims(scopes=["root"]),
    "a lone surrogate": lambda: with_payload(PAYLOAD.replace(b'"acme"', b'"\\ud800"')),
    "an escape": lambda: with_payload(PAYLOAD.replace(b'"acme"', b'"\\u0061cme"')),
    "invalid UTF-8": lambda: with_payload(PAYLOAD.replace(b"acme", b"\xff")),
    "a byte order mark": lambda: with_payload(b"\xef\xbb\xbf" + PAYLOAD),
    "white space": lambda: with_payload(PAYLOAD.replace(b",", b", ")),
    "keys in another order": lambda: with_payload(json.dumps(CLAIMS, separators=(",", ":")).encode()),
    "something behind it": lambda: with_payload(PAYLOAD + b"{}"),
    "a list": lambda: with_payload(b"[]"),
    "very deep": lambda: with_payload(b'{"aud":' * 20_000),
    "other bytes": other_bytes,
    "claims of somebody else": spliced,
    "no signature": lambda: TEXT.rpartition(".")[0] + ".",
    "a signature of zeros": lambda: f"{TEXT.rpartition('.')[0]}.{encode_bytes(bytes(64))}",
    "endless": lambda: "x" * 100_000,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(GrantError) as caught:
        read(forge(), [SERVERS.public])
    assert caught.value.reason_code == "grant-forged"
    assert len(caught.value.message) < 300


def test_so_is_one_with_another_character_anywhere() -> None:
    for position, character in enumerate(TEXT):
        other = "A" if character != "A" else "B"
        with pytest.raises(GrantError):
            read(TEXT[:position] + other + TEXT[position + 1 :], [SERVERS.public])


def test_another_key_is_not_known_and_the_known_ones_are_named() -> None:
    with pytest.raises(GrantError, match=f"known are {SERVERS.public.id}") as caught:
        read(sign(GRANT, OTHER), [SERVERS.public])
    assert caught.value.reason_code == "grant-unknown-key"
    with pytest.raises(GrantError, match="known are none"):
        read(TEXT, [])


def test_a_key_that_only_says_it_is_known_does_not_count() -> None:
    statement = TEXT.rpartition(".")[0]
    with pytest.raises(GrantError, match="is not what key"):
        read(f"{statement}.{OTHER.sign(statement.encode()).value}", [SERVERS.public, OTHER.public])


class TestAChangeOfKeys:
    def test_old_and_new_key_count_while_both_are_known(self) -> None:
        for signer in (SERVERS, NEXT):
            assert read(sign(GRANT, signer), [SERVERS.public, NEXT.public]) == GRANT

    def test_afterwards_the_old_one_counts_no_more(self) -> None:
        with pytest.raises(GrantError, match=f"known are {NEXT.public.id}"):
            read(TEXT, [NEXT.public])

    def test_nor_does_a_revoked_one(self) -> None:
        with pytest.raises(GrantError, match="is revoked") as caught:
            read(TEXT, [SERVERS.public, NEXT.public], revoked=[SERVERS.public.id])
        assert caught.value.reason_code == "grant-revoked-key"


def test_it_allows_what_its_scopes_and_globs_say() -> None:
    grant = claims(scopes=("plan",), repos=("shop-*", "team/*"))
    assert (grant.has("plan"), grant.has("read"), grant.has("push")) == (True, True, False)
    assert (grant.covers("shop-eu"), grant.covers("team/a/b"), grant.covers("app")) == (True, True, False)
    assert claims(scopes=("admin",)).has("approve")


def test_holders_renew_it_in_its_second_half_and_not_all_at_once() -> None:
    dues = {claims(jti=str(number)).due for number in range(50)}
    assert len(dues) > 40
    assert all(3.5 <= (due - NOW).total_seconds() / 86400 <= 4.2 for due in dues)
