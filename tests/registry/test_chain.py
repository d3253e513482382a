"""Bytes in, verified values out: what each altered, moved or foreign object is called."""

from __future__ import annotations

import msgspec
import pytest

from backstay.errors import CorruptError, UnsupportedError
from backstay.registry import chain
from backstay.registry.records import PlanEntry, PlanKey, VersionRecord
from backstay.schema.canonical import encode
from tests.registry.simulator import plan, state


def record(sequence: int = 1, parent: str = "", **changes: object) -> VersionRecord:
    first = VersionRecord(
        repo="app", sequence=sequence, version=f"v{sequence}", state="0" * 64, parent=parent, time="now"
    )
    return msgspec.structs.replace(first, **changes)


def test_an_entry_reads_as_it_was_sealed() -> None:
    entry = chain.seal(record(tags=("latest",), missed=("s3://x",)))
    assert chain.open_entry(entry.data, "app", 1, "here") == entry


def test_equal_records_have_equal_bytes() -> None:
    assert chain.seal(record()).digest == chain.seal(record()).digest


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"null", b"[]", b"<html>", b'{"repo":"app"}', b"[" * 100_000, chain.seal(record()).data[:-1]],
)
def test_what_is_not_an_entry_is_corrupt(data: bytes) -> None:
    with pytest.raises(CorruptError, match=r"here: entry 1 of app") as caught:
        chain.open_entry(data, "app", 1, "here")
    assert caught.value.hint


@pytest.mark.parametrize("other", [record(repo="other"), record(sequence=2)])
def test_an_entry_in_the_wrong_place_is_corrupt(other: VersionRecord) -> None:
    with pytest.raises(CorruptError, match="is entry"):
        chain.open_entry(chain.seal(other).data, "app", 1, "here")


def test_an_entry_follows_only_the_one_it_names() -> None:
    first = chain.seal(record())
    second = chain.seal(record(2, first.digest))
    assert chain.follows(first, None)
    assert chain.follows(second, first)
    assert not chain.follows(second, None)
    assert not chain.follows(first, second)
    assert not chain.follows(chain.seal(record(2, "0" * 64)), first)
    assert not chain.follows(chain.seal(record(3, first.digest)), first)
    assert not chain.follows(chain.seal(record(1, first.digest)), None)


def test_a_state_reads_as_it_was_written() -> None:
    data = encode(state("users"))
    assert chain.open_state(chain.check_state(data, chain.digest(data), "here"), "here") == state("users")


def test_a_state_without_its_digest_is_corrupt() -> None:
    data = encode(state("users"))
    with pytest.raises(CorruptError, match="does not have its digest"):
        chain.check_state(data[:-1], chain.digest(data), "here")


@pytest.mark.parametrize(
    "data",
    [
        encode(state("users")).replace(b'"name":"id"', b'"colour":"red","name":"id"'),
        encode({"format": 2}),
    ],
)
def test_parts_unknown_to_this_version_are_not_dropped(data: bytes) -> None:
    with pytest.raises(UnsupportedError, match="another version"):
        chain.open_state(data, "here")


@pytest.mark.parametrize("key", [PlanKey("a", "b", "c"), PlanKey("from+/=", "to+/=", "other")])
def test_a_plan_in_the_wrong_place_is_corrupt(key: PlanKey) -> None:
    data = encode(PlanEntry(plan=plan()))
    with pytest.raises(CorruptError, match="another plan"):
        chain.open_plan(data, "app", key, "here")
