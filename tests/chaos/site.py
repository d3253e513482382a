"""A project with a registry and two backups, the commands that are run in it, and what they promised."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from tests.chaos.invariants import REPO, Copy
from tests.chaos.places import WITHOUT_CONDITIONS, Place, World, machine_environment
from tests.chaos.targets import SqliteTarget, Target
from tests.chaos.zygote import Hook, Process, Zygote
from tests.servers.proxy import proxy

JSON: Final = ("--format", "{{ json . }}")
PROJECT: Final = """\
env "e" {{
{settings}
  schema {{
    src = "file://schema.sql"
    repo {{
      name   = "{repo}"
      url    = {primary}
      backup = {backups}
    }}
  }}
}}
"""


class Ran(msgspec.Struct, frozen=True):
    """A command that ended: `code` is 0, 1, or negative for the signal that ended it. `rss` is in KiB."""

    command: str
    code: int
    out: str
    err: str
    rss: int

    @property
    def worked(self) -> bool:
        return self.code == 0


class Site:
    """`places` are the targets, the registry first. `kept` says of each acknowledged table whether it must
    stay (a prune may let it go), `attempted` are all that were ever pushed; `plans` are acknowledged states
    of plans by name.
    """

    def __init__(
        self,
        world: World,
        zygote: Zygote,
        directory: Path,
        kinds: Sequence[str],
        target: Target | None = None,
    ) -> None:
        self.directory = directory
        self.target = target or SqliteTarget(directory)
        self.places: list[Place] = []
        self.secured: dict[int, str] = {}
        self.kept: dict[str, bool] = {}
        self.attempted: list[str] = []
        self.plans: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.on_start: Callable[[Process], None] = lambda process: None
        self.world = world
        self._zygote = zygote
        self._stack = ExitStack()
        self._numbers = 0
        directory.mkdir(parents=True, exist_ok=True)
        self._database = self.target.new()
        for kind in kinds:
            self.add(world.place(kind))

    def add(self, place: Place) -> Place:
        """One more target."""
        if place.upstream:
            place.through = self._stack.enter_context(proxy(place.upstream))
        self.places.append(place)
        return place

    def renew(self, index: int) -> None:
        """Put a new, empty place where a target is, behind the same proxy."""
        old = self.places[index]
        new = self.places[index] = self.world.place(old.kind)
        new.through = old.through
        if old.through:
            host, _, port = new.upstream.rpartition(":")
            old.through.upstream = (host, int(port))

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    @property
    def urls(self) -> list[str]:
        return [self.secured.get(index, place.url) for index, place in enumerate(self.places)]

    def copies(self) -> list[Copy]:
        """What is in each target now, read directly."""
        return [Copy(f"target {n} ({p.kind})", p.objects()) for n, p in enumerate(self.places)]

    def start(self, *arguments: str, hooks: Sequence[Hook] = (), **environ: str) -> Process:
        """Begin a command in the project."""
        primary, *backups = self.urls
        text = PROJECT.format(
            settings=self.target.settings(self._database),
            repo=REPO,
            primary=json.dumps(primary),
            backups=json.dumps(backups),
        )
        (self.directory / "atlas.hcl").write_text(text)
        given = {"HOME": str(self.directory), "BACKSTAY_CACHE_DIR": str(self.directory / "cache")}
        tokens = [place.environment for place in self.places]
        for each in (machine_environment(), *tokens, self.environment, environ):
            given.update(each)
        process = self._zygote.start(arguments, self.directory, given, hooks)
        self.on_start(process)
        return process

    def run(self, *arguments: str, hooks: Sequence[Hook] = (), **environ: str) -> Ran:
        process = self.start(*arguments, hooks=hooks, **environ)
        return ended(arguments, process)

    def desire(self) -> str:
        """Write a schema with one table that there never was; its name."""
        table = f"t{self.number()}"
        self.write(f"CREATE TABLE {table} (id integer);\n")
        self.attempted.append(table)
        return table

    def write(self, schema: str) -> None:
        """What is pushed and planned next."""
        (self.directory / "schema.sql").write_text(schema)

    def push(self, table: str = "", hooks: Sequence[Hook] = (), **environ: str) -> Ran:
        """Push a new table, or one again; note it where the push says that it succeeded."""
        table = table or self.desire()
        ran = self.run("schema", "push", "--env", "e", *JSON, hooks=hooks, **environ)
        if ran.worked:
            self.kept[table] = True
        return ran

    def claimed(self, ran: Ran) -> list[int]:
        """The targets that a push says took it, by index."""
        missed = {
            line.split(" ")[3] for line in ran.err.splitlines() if line.startswith("Warning: the registry")
        }
        failed = [each.get("Error") for each in json.loads(ran.out).get("Backups", ())]
        return [*([] if missed else [0]), *(index for index, error in enumerate(failed, 1) if not error)]

    def newest(self) -> str:
        """The table that was acknowledged last."""
        return list(self.kept)[-1]

    def apply(self, database: str, hooks: Sequence[Hook] = (), **environ: str) -> Ran:
        """Apply the newest version to a database of the target."""
        self._database = database
        return self.run(
            "schema", "apply", "--env", "e", "--to", f"atlas://{REPO}", "--auto-approve", *JSON,
            hooks=hooks, **environ,
        )  # fmt: skip

    def read(self, hooks: Sequence[Hook] = (), **environ: str) -> tuple[Ran, set[str]]:
        """Apply the newest version to an empty database; the tables that it then has."""
        database = self.target.new()
        return self.apply(database, hooks, **environ), self.target.contents(database)

    def create_plan(self, name: str = "", hooks: Sequence[Hook] = ()) -> Ran:
        """Store a pending plan from the newest version to a table that there never was."""
        if not name:
            name = f"p{self.desire()}"
        ran = self.run(
            "schema", "plan", "--env", "e", "--from", f"atlas://{REPO}", "--to", "file://schema.sql",
            "--repo", REPO, "--pending", "--name", name, "--auto-approve", hooks=hooks,
        )  # fmt: skip
        if ran.worked:
            self.plans[name] = "PENDING"
        return ran

    def change_plan(self, name: str, verb: str, hooks: Sequence[Hook] = ()) -> Ran:
        """`approve` or `rm` a plan."""
        url = f"atlas://{REPO}/plans/{name}"
        ran = self.run("schema", "plan", verb, "--env", "e", "--url", url, hooks=hooks)
        if ran.worked:
            self.plans[name] = {"approve": "APPROVED", "rm": "removed"}[verb]
        return ran

    def registry(self, *arguments: str, hooks: Sequence[Hook] = ()) -> Ran:
        """A command of the group `registry` that looks after the targets."""
        return self.run("registry", *arguments, hooks=hooks)

    def copies_with_plan(self, name: str, status: str) -> int:
        """How many copies have the plan in this state, or a later one."""
        later = {
            "PENDING": ("PENDING", "APPROVED", "removed"),
            "APPROVED": ("APPROVED", "removed"),
            "removed": ("removed",),
        }
        found = [copy.plans().get(name) for copy in self.copies()]
        states = ["removed" if each.get("removed") else each["plan"]["status"] for each in found if each]
        return sum(state in later[status] for state in states)


def ended(arguments: Sequence[str], process: Process) -> Ran:
    process.wait()
    return Ran(" ".join(arguments[:3]), process.code, process.out, process.err, process.rss)


def topology(kind: str) -> tuple[str, str, str]:
    """The kinds of targets of a site for one kind: an OCI repository is only ever a backup."""
    return ("file" if kind in WITHOUT_CONDITIONS[1:] else kind, kind, "file")
