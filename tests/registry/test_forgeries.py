"""What can be written over the objects of a registry, each in one copy and in all: none of it is ever used.

`test_attacks` tells the stories; here is what has none. Whatever is found in a copy, the others go on, and
the check tells of it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from msgspec.structs import replace

from backstay.errors import BackstayError
from backstay.registry import chain, layout, signing
from backstay.registry.records import Approval, PlanEntry, PlanKey
from backstay.registry.trust import Trust
from backstay.schema.canonical import encode
from tests.registry.caretaker import Caretaker
from tests.registry.simulator import FaultyStore, Forgetful, plan, state
from tests.registry.test_attacks import HASHES, THEIRS, TRUST, Besieged

HEAD: Final = layout.entry("app", 4)
PLAN: Final = layout.plan("app", PlanEntry(plan=plan()).key)
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
"""Of the group of Ed25519 (RFC 8032, 5.1)."""
Write = dict[str, bytes | None]
"""Objects by their keys; nothing for one that is taken away."""
Forge = Callable[[dict[str, bytes]], Write]


def over(key: str, change: Callable[[bytes], bytes]) -> Forge:
    return lambda objects: {key: change(objects[key])}


def members(key: str, change: Callable[[dict[str, Any]], object]) -> Forge:
    def changed(data: bytes) -> bytes:
        found = json.loads(data)
        change(found)
        return encode(found)

    return over(key, changed)


def behind(**changes: object) -> Forge:
    """One more entry, signed by a stranger."""

    def forged(objects: dict[str, bytes]) -> Write:
        record = chain.open_entry(objects[HEAD], "app", 4, "").record
        told = {"sequence": 5, "parent": chain.digest(objects[HEAD]), "version": "evil", "signatures": ()}
        entry = signing.sign_entry(replace(record, **{**told, **changes}), THEIRS)
        return {layout.entry("app", entry.sequence): encode(entry)}

    return forged


def replaced(old: bytes, new: bytes) -> Forge:
    return over(HEAD, lambda data: data.replace(old, new))


def other_scalar(entry: dict[str, Any]) -> None:
    """The same signature in its other form, which RFC 8032 (5.1.7) forbids."""
    (signature,) = entry["signatures"]
    data = base64.urlsafe_b64decode(f"{signature['value']}==")
    scalar = int.from_bytes(data[32:], "little") + ORDER
    made = base64.urlsafe_b64encode(data[:32] + scalar.to_bytes(32, "little"))
    signature["value"] = made.rstrip(b"=").decode()


def elsewhere(objects: dict[str, bytes]) -> Write:
    return {layout.plan("app", PlanKey("x", "y", "add-email")): objects[PLAN]}


def swapped(objects: dict[str, bytes]) -> Write:
    before = layout.entry("app", 3)
    return {before: objects[HEAD], HEAD: objects[before]}


FORGERIES: dict[str, Forge] = {
    "no UTF-8": replaced(b'"latest"', b'"\xff"'),
    "UTF-16": over(HEAD, lambda data: data.decode().encode("utf-16")),
    "a byte order mark": over(HEAD, lambda data: b"\xef\xbb\xbf" + data),
    "a NUL in a tag": replaced(b"latest", b"lat\\u0000est"),
    "half a surrogate pair": replaced(b'"latest"', b'"\\ud800"'),
    "something behind": over(HEAD, lambda data: data + b"\n"),
    "an unknown part": over(HEAD, lambda data: data[:-1] + b',"zzz":1}'),
    "a part twice": over(HEAD, lambda data: b'{"state":"' + b"0" * 64 + b'",' + data[1:]),
    "an unknown part that is deep": over(
        HEAD, lambda data: data[:-1] + b',"zzz":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    ),
    "null": over(HEAD, lambda data: b"null"),
    "nothing": over(HEAD, lambda data: b""),
    "a sequence below zero": members(HEAD, lambda entry: entry.update(sequence=-4)),
    "a sequence that is a fraction": replaced(b'"sequence":4', b'"sequence":4.0'),
    "a sequence with an exponent": replaced(b'"sequence":4', b'"sequence":4e0'),
    "a sequence of 6,000 digits": replaced(b'"sequence":4', b'"sequence":' + b"9" * 6000),
    "a sequence that is no number": replaced(b'"sequence":4', b'"sequence":NaN'),
    "a repository that looks alike": replaced(b'"repo":"app"', '"repo":"\uff41pp"'.encode()),
    "a repository in capitals": replaced(b'"repo":"app"', b'"repo":"APP"'),
    "a parent in capitals": members(HEAD, lambda entry: entry.update(parent=entry["parent"].upper())),
    "a state that is a path": members(HEAD, lambda entry: entry.update(state="../../x")),
    "another time": members(HEAD, lambda entry: entry.update(time="9999-12-31T23:59:59Z")),
    "entries that changed places": swapped,
    "an entry of the end of time": behind(time="9999-12-31T23:59:59Z", version="99991231235959"),
    "an entry far ahead": behind(sequence=9_999_999_999),
    "an entry behind a gap": behind(sequence=7),
    "an entry with eleven digits": lambda objects: {"app/log/10000000000.json": objects[HEAD]},
    "an entry before the first": lambda objects: {"app/log/0000000000.json": objects[HEAD]},
    "a missing entry": lambda objects: {layout.entry("app", 2): None},
    "a tag below zero": lambda _: {layout.tag("app", "prod"): b'{"name":"prod","sequence":-1}'},
    "a tag of 30 digits": lambda _: {
        layout.tag("app", "prod"): b'{"name":"prod","sequence":' + b"9" * 30 + b"}"
    },
    "a tag of another name": lambda _: {layout.tag("app", "prod"): b'{"name":"once","sequence":2}'},
    "a tag whose key is no name": lambda _: {"app/tags/=ff.json": b'{"name":"prod","sequence":1}'},
    "a tag in capitals": lambda _: {"app/tags/PROD.json": b'{"name":"prod","sequence":1}'},
    "a signature that is none": members(HEAD, lambda entry: entry["signatures"][0].update(value="!")),
    "a signature with padding": members(
        HEAD, lambda entry: entry["signatures"][0].update(value=entry["signatures"][0]["value"] + "==")
    ),
    "a signature in its other form": members(HEAD, other_scalar),
    "a thousand signatures": members(
        HEAD,
        lambda entry: entry.update(
            signatures=[{**entry["signatures"][0], "key": str(number)} for number in range(1000)]
        ),
    ),
    "the id of a key that is endless": members(
        HEAD, lambda entry: entry["signatures"][0].update(key="\x1b]0;x\x07" + "k" * 100_000)
    ),
    "a plan in another place": elsewhere,
    "a plan of another revision": members(PLAN, lambda entry: entry.update(revision=2)),
    "a plan of revision -1": members(PLAN, lambda entry: entry.update(revision=-1)),
    "a plan that is no JSON": over(PLAN, lambda data: b"\0\xff"),
    "an approval with the signature of the plan": members(
        PLAN,
        lambda entry: entry["plan"].update(
            status="APPROVED",
            approvals=[{"time": "2026-01-02T00:00:00Z", "signatures": entry["signatures"]}],
        ),
    ),
    "a removal with the signature of the plan": members(
        PLAN,
        lambda entry: entry.update(removed="2026-01-03T00:00:00Z", removed_signatures=entry["signatures"]),
    ),
    "plans that are none": lambda _: {"app/plans/=ff/=fe/=fd.json": b"{}", "app/plans/x.json": b"{}"},
}


def besieged() -> Besieged:
    """Entries 1 to 4, and a plan that waits."""
    world = Besieged()
    for name, tags in (("a", ["latest", "prod"]), ("b", ["once"]), ("c", ["prod"]), ("d", ["latest"])):
        world.signing().push("app", state(name), tags=tags)
    world.signing().create_plan(plan())
    return world


def forge(stores: Sequence[FaultyStore], name: str) -> None:
    for store in stores:
        objects = {key: store.real.get(key).data for key in store.real.list("")}
        for key, data in FORGERIES[name](objects).items():
            if data is None:
                store.real.delete(key)
            else:
                store.real.put(key, data)


@pytest.mark.parametrize("index", [0, 1], ids=["registry", "backup"])
@pytest.mark.parametrize("name", FORGERIES)
def test_in_one_copy_the_others_go_on(name: str, index: int) -> None:
    world = besieged()
    forge(world.stores[index : index + 1], name)
    assert world.elsewhere().read("app").state == state("d")
    assert world.elsewhere().read("app", tag="prod").state == state("c")
    (found,) = world.elsewhere().plans("app", *HASHES)
    assert (found.status, found.migration) == ("PENDING", plan().migration)
    assert Caretaker(world, TRUST).problems()
    world.signing(memory=Forgetful()).push("app", state("e"), tags=["latest"])
    assert world.elsewhere().read("app").state == state("e")


@pytest.mark.parametrize("name", FORGERIES)
def test_in_all_copies_it_is_refused_or_makes_no_difference(name: str) -> None:
    world = besieged()
    forge(world.stores, name)
    for tag, true in (("latest", "d"), ("prod", "c")):
        assert outcome(lambda tag=tag: world.elsewhere().read("app", tag=tag).state) in (None, state(true))  # type: ignore[misc]
    assert outcome(lambda: [p.status for p in world.elsewhere().plans("app", *HASHES)]) in (None, ["PENDING"])
    outcome(lambda: world.signing().approve_plan("app", "add-email", Approval(time="2026-01-02T00:00:00Z")))
    outcome(lambda: world.signing(memory=Forgetful()).push("app", state("e"), tags=["latest"]))
    assert outcome(lambda: world.elsewhere().read("app").state) in (None, state("d"), state("e"))
    assert Caretaker(world, TRUST).problems()


@pytest.mark.parametrize("name", FORGERIES)
def test_who_asks_for_no_signatures_is_told_what_is_wrong(name: str) -> None:
    world = besieged()
    forge(world.stores, name)
    outcome(lambda: world.elsewhere(trust=Trust()).read("app"))
    outcome(lambda: world.elsewhere(trust=Trust()).plans("app"))
    outcome(lambda: world.registry(memory=Forgetful()).push("app", state("e"), tags=["latest"]))
    outcome(lambda: Caretaker(world).problems())


def outcome(action: Callable[[], Any]) -> Any:
    """What comes of it; nothing where it is refused. Whatever else is raised is a bug."""
    try:
        return action()
    except BackstayError:
        return None
