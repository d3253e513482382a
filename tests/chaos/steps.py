"""The commands that faults are injected into: how each is run, and what it may claim afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from tests.chaos.invariants import Copy, not_where_claimed
from tests.chaos.site import Ran, Site
from tests.chaos.zygote import Hook

Hooks = Sequence[Hook]


class Done(msgspec.Struct, frozen=True):
    """A step that was taken: the command, and where what it claims is not true."""

    ran: Ran
    lies: list[str] = []


class Step(msgspec.Struct, frozen=True):
    """`prepare` is done while all is well, and its answer given to `take`, which may be repeated.

    `kind`: a `write` succeeds where one target can, a `read` falls back, `care` needs all targets.
    """

    name: str
    kind: str
    take: Callable[[Site, str, Hooks], Done]
    prepare: Callable[[Site], str] = lambda site: ""
    servers: bool = True
    """Is it for registry servers, too?"""


def push(site: Site, table: str, hooks: Hooks) -> Done:
    ran = site.push(table, hooks)
    if not ran.worked:
        return Done(ran)
    copies, claimed = site.copies(), site.claimed(ran)
    lies = not_where_claimed([copies[index] for index in claimed], [table])
    return Done(ran, lies if claimed else [*lies, "a push succeeded that no target took"])


def read(site: Site, _: str, hooks: Hooks) -> Done:
    ran, tables = site.read(hooks)
    if ran.worked and tables != {site.newest()}:
        return Done(
            ran, [f"read {sorted(tables)}, and {site.newest()} is the newest: silently older, or not ours"]
        )
    if ran.code == 1 and tables:
        return Done(ran, [f"an apply failed that changed the database: {sorted(tables)}"])
    return Done(ran)


def plan(site: Site, name: str, hooks: Hooks) -> Done:
    return _planned(site, name, site.create_plan(name, hooks))


def approve(site: Site, name: str, hooks: Hooks) -> Done:
    return _planned(site, name, site.change_plan(name, "approve", hooks))


def remove(site: Site, name: str, hooks: Hooks) -> Done:
    return _planned(site, name, site.change_plan(name, "rm", hooks))


def _planned(site: Site, name: str, ran: Ran) -> Done:
    if ran.worked and not site.copies_with_plan(name, site.plans[name]):
        return Done(ran, [f"plan {name} was acknowledged as {site.plans[name]}, and no target has it so"])
    return Done(ran)


def verify(site: Site, _: str, hooks: Hooks) -> Done:
    return Done(site.registry("verify", "--env", "e", hooks=hooks))


def sync(site: Site, _: str, hooks: Hooks) -> Done:
    ran = site.registry("sync", "--env", "e", hooks=hooks)
    return Done(ran, _unequal(site.copies()) if ran.worked else [])


def restore(site: Site, _: str, hooks: Hooks) -> Done:
    source, destination = site.urls[2], site.urls[1]
    ran = site.registry("restore", "--env", "e", "--from", source, "--to", destination, hooks=hooks)
    return Done(ran, _unequal(site.copies()[1:]) if ran.worked else [])


def prune(site: Site, _: str, hooks: Hooks) -> Done:
    """From now on only the newest two must stay; which of the others are gone is said by the notes."""
    for table in list(site.kept)[:-2]:
        site.kept[table] = False
    return Done(site.registry("prune", "--env", "e", "--keep", "2", hooks=hooks))


def _unequal(copies: Sequence[Copy]) -> list[str]:
    return [f"{c.name} is said to equal {copies[0].name}" for c in copies[1:] if c.log != copies[0].log]


def a_table(site: Site) -> str:
    return site.desire()


def a_plan_to_make(site: Site) -> str:
    return f"p{site.desire()}"


def a_plan(site: Site) -> str:
    name = f"p{site.desire()}"
    assert site.create_plan(name).worked
    return name


def a_new_backup(site: Site) -> str:
    site.renew(1)
    return ""


def old_versions(site: Site) -> str:
    """Two versions more than a prune leaves."""
    for _ in range(3):
        assert site.push().worked
    return ""


STEPS: Final = (
    Step("push", "write", push, a_table),
    Step("plan", "write", plan, a_plan_to_make),
    Step("approve", "write", approve, a_plan),
    Step("rm", "write", remove, a_plan),
    Step("apply", "read", read),
    Step("verify", "care", verify),
    Step("sync", "care", sync, a_new_backup),
    Step("restore", "care", restore, a_new_backup, servers=False),
    Step("prune", "care", prune, old_versions, servers=False),
)
