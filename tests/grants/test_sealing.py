"""What is kept can be read with the token, and with nothing else."""

from __future__ import annotations

from backstay.grants.sealing import key_id, seal, unseal
from tests.grants.making import TOKEN, entry

ENTRY = entry()
DATA = seal(ENTRY, TOKEN)


def test_who_has_the_token_reads_it() -> None:
    assert unseal(DATA, TOKEN) == ENTRY
    assert seal(ENTRY, TOKEN) != DATA


def test_who_has_not_learns_nothing() -> None:
    assert unseal(DATA, "bst_" + "x" * 43) is None
    for secret in (TOKEN, "acme", "registry.example.com", ENTRY.grant):
        assert secret.encode() not in DATA
    assert TOKEN not in key_id(TOKEN)
    assert key_id(TOKEN) != key_id(TOKEN + "x")


def test_one_bit_that_is_otherwise_makes_it_unreadable() -> None:
    for position in range(len(DATA)):
        changed = bytearray(DATA)
        changed[position] ^= 1
        assert unseal(bytes(changed), TOKEN) is None, position


def test_so_does_a_missing_end() -> None:
    assert not any(unseal(DATA[:length], TOKEN) for length in range(len(DATA)))


def test_what_a_newer_version_wrote_is_not_understood() -> None:
    assert unseal(b"\x02" + DATA[1:], TOKEN) is None
