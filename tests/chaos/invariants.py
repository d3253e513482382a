"""What must hold of the objects in the copies, whatever went wrong: by JSON and SHA-256, not by the product.

1. An entry says the place it has, and names the digest of the entry before: one line, without a gap.
2. The state that an entry names is there and is what its name says, unless a note says that it was removed.
3. A tag or version leads to an entry that bears it.
4. Copies differ only by what some of them lack at the end.
5. What was acknowledged is there: in each target that was said to have taken it, and in the end in all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.chaos.places import Objects

REPO = "app"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Copy:
    """The objects of one copy of the repository, by their keys below it."""

    def __init__(self, name: str, objects: Objects) -> None:
        self.name = name
        prefix = f"{REPO}/"
        self.objects = {k.removeprefix(prefix): data for k, data in objects.items() if k.startswith(prefix)}

    def part(self, folder: str) -> dict[str, bytes]:
        """The objects of a folder, in order, by their names without `.json`."""
        prefix = f"{folder}/"
        return {
            key.removeprefix(prefix).removesuffix(".json"): data
            for key, data in sorted(self.objects.items())
            if key.startswith(prefix)
        }

    @property
    def log(self) -> list[bytes]:
        return list(self.part("log").values())

    def tables(self) -> set[str]:
        """The tables of all states that the history names and that are there."""
        states = self.part("states")
        named = {json.loads(data)["state"] for data in self.log}
        return {table for digest in named & states.keys() for table in tables_of(states[digest])}

    def everything(self) -> set[str]:
        """The tables of all states that are there, also of what a repair put aside."""
        states = [data for key, data in self.objects.items() if "states/" in key]
        return {table for data in states for table in tables_of(data)}

    def plans(self) -> dict[str, Any]:
        """The plans by name."""
        return {key.rpartition("/")[2]: json.loads(data) for key, data in self.part("plans").items()}


def tables_of(state: bytes) -> set[str]:
    return {
        table["name"]
        for schema in json.loads(state)["realm"]["schemas"]
        for table in schema.get("tables", ())
    }


def broken_promises(copies: Sequence[Copy]) -> list[str]:
    """What is wrong at any moment, also where a process was just killed (1 to 4)."""
    found = [
        f"{copy.name}: {text}" for copy in copies for text in (*_line(copy), *_states(copy), *_names(copy))
    ]
    return found + [text for copy in copies[1:] for text in _apart(copies[0], copy)]


def _line(copy: Copy) -> Iterable[str]:
    parent = ""
    for number, (name, data) in enumerate(copy.part("log").items(), 1):
        record = json.loads(data)
        if (record["repo"], record["sequence"], f"{number:010}") != (REPO, number, name):
            yield f"entry {name} is not in its place: it is entry {record['sequence']} of {record['repo']}"
        if record["parent"] != parent:
            yield f"entry {name} does not follow the one before it"
        parent = sha256(data)


def _states(copy: Copy) -> Iterable[str]:
    states = copy.part("states")
    yield from (
        f"state {name[:12]} is not what its name says" for name, d in states.items() if sha256(d) != name
    )
    notes = [json.loads(data) for data in copy.part("pruned").values()]
    for data in copy.log:
        record = json.loads(data)
        is_pruned = any(n["sequence"] >= record["sequence"] and record["state"] in n["states"] for n in notes)
        if record["state"] not in states and not is_pruned:
            yield f"entry {record['sequence']} names a state that is not there"


def _names(copy: Copy) -> Iterable[str]:
    records = {json.loads(data)["sequence"]: json.loads(data) for data in copy.log}
    for folder in ("tags", "versions"):
        for data in copy.part(folder).values():
            pointer = json.loads(data)
            record = records.get(pointer["sequence"])
            borne = () if record is None else (*record.get("tags", ()), record["version"])
            if pointer["name"] not in borne:
                yield f"{folder} {pointer['name']} leads to entry {pointer['sequence']}, which is without it"


def _apart(first: Copy, second: Copy) -> Iterable[str]:
    for number, (one, other) in enumerate(zip(first.log, second.log, strict=False), 1):
        if one != other:
            yield f"{second.name}: entry {number} is another one than in {first.name}"


def not_where_claimed(copies: Sequence[Copy], tables: Iterable[str]) -> list[str]:
    """Acknowledged tables that are not in the history of a copy that is said to have them (5)."""
    wanted = set(tables)
    return [
        f"{copy.name} lacks {', '.join(sorted(wanted - copy.tables()))}"
        for copy in copies
        if wanted - copy.tables()
    ]


def not_caught_up(copies: Sequence[Copy], kept: Mapping[str, bool]) -> list[str]:
    """What is wrong once everything is healthy again and something was written (5)."""
    first = copies[0]
    found = [f"{copy.name} has {len(copy.log)} entries, {first.name} {len(first.log)}"
             for copy in copies[1:] if copy.log != first.log]  # fmt: skip
    return found + not_where_claimed(copies, [table for table, still in kept.items() if still])


def other_plans(copies: Sequence[Copy]) -> list[str]:
    """Copies whose plans are not those of the first, as it must be after a repair."""
    first = copies[0]
    return [
        f"{copy.name} has other plans than {first.name}"
        for copy in copies[1:]
        if copy.plans() != first.plans()
    ]
