"""Without a guard of the product the harness turns red: each guard is taken out, and something is wrong."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from backstay.registry.signing_keys import Signer
from tests.chaos.harms import BY_NAME, Fault, reply
from tests.chaos.invariants import REPO, broken_promises, sha256
from tests.chaos.places import SIGNING_SEED
from tests.chaos.rounds import Case, excessive, unexpected
from tests.chaos.site import Site
from tests.chaos.steps import STEPS, Done
from tests.chaos.trials import many_writers
from tests.chaos.zygote import Hook

NewSite = Callable[[Sequence[str]], Site]
FILES = ("file", "file", "file")
STEP = {step.name: step for step in STEPS}


def both(hook: str, found: Callable[[Sequence[Hook]], Sequence[str]]) -> None:
    """With the guard nothing is wrong, without it something is."""
    assert found([]) == []
    assert found([("mutate", hook)]) != []


def swap_state(site: Site, index: int, table: str) -> None:
    """Put another state, valid in itself, where a target has its newest one."""
    copy = site.copies()[index]
    newest = json.loads(copy.log[-1])["state"]
    state = copy.objects[f"states/{newest}.json"]
    forged = state.replace(site.newest().encode(), table.encode())
    assert forged != state
    folder = site.places[index].url.removeprefix("file://")
    (site.directory / folder / "app" / "states" / f"{newest}.json").write_bytes(forged)


def test_the_digest_of_a_state(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(FILES)
        swap_state(site, 0, "forged")
        return STEP["apply"].take(site, "", hooks).lies

    both("no_digest_check", found)


def forge_entry(site: Site, index: int, parent: str) -> None:
    """Append an entry of an attacker, with a state of theirs, to what a target has."""
    copy = site.copies()[index]
    record = json.loads(copy.log[-1])
    state = copy.objects[f"states/{record['state']}.json"].replace(site.newest().encode(), b"forged")
    record |= {
        "state": sha256(state),
        "parent": parent,
        "sequence": record["sequence"] + 1,
        "version": "forged",
    }
    record.pop("signatures", None)
    folder = site.directory / site.places[index].url.removeprefix("file://") / "app"
    (folder / "states" / f"{record['state']}.json").write_bytes(state)
    entry = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    (folder / "log" / f"{record['sequence']:010}.json").write_bytes(entry)
    for name in ("tags/latest", "versions/forged"):
        pointer = {"name": name.partition("/")[2], "sequence": record["sequence"]}
        (folder / f"{name}.json").write_text(json.dumps(pointer, separators=(",", ":")))


def test_the_chain_of_entries(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(FILES)
        forge_entry(site, 1, parent="0" * 64)
        return STEP["apply"].take(site, "", hooks).lies

    both("no_chain_check", found)


def test_the_signature_of_an_entry(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(FILES)
        signer = Signer(SIGNING_SEED)
        site.environment |= {
            "BACKSTAY_SIGNING_KEY": signer.text,
            "BACKSTAY_TRUSTED_KEYS": signer.public.text,
        }
        assert site.push().worked
        newest = site.copies()[0].log[-1]
        for index in range(3):
            forge_entry(site, index, parent=sha256(newest))
        return STEP["apply"].take(site, "", hooks).lies

    both("no_signature_check", found)


def test_the_first_of_two_writers(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(("file", "file"))
        return many_writers(site, random.Random(1), (), hooks)[1]

    both("overwriting_create", found)


def test_content_before_names(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(("file", "file"))
        wrong = []
        for number in range(18, 34, 2):
            site.push(hooks=[*hooks, ("kill_at_effect", number)])
            wrong += broken_promises(site.copies())
        return wrong

    both("pointer_before_content", found)


def test_no_fallback_from_a_refused_credential(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(("moto", "file"))
        return under(site, Case(STEP["apply"], BY_NAME["403"], (0,)), hooks)

    both("fallback_from_anything", found)


def test_no_fallback_from_a_bucket_that_is_not_there(new_site: NewSite) -> None:
    answer = b"<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>"
    absent = Fault("404", "denied", reply(404, answer, Content_Type="application/xml"))

    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        return under(new_site(("moto", "file")), Case(STEP["apply"], absent, (0,)), hooks)

    both("fallback_from_anything", found)


def test_no_fallback_from_a_repository_that_is_not_there(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(("file", "file"))
        shutil.rmtree(Path(site.places[0].url.removeprefix("file://")) / REPO)
        ran, tables = site.read(hooks)
        return [f"read {sorted(tables)}, which the registry does not have"] if ran.worked else []

    both("fallback_from_nothing", found)


def test_bounded_attempts(new_site: NewSite) -> None:
    def found(hooks: Sequence[Hook]) -> Sequence[str]:
        site = new_site(("moto", "file"))
        return under(site, Case(STEP["apply"], BY_NAME["503"], (0,)), hooks)

    both("endless_attempts", found)


def under(site: Site, case: Case, hooks: Sequence[Hook]) -> list[str]:
    """What is wrong with a step under a fault of its target."""
    through = site.places[case.targets[0]].through
    assert through
    given = case.step.prepare(site)
    through.harm(case.fault.harm)
    done: Done = case.step.take(site, given, hooks)
    assert through.met, "the fault was never met"
    wrong = [*done.lies, *unexpected(case, done, through.met), *excessive(site, case)]
    through.harm(None)
    return wrong
