"""What a registry does for people, over every kind of store."""

from __future__ import annotations

import pytest

from backstay.errors import ConfigError, ConflictError, NotFoundError
from backstay.registry.records import Approval, RunContext
from backstay.registry.store_registry import StoreRegistry
from backstay.storage.store import Store
from tests.registry.simulator import World, plan, state


@pytest.fixture
def registry(store: Store, world: World) -> StoreRegistry:
    return StoreRegistry(store, memory=world.memory, clock=world.tick)


def test_the_story_of_a_schema_on_every_store(any_store: Store, world: World) -> None:
    registry = StoreRegistry(any_store, memory=world.memory, clock=world.tick)
    assert registry.push("Team/App", state("a"), tags=["latest", "v1"]).created
    assert not registry.push("Team/App", state("a"), tags=["c0ffee"]).created
    assert registry.push("Team/App", state("b"), tags=["latest"]).created
    registry.create_plan(plan(repo="Team/App"))
    registry.approve_plan("Team/App", "add-email", Approval(time="2026-01-02T00:00:00Z"))
    fresh = StoreRegistry(any_store, memory=world.memory, clock=world.tick)
    assert fresh.read("Team/App").state == state("b")
    assert fresh.read("Team/App", tag="v1").state == fresh.read("Team/App", tag="c0ffee").state == state("a")
    assert [found.status for found in fresh.plans("Team/App", "from+/=", "to+/=")] == ["APPROVED"]
    fresh.delete_plan("Team/App", "add-email")
    assert fresh.plans("Team/App") == ()


def test_what_was_pushed_is_what_is_read(registry: StoreRegistry) -> None:
    context = RunContext(repo="acme/app", commit="c0ffee")
    pushed = registry.push("app", state("a"), tags=["latest"], description="first", context=context)
    assert pushed.created
    assert [(t.url, t.primary, t.error, t.notice) for t in pushed.targets] == [(registry.url, True, "", "")]
    found = registry.read("app")
    assert found.state == state("a")
    assert found.version == pushed.version
    assert (found.version.sequence, found.version.context) == (1, context)
    assert (found.source, found.notices) == (registry.url, ())


def test_versions_and_tags_are_kept_apart(registry: StoreRegistry) -> None:
    registry.push("app", state("a"), tags=["latest", "v1"], version="one")
    registry.push("app", state("b"), tags=["latest", "V1"], version="two")
    assert registry.read("app").state == state("b")
    assert registry.read("app", tag="latest").state == state("b")
    assert registry.read("app", tag="v1").state == state("a")
    assert registry.read("app", tag="V1").state == state("b")
    assert registry.read("app", version="one").state == state("a")
    assert registry.read("app", version="two").version.version == "two"


def test_the_same_content_again_only_gets_the_tags(registry: StoreRegistry) -> None:
    first = registry.push("app", state("a"), tags=["latest"], description="why")
    again = registry.push("app", state("a"), tags=["latest"])
    tagged = registry.push("app", state("a"), tags=["latest", "c0ffee"])
    assert (first.created, again.created, tagged.created) == (True, False, False)
    assert again.version == first.version
    assert tagged.version.version == first.version.version
    assert tagged.version.description == "why"
    assert registry.read("app", tag="c0ffee").state == state("a")
    assert registry.read("app", version=first.version.version).state == state("a")


def test_repeating_a_push_writes_nothing_new(registry: StoreRegistry, store: Store) -> None:
    registry.push("app", state("a"), tags=["latest", "c0ffee"])
    before = {key: store.get(key) for key in store.list("")}
    registry.push("app", state("a"), tags=["c0ffee", "latest"])
    assert {key: store.get(key) for key in store.list("")} == before


def test_going_back_to_older_content_is_a_new_version(registry: StoreRegistry) -> None:
    versions = [registry.push("app", state(name), tags=["latest"]) for name in ("a", "b", "a")]
    assert [pushed.created for pushed in versions] == [True, True, True]
    assert len({pushed.version.version for pushed in versions}) == 3
    assert registry.read("app").state == state("a")


def test_a_version_has_one_content(registry: StoreRegistry) -> None:
    registry.push("app", state("a"), version="one")
    assert not registry.push("app", state("a"), version="one").created
    registry.push("app", state("b"), version="two")
    with pytest.raises(ConflictError, match='"one" of app is already there'):
        registry.push("app", state("c"), version="one")
    assert registry.read("app").state == state("b")


def test_another_version_of_equal_content_can_be_asked_for(registry: StoreRegistry) -> None:
    registry.push("app", state("a"), version="one")
    assert registry.push("app", state("a"), version="two").created
    assert registry.read("app", version="one").state == registry.read("app", version="two").state


def test_repositories_do_not_meet(registry: StoreRegistry) -> None:
    names = ["app", "App", "app/log", "../app", "app%2flog", ".", "ä"]
    for name in names:
        registry.push(name, state(name), tags=["latest"])
    assert [registry.read(name).state for name in names] == [state(name) for name in names]


@pytest.mark.parametrize("which", [{}, {"tag": "latest"}, {"version": "one"}])
def test_an_unknown_repository_is_not_found(registry: StoreRegistry, which: dict[str, str]) -> None:
    with pytest.raises(NotFoundError, match="no repository app") as caught:
        registry.read("app", **which)
    assert caught.value.hint


@pytest.mark.parametrize("which", [{"tag": "v9"}, {"version": "v9"}])
def test_an_unknown_tag_or_version_is_not_found(registry: StoreRegistry, which: dict[str, str]) -> None:
    registry.push("app", state("a"))
    with pytest.raises(NotFoundError, match="v9"):
        registry.read("app", **which)


@pytest.mark.parametrize("arguments", [{"tags": [""]}, {"tags": ["x" * 300]}, {"version": "x" * 300}])
def test_impossible_names_are_refused_before_anything_is_written(
    registry: StoreRegistry, store: Store, arguments: dict[str, object]
) -> None:
    with pytest.raises(ConfigError):
        registry.push("app", state("a"), **arguments)  # type: ignore[arg-type]
    assert list(store.list("")) == []


def test_a_plan_goes_from_pending_to_approved_to_removed(registry: StoreRegistry) -> None:
    registry.create_plan(plan())
    assert registry.plan("app", "add-email") == plan()
    approval = Approval(time="2026-01-02T00:00:00Z", context=RunContext(username="ada"))
    approved = registry.approve_plan("app", "add-email", approval).plan
    assert (approved.status, approved.approvals) == ("APPROVED", (approval,))
    assert registry.plan("app", "add-email") == approved
    later = Approval(time="2026-01-03T00:00:00Z")
    assert registry.approve_plan("app", "add-email", later).plan == approved
    assert registry.delete_plan("app", "add-email").plan == approved
    with pytest.raises(NotFoundError):
        registry.plan("app", "add-email")
    with pytest.raises(NotFoundError, match="add-email"):
        registry.delete_plan("app", "add-email")
    with pytest.raises(NotFoundError, match="add-email"):
        registry.approve_plan("app", "add-email", approval)


def test_a_removed_plan_makes_room_for_another(registry: StoreRegistry) -> None:
    registry.create_plan(plan(status="APPROVED"))
    registry.delete_plan("app", "add-email")
    registry.create_plan(plan(sql="SELECT 2"))
    assert registry.plans("app") == (plan(sql="SELECT 2"),)


def test_plans_are_found_by_their_transition(registry: StoreRegistry) -> None:
    first, second = plan("b"), plan("a")
    other = plan("c", from_hash="elsewhere")
    for each in (first, second, other):
        registry.create_plan(each)
    assert registry.plans("app") == (second, first, other)
    assert registry.plans("app", "from+/=", "to+/=") == (second, first)
    assert registry.plans("app", from_hash="elsewhere") == (other,)
    assert registry.plans("app", to_hash="to+/=") == (second, first, other)
    assert registry.plans("app", "to+/=", "from+/=") == ()
    assert registry.plans("nobody") == ()


def test_the_same_plan_again_is_idempotent(registry: StoreRegistry) -> None:
    registry.create_plan(plan())
    registry.create_plan(plan(time="2026-02-02T00:00:00Z"))
    assert registry.plans("app") == (plan(),)
    registry.create_plan(plan(status="APPROVED"))
    assert registry.plan("app", "add-email").status == "APPROVED"


@pytest.mark.parametrize("changes", [{"sql": "SELECT 2"}, {"to_hash": "elsewhere"}])
def test_a_name_stands_for_one_plan(registry: StoreRegistry, changes: dict[str, str]) -> None:
    registry.create_plan(plan())
    with pytest.raises(ConflictError, match='another plan "add-email"'):
        registry.create_plan(plan(**changes))
    assert registry.plans("app") == (plan(),)


def test_objects_of_others_are_left_alone(registry: StoreRegistry, store: Store) -> None:
    registry.push("app", state("a"))
    for key in ("app/log/README.md", "app/plans/notes/x/y.txt", "app/plans/A/b/c.json"):
        store.put(key, b"?")
    assert registry.read("app").state == state("a")
    assert registry.plans("app") == ()
