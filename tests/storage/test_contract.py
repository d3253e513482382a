"""What the docstrings of `Store` promise, of every store.

rclone and OCI registries ignore conditions; where those are needed they are opened with
`conditional=off`, as one would.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from backstay.errors import ConflictError, NotFoundError
from backstay.storage.store import Store

KEEPING_CONDITIONS = ("memory", "file", "moto", "gofakes3", "gcs", "azurite")


def test_what_was_put_is_what_is_read(store: Store) -> None:
    data = bytes(range(256)) * 5000
    etag = store.put("states/a.json", data)
    found = store.get("states/a.json")
    assert (found.data, found.etag) == (data, etag)


def test_an_empty_object_is_an_object(store: Store) -> None:
    store.put("empty", b"")
    assert store.get("empty").data == b""


def test_putting_again_replaces(store: Store) -> None:
    first = store.put("key", b"one")
    second = store.put("key", b"two")
    assert store.get("key").data == b"two"
    assert first != second


def test_what_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.get("nowhere/at/all.json")


def test_a_key_is_created_once(strict_store: Store) -> None:
    strict_store.create("log/1.json", b"mine")
    with pytest.raises(ConflictError):
        strict_store.create("log/1.json", b"yours")
    assert strict_store.get("log/1.json").data == b"mine"


def test_creating_the_same_again_is_the_write_whose_answer_was_lost(strict_store: Store) -> None:
    etag = strict_store.create("log/1.json", b"mine")
    assert strict_store.create("log/1.json", b"mine") == etag


def test_an_object_is_replaced_only_while_it_is_what_it_was(strict_store: Store) -> None:
    before = strict_store.create("tags/latest.json", b"1")
    after = strict_store.replace("tags/latest.json", b"2", before)
    with pytest.raises(ConflictError):
        strict_store.replace("tags/latest.json", b"3", before)
    assert strict_store.get("tags/latest.json").data == b"2"
    assert strict_store.replace("tags/latest.json", b"3", after)


def test_what_is_not_there_is_not_replaced(strict_store: Store) -> None:
    etag = strict_store.put("key", b"1")
    strict_store.delete("key")
    with pytest.raises(ConflictError):
        strict_store.replace("key", b"2", etag)


def test_keys_are_listed_in_lexical_order(store: Store) -> None:
    keys = ["a-b/1", "a/2", "a/1", "a/b/c.json", "a0", "b/1"]
    for key in keys:
        store.put(key, b"x")
    assert list(store.list("")) == sorted(keys)
    assert list(store.list("a/")) == ["a/1", "a/2", "a/b/c.json"]
    assert list(store.list("a/b/c")) == ["a/b/c.json"]
    assert list(store.list("nothing/")) == []


def test_names_with_escapes_are_kept(store: Store) -> None:
    key = "=41pp=2fx/plans/=3d=2b/a b+c&d=26.json"
    store.put(key, b"x")
    assert list(store.list("=41pp=2fx/")) == [key]
    assert store.get(key).data == b"x"


def test_deleting_is_idempotent(store: Store) -> None:
    store.put("key", b"x")
    store.delete("key")
    store.delete("key")
    with pytest.raises(NotFoundError):
        store.get("key")


@pytest.mark.parametrize("store", KEEPING_CONDITIONS, indirect=True)
def test_of_many_creators_at_once_one_wins(store: Store) -> None:
    def create(number: int) -> bool:
        try:
            store.create("log/1.json", b"%d" % number)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, created in enumerate(pool.map(create, range(8))) if created]
    assert len(won) == 1
    assert store.get("log/1.json").data == b"%d" % won[0]


@pytest.mark.parametrize("store", KEEPING_CONDITIONS, indirect=True)
def test_no_increment_is_lost_to_a_concurrent_one(store: Store) -> None:
    store.put("counter", b"0")

    def increment(_: int) -> None:
        while True:
            found = store.get("counter")
            try:
                store.replace("counter", b"%d" % (int(found.data) + 1), found.etag)
            except ConflictError:
                continue
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(increment, range(12)))
    assert store.get("counter").data == b"12"
