"""The commands that faults are injected into: how each is run, and what it may claim afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from tests.chaos.invariants import Copy, not_where_claimed
from tests.chaos.site import Ran, Site
from tests.chaos.zygote import Hook

Hooks = Sequence[Hook]
ROWS: Final = [(1,), (2,), (3,)]
MIGRATED: Final = """\
CREATE TABLE {table} (id integer NOT NULL, name text NOT NULL DEFAULT 'new');
CREATE INDEX {table}_name ON {table} (name);
CREATE TABLE {table}_more (id integer);
"""


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


def migrate(site: Site, database: str, hooks: Hooks) -> Done:
    """Bring a database with rows further, and see that it and the reports of that are as they must be."""
    was_there = _is_migrated(site, database)
    ran = site.apply(database, hooks)
    return Done(ran, list(_wrong_with(site, database, ran, was_there)))


def _wrong_with(site: Site, database: str, ran: Ran, was_there: bool) -> Iterator[str]:
    is_there = _is_migrated(site, database)
    if site.target.rows(database, f"SELECT id FROM {site.newest()} ORDER BY id") != ROWS:
        yield "rows are gone"
    if (was_there or ran.worked) and not is_there:
        yield f"an apply succeeded, and the database has {sorted(site.target.contents(database))}"
    applied = json.loads(ran.out).get("Applied") if ran.worked else None
    if applied and was_there:
        yield "something was applied to a database that was as desired"
    yield from _false_reports(site, database, applied, is_there)


def _false_reports(site: Site, database: str, applied: Any, is_there: bool) -> Iterator[str]:
    """What a registry server was told of this database, beside the migration that it began with."""
    if "server" not in site.places[0].kind:
        return
    told = [json.loads(data) for data in site.copies()[0].part("deployments").values()]
    _, *later = reversed([each for each in told if each["address"].endswith(f"/{database}")])
    if any(each["result"] != "APPLIED" for each in later) or len(later) > 1:
        yield f"the registry was told of what did not happen: {later}"
    if later and not is_there:
        yield "the registry was told of a migration that has not ended"
    if applied and applied["Name"].removesuffix(".sql") not in [each["plan"] for each in later]:
        yield f"the registry was not told of {applied['Name']}"


def _is_migrated(site: Site, database: str) -> bool:
    table = site.newest()
    return site.target.contents(database) == {table, f"{table}_name", f"{table}_more"}


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


def a_database_with_rows(site: Site) -> str:
    """At the version before the newest one."""
    table = site.desire()
    assert site.push(table).worked
    database = site.target.new()
    assert site.apply(database).worked
    for row in ROWS:
        site.target.rows(database, f"INSERT INTO {table} VALUES ({row[0]})")
    site.write(MIGRATED.format(table=table))
    pushed = site.push(table)
    assert pushed.worked, pushed.err
    return database


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
    Step("migrate", "write", migrate, a_database_with_rows),
    Step("verify", "care", verify),
    Step("sync", "care", sync, a_new_backup),
    Step("restore", "care", restore, a_new_backup, servers=False),
    Step("prune", "care", prune, old_versions, servers=False),
)
