"""Measures what people wait for, beside the goal for each: `make bench`.

Every figure is the best of several runs, on an otherwise quiet machine. Nothing here fails: a test never
asserts a time. A line with all figures is added to `bench/history.jsonl`.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402
import psycopg  # noqa: E402
from tests.dialects.postgres.product import product  # noqa: E402
from tests.servers.forward import forwarder  # noqa: E402
from tests.servers.postgres import binaries, fresh_database, postgres_server  # noqa: E402

from backstay.dialects.registry import dialect_named  # noqa: E402
from backstay.engine.devdatabase import DevDatabase, open_dev  # noqa: E402
from backstay.engine.sources import read_sources  # noqa: E402
from backstay.hcl.document import Document, Source  # noqa: E402
from backstay.schema.diff import diff  # noqa: E402
from backstay.schema.model import Column, Realm, Table  # noqa: E402
from backstay.schema.patterns import Patterns  # noqa: E402
from bench import image  # noqa: E402
from bench.schemas import hcl_tables, sql_tables  # noqa: E402

BACKSTAY = Path(sys.executable).with_name("backstay")
TABLES = 1000
ROUND_TRIP = 0.08
"""Seconds of a slow link."""


class Figure(NamedTuple):
    """One measurement: what, how much of which unit, and what it should not exceed."""

    name: str
    value: float
    unit: str = "s"
    goal: float | None = None


def best(run: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of several runs."""

    def once() -> float:
        begin = time.perf_counter()
        run()
        return time.perf_counter() - begin

    return min(once() for _ in range(times))


def backstay(*arguments: str, cwd: Path | None = None) -> Callable[[], object]:
    """A whole process of the command line."""
    command = [str(BACKSTAY), *arguments]
    return lambda: subprocess.run(command, cwd=cwd, check=True, capture_output=True)


def command_line(directory: Path) -> Iterator[Figure]:
    yield Figure("backstay version", best(backstay("version"), 10), goal=0.07)
    schema = directory / "ten.lt.sql"
    schema.write_text(";\n".join(list(sql_tables(10))) + ";\n")
    apply = backstay(
        "schema",
        "apply",
        "-u",
        "sqlite://ten.db",
        "--to",
        "file://ten.lt.sql",
        "--auto-approve",
        cwd=directory,
    )
    apply()
    yield Figure("no-op apply, 10 tables, SQLite, process", best(apply), goal=0.3)


def documents() -> Iterator[Figure]:
    text = hcl_tables(TABLES)
    dialect = dialect_named("postgres")

    def load() -> Realm:
        return dialect.decode(Document.load([Source("big.pg.hcl", text)]), qualify=False)

    yield Figure(f"parse and evaluate {len(text) / 1e6:.1f} MB of HCL to the model", best(load, 3), goal=0.6)


@contextmanager
def loaded(server: str, statements: Iterable[str]) -> Iterator[str]:
    """A database in which these statements ran."""
    with fresh_database(server) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            connection.execute("ANALYZE")
        yield url


def loading(server: str, directory: Path) -> Iterator[Figure]:
    """A schema of SQL on a dev database, and what psql needs for it."""
    file = directory / "thousand.pg.sql"
    file.write_text("".join(f"{statement.rstrip(';')};\n" for statement in sql_tables(TABLES)))
    sources = read_sources([f"file://{file}"])
    dialect = dialect_named("postgres")

    def psql() -> float:
        with fresh_database(server) as url:
            program = [str(binaries("18") / "psql"), "-q", "-f", str(file), url.partition("?")[0]]
            return best(lambda: subprocess.run(program, check=True, capture_output=True), 1)

    def load() -> float:
        with fresh_database(server) as url, open_dev(dialect, DevDatabase(url=url)) as session:
            (text,) = (source.text for source in sources.files)
            return best(lambda: session.load([f.text for f in dialect.split(text)]), 1)

    # In turn: a server that still removes the files of databases is slow for whoever comes next.
    beside, ours = map(min, zip(*((psql(), load()) for _ in range(3)), strict=True))
    yield Figure(f"load {TABLES} tables of SQL on a dev database", ours, goal=round(beside * 1.2, 3))
    yield Figure("psql -f beside it", beside)


def catalogue(url: str) -> Iterator[Figure]:
    dialect = dialect_named("postgres")
    with closing(dialect.connect(url)) as session:
        yield Figure(
            f"inspect {TABLES} tables, PostgreSQL", best(lambda: session.inspect(Patterns())), goal=0.4
        )
        realm = session.inspect(Patterns())
        same = session.inspect(Patterns())
    yield Figure("pg_dump -s beside it", dumping(url))

    def comparing(other: Realm) -> float:
        return best(lambda: diff(*dialect.reconcile(realm, other)))

    yield Figure(f"diff of two equal states of {TABLES} tables", comparing(same), goal=0.05)
    none = tables_changed(realm, lambda table: None)
    yield Figure(f"diff of {TABLES} tables and none", comparing(none), goal=0.15)
    changed = tables_changed(realm, with_a_column_more)
    yield Figure(f"diff where all {TABLES} tables differ", comparing(changed), goal=0.15)


def dumping(url: str) -> float:
    """Seconds that `pg_dump -s` needs for the database."""
    dump = [str(binaries("18") / "pg_dump"), "-s", "-d", url.partition("?")[0]]
    return best(lambda: subprocess.run(dump, check=True, capture_output=True), 3)


def inspecting(url: str) -> float:
    """Seconds of inspecting a whole database with nothing else in memory, as in a command."""
    gc.collect()
    gc.freeze()
    with closing(dialect_named("postgres").connect(url)) as session:
        return best(lambda: session.inspect(Patterns()), 3)


MEMORY = """
import re, sys
from pathlib import Path
from backstay.dialects.registry import dialect_named
from backstay.schema.patterns import Patterns
realm = dialect_named("postgres").connect(sys.argv[1]).inspect(Patterns())
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
"""The most memory that a process takes which inspects a database, in kB (proc(5)).

What getrusage(2) tells would begin with the memory of the process that started it.
"""


def products(server: str) -> Iterator[Figure]:
    """A database as products have them, of every kind of object, and a large one of plain tables."""
    with loaded(server, product(TABLES)) as url:
        beside = dumping(url)
        what = f"inspect {TABLES} tables, {3 * TABLES} indexes, {TABLES // 2} functions"
        yield Figure(what, inspecting(url), goal=round(beside, 3))
        yield Figure("pg_dump -s of them", beside)
    with loaded(server, sql_tables(5 * TABLES)) as url:
        yield Figure(f"inspect {5 * TABLES} tables", inspecting(url), goal=1.8)
        command = [sys.executable, "-c", MEMORY, url]
        peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        yield Figure(f"memory of inspecting {5 * TABLES} tables", int(peak) / 1000, "MB", 150)


def with_a_column_more(table: Table) -> Table:
    extra = Column(name="extra", type="text", null=True)
    return msgspec.structs.replace(table, columns=(*table.columns, extra))


def tables_changed(realm: Realm, change: Callable[[Table], Table | None]) -> Realm:
    """The same realm with every table changed, or left out."""
    (schema,) = realm.schemas
    tables = tuple(table for table in map(change, schema.tables) if table is not None)
    return msgspec.structs.replace(realm, schemas=(msgspec.structs.replace(schema, tables=tables),))


def no_op_apply(url: str, directory: Path) -> Iterator[Figure]:
    schema = directory / "thousand.pg.hcl"
    inspected = subprocess.run([BACKSTAY, "schema", "inspect", "-u", url], check=True, capture_output=True)
    schema.write_bytes(inspected.stdout)

    def apply(target: str) -> Callable[[], object]:
        return backstay("schema", "apply", "-u", target, "--to", f"file://{schema}", "--auto-approve")

    apply(url)()
    yield Figure(f"no-op apply, {TABLES} tables, PostgreSQL, process", best(apply(url)), goal=0.8)
    host, port = "127.0.0.1", int(psycopg.conninfo.conninfo_to_dict(url.partition("?")[0])["port"])
    with forwarder(host, port) as near, forwarder(host, port, ROUND_TRIP / 2) as far:
        seconds = [best(apply(url.replace(str(port), str(line.port))), 3) for line in (near, far)]
    trips = (seconds[1] - seconds[0]) / ROUND_TRIP
    yield Figure(f"no-op apply over a link of {ROUND_TRIP * 1000:.0f} ms, process", seconds[1])
    yield Figure("round trips of it, by the time they cost", trips, "trips", 20)


def in_the_image(directory: Path) -> Iterator[Figure]:
    """What a job pulls on top of the base, and how long a step takes that has nothing to do."""
    installed = image.build(directory)
    size = image.packed(installed, directory / "layer.tar.gz")
    yield Figure("layer of the image, compressed", size / 1e6, "MB", 45)
    version, step = (
        [str(installed / "bin" / name), word]
        for name, word in (("backstay", "version"), ("backstay-action", "schema/push"))
    )
    wrong = {**os.environ, "BACKSTAY_PLATFORM": "plain", "BACKSTAY_INPUT_LATEST": "perhaps"}

    def fail() -> None:
        done = subprocess.run(step, env=wrong, check=False, capture_output=True)
        assert done.returncode == 1, done.stderr

    version_again = best(lambda: subprocess.run(version, check=True, capture_output=True), 10)
    yield Figure("backstay version, in the image", version_again, goal=0.07)
    yield Figure("step with a wrong input, in the image", best(fail, 10), goal=0.25)


def embedded() -> Iterator[Figure]:
    def start() -> None:
        with dialect_named("postgres").embedded():
            pass

    yield Figure("start and stop an embedded PostgreSQL server", best(start, 3))


def measure() -> Iterator[Figure]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["BACKSTAY_CACHE_DIR"] = str(directory / "cache")
        yield from command_line(directory)
        (directory / "image").mkdir()
        yield from in_the_image(directory / "image")
        yield from documents()
        yield from embedded()
        server = stack.enter_context(postgres_server())
        yield from loading(server, directory)
        yield from products(server)
        url = stack.enter_context(loaded(server, sql_tables(TABLES))) + "&search_path=public"
        yield from catalogue(url)
        yield from no_op_apply(url, directory)


def main() -> None:
    figures = []
    print(f"{'':60} {'measured':>12} {'goal':>10}")
    for figure in measure():
        goal = f"{figure.goal:g} {figure.unit}" if figure.goal else ""
        mark = " !" if figure.goal and figure.value > figure.goal else ""
        print(f"{figure.name:60} {figure.value:8.3f} {figure.unit:<5} {goal:>8}{mark}", flush=True)
        figures.append(figure)
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        **{f.name: round(f.value, 4) for f in figures},
    }
    with open(ROOT / "bench" / "history.jsonl", "a") as history:
        history.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
