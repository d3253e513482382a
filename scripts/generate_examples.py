"""Write docs/examples/*.md, which show what people see: `make actions`. `--check` only compares."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backstay.dialects.dialect import Fragment, Hazard, Statement
from backstay.operations.results import (
    Analysis,
    AppliedFile,
    AppliedStatement,
    ApplyResult,
    Diagnostic,
    Finding,
    PlanFile,
    PlanResult,
    PushResult,
    StatementError,
    Target,
    VersionChanges,
)
from backstay.registry.records import TargetResult
from backstay.report import markdown
from backstay.report.markdown import Origin, Page, TargetRow, page
from backstay.report.statements import script
from backstay.schema.changes import Change
from backstay.schema.model import Column, ForeignKey, PrimaryKey, Realm, Schema, Table
from backstay.schema.state import SourceFile

DIRECTORY = Path(__file__).resolve().parent.parent / "docs" / "examples"
START = datetime(2026, 9, 14, 3, 7, 11, tzinfo=UTC)
FORGE = "https://github.com/octo/shop"
BLOB = f"{FORGE}/blob/7c1f0a94d2b85e63f0c9a1b7d4e8f25306a9bc12"

# The schema


def table(name: str, *columns: tuple[str, str], key: str = "id", refers: Sequence[str] = ()) -> Table:
    """A table; `refers` are the tables that columns `<singular>_id` lead to."""
    return Table(
        name=name,
        columns=tuple(Column(name=column, type=kind) for column, kind in columns),
        primary_key=PrimaryKey(columns=(key,)),
        foreign_keys=tuple(
            ForeignKey(
                name=f"{name}_{to[:-1]}_id_fkey",
                columns=(f"{to[:-1]}_id",),
                ref_table=to,
                ref_columns=("id",),
            )
            for to in refers
        ),
    )


ID = ("id", "bigint")
USERS = table("users", ID, ("name", "text"), ("login", "text"), ("created_at", "timestamptz"))
CUSTOMERS = table("users", ID, ("name", "text"), ("email", "text"), ("created_at", "timestamptz"))
ORDERS = table("orders", ID, ("user_id", "bigint"), ("total", "numeric(12,2)"), refers=["users"])
CARTS = table("carts", ID, ("user_id", "bigint"), ("items", "jsonb"), refers=["users"])
COUPONS = table("coupons", ID, ("code", "text"), ("order_id", "bigint"), refers=["orders"])
BEFORE = Realm(schemas=(Schema(name="public", tables=(COUPONS, ORDERS, USERS)),))
AFTER = Realm(schemas=(Schema(name="public", tables=(CARTS, ORDERS, CUSTOMERS)),))
SOURCE = SourceFile(
    name="db/schema.hcl",
    text='schema "public" {}\n\ntable "users" {\n  schema = schema.public\n'
    '  column "id" {\n    type = bigint\n  }\n  column "name" {\n    type = text\n  }\n'
    '  column "email" {\n    type = text\n  }\n}\n',
)


def part(action: str, kind: str, name: str) -> Change:
    return Change(action=action, kind=kind, schema="public", table="users", name=name)  # type: ignore[arg-type]


ALTER_USERS = Change(
    action="modify",
    kind="table",
    schema="public",
    name="users",
    before=USERS,
    after=CUSTOMERS,
    changes=(
        part("drop", "column", "login"),
        part("add", "column", "email"),
        part("modify", "column", "name"),
    ),
)
STATEMENTS = (
    Statement(
        sql='ALTER TABLE "users" DROP COLUMN "login", ADD CONSTRAINT "users_name_not_null" NOT NULL "name" '
        'NOT VALID, ADD COLUMN "email" text NULL',
        comment='modify "users" table',
        changes=(ALTER_USERS,),
        hazards=(
            Hazard("DS103", 'Dropping non-virtual column "login"'),
            Hazard("MF104", 'Modifying nullable column "name" to non-nullable'),
        ),
        lock="ACCESS EXCLUSIVE",
    ),
    Statement(
        sql='CREATE UNIQUE INDEX CONCURRENTLY "users_email_key" ON "users" ("email")',
        comment='create index "users_email_key" to table: "users"',
        changes=(part("add", "index", "users_email_key"),),
        lock="SHARE UPDATE EXCLUSIVE",
        scan=True,
        transactional=False,
        reverse=('DROP INDEX CONCURRENTLY "users_email_key"',),
    ),
    Statement(
        sql='CREATE TABLE "carts" (\n  "id" bigint NOT NULL,\n  "user_id" bigint NOT NULL,\n'
        '  "items" jsonb NULL,\n  PRIMARY KEY ("id"),\n  CONSTRAINT "carts_user_id_fkey" '
        'FOREIGN KEY ("user_id") REFERENCES "users" ("id")\n)',
        comment='create "carts" table',
        changes=(Change(action="add", kind="table", schema="public", name="carts", after=CARTS),),
        lock="SHARE ROW EXCLUSIVE",
        reverse=('DROP TABLE "carts"',),
    ),
    Statement(
        sql='DROP TABLE "coupons"',
        comment='drop "coupons" table',
        changes=(Change(action="drop", kind="table", schema="public", name="coupons", before=COUPONS),),
        hazards=(Hazard("DS102", 'Dropping table "coupons"'),),
        lock="ACCESS EXCLUSIVE",
    ),
    Statement(
        sql='ALTER TABLE "users" VALIDATE CONSTRAINT "users_name_not_null"',
        comment='modify "users" table',
        changes=(ALTER_USERS,),
        lock="SHARE UPDATE EXCLUSIVE",
        scan=True,
    ),
)


# Results


def positions_in(migration: str, statements: Sequence[Statement]) -> list[int]:
    """Where each statement begins, in bytes."""
    return [migration.encode().index(f"{statement.sql};".encode()) for statement in statements]


def found_in(migration: str, statements: Sequence[Statement]) -> tuple[Diagnostic, ...]:
    """What the analysis says of the hazards of these statements."""
    return tuple(
        Diagnostic(
            position=position,
            text=hazard.text,
            code=hazard.code,
            severity="error" if hazard.code.startswith("DS") else "warning",
        )
        for position, statement in zip(positions_in(migration, statements), statements, strict=True)
        for hazard in statement.hazards
    )


def plan(
    statements: Sequence[Statement] = STATEMENTS, status: str = "PENDING", directive: str = ""
) -> PlanResult:
    """A stored plan of these statements, and its analysis."""
    head = f"-- {directive}\n\n" if directive else ""
    migration = head + script(statements)
    positions = positions_in(migration, statements)
    fragments = tuple(
        Fragment(position=position, line=1, text=f"{statement.sql};")
        for position, statement in zip(positions, statements, strict=True)
    )
    file = PlanFile(
        name="pr-12-R1cGcSfo",
        from_hash="R1cGcSfo1oWYK4dz+7WvgCtE/QppFo9lKFEqEDzoS4o=",
        from_desc="atlas://shop",
        to_hash="Uo5mLk2Jr0VqkDT3WbJ4kWbXrVYcJYyqzCv4p5R8m1c=",
        to_desc="file://db/schema.hcl",
        migration=migration,
        statements=fragments,
        url="atlas://shop/plans/pr-12-R1cGcSfo",
        status=status,  # type: ignore[arg-type]
    )
    return PlanResult(
        repo="shop",
        file=file,
        env=Target(driver="postgres", url="postgres://postgres:xxxxx@dev:5432/dev?search_path=public"),
        planned=tuple(statements),
        analysis=Analysis(
            name="1.sql",
            sql=migration,
            findings=(Finding(text="", diagnostics=found_in(migration, statements)),),
        ),
        targets=(
            TargetResult(url="s3://schemas-eu/shop", primary=True),
            TargetResult(url="gs://schemas-us/shop", primary=False, error="HTTP 503: the service is away"),
        ),
        before=BEFORE,
        after=AFTER,
        sources=(SOURCE,),
        rows={("public", "users"): 1_248_312, ("public", "coupons"): 412},
    )


def applied(url: str, done: int, failure: StatementError | None = None, **fields: object) -> ApplyResult:
    """A database on which so many statements of the plan were executed."""
    seconds = (0.0124, 4.31, 0.0082, 0.0067, 1.92)
    statements = tuple(
        AppliedStatement(comment=statement.comment, sql=f"{statement.sql};", duration=duration)
        for statement, duration in zip(STATEMENTS[:done], seconds, strict=False)
    )
    end = START + timedelta(seconds=sum(seconds[:done]) + 0.41)
    members: dict[str, object] = {
        "target": Target(driver="postgres", url=url),
        "start": START,
        "end": end,
        "plan": plan(status="APPROVED"),
        "applied": AppliedFile(
            name="1.sql", version="1", start=START, end=end, applied=statements, error=failure
        ),
        "pending": tuple(f"{statement.sql};" for statement in STATEMENTS[done:]),
    }
    return ApplyResult(**(members | fields))  # type: ignore[arg-type]


def database(name: str) -> str:
    return f"postgres://deploy:xxxxx@{name}.db.example:5432/shop?sslmode=verify-full"


def large_plan() -> PlanResult:
    """300 tables that get an index each."""
    statements = tuple(
        Statement(
            sql=f'CREATE INDEX CONCURRENTLY "events_{number:03}_at_idx" ON "events_{number:03}" ("at")',
            comment=f'create index "events_{number:03}_at_idx" to table: "events_{number:03}"',
            changes=(
                Change(
                    action="add",
                    kind="index",
                    schema="public",
                    table=f"events_{number:03}",
                    name=f"events_{number:03}_at_idx",
                ),
            ),
            lock="SHARE UPDATE EXCLUSIVE",
            scan=True,
            transactional=False,
            reverse=(f'DROP INDEX CONCURRENTLY "events_{number:03}_at_idx"',),
        )
        for number in range(300)
    )
    return plan(statements)


def pushed() -> PushResult:
    """A version that changes what the plan does."""
    made = plan()
    return PushResult(
        repo="shop",
        url="atlas://shop?tag=7c1f0a94d2b85e63f0c9a1b7d4e8f25306a9bc12",
        registry="s3://schemas-eu/shop",
        version="20260914030711",
        tags=("7c1f0a94d2b85e63f0c9a1b7d4e8f25306a9bc12", "latest"),
        created=True,
        targets=(made.targets[0], TargetResult(url="gs://schemas-us/shop", primary=False)),
        changes=VersionChanges(
            since="20260901101500", planned=made.planned, before=made.before, after=made.after
        ),
    )


# Pages


def origin(env: str, run: int) -> Origin:
    return Origin(
        env=env,
        sha="7c1f0a94d2b85e63f0c9a1b7d4e8f25306a9bc12",
        commit_url=f"{FORGE}/commit/7c1f0a94d2b85e63f0c9a1b7d4e8f25306a9bc12",
        run_url=f"{FORGE}/actions/runs/{run}",
        request_url=f"{FORGE}/pull/12",
        docs="https://github.com/octo/backstay/blob/v1/docs/",
        time=START + timedelta(minutes=run - 4240),
        source_url=lambda name, line: f"{BLOB}/{name}#L{line}" if name == SOURCE.name else "",
    )


def pages() -> dict[str, tuple[str, list[Page]]]:
    """Each example: its env, and what the runs said one after the other."""
    failed = StatementError(
        statement=STATEMENTS[3].sql,
        text="cannot drop table coupons because other objects depend on it\n"
        "DETAIL:  view coupon_report depends on table coupons",
    )
    broken = applied(
        database("eu"), 3, failed, error=failed.text, reason="database-error", hint="drop the view first"
    )
    rest = [TargetRow(icon=page.SKIPPED, url=database("sa"), outcome="Not reached: an earlier one failed")]
    several = [applied(database(name), 5) for name in ("us", "ap")]
    directive = "atlas:txmode none"
    shown = origin("ci", 4242)
    return {
        "plan": (
            "ci",
            [
                markdown.failure_page("plan", 'schema.hcl:14:3: column "emial" is not in table "users"', ""),
                markdown.synced_page("both states are the same", shown),
                markdown.plan_page(plan(directive=directive), shown, [(directive, True)]),
            ],
        ),
        "plan-of-300-statements": ("ci", [markdown.plan_page(large_plan(), shown)]),
        "no-changes": (
            "ci",
            [markdown.plan_page(plan(), shown), markdown.synced_page("nothing to do", shown)],
        ),
        "apply": ("prod", [markdown.apply_page([applied(database("eu"), 5)], origin("prod", 4242))]),
        "apply-failed": ("prod", [markdown.apply_page([broken], origin("prod", 4242))]),
        "apply-to-several": (
            "prod",
            [markdown.apply_page([*several, broken], origin("prod", 4242), rest)],
        ),
        "push": ("prod", [markdown.push_page(pushed(), origin("prod", 4242))]),
        "apply-waits": ("prod", [markdown.waiting_page(plan(), origin("prod", 4242))]),
    }


def files() -> dict[str, str]:
    """All examples: file name -> text."""
    made = {}
    for name, (env, told) in pages().items():
        text, mark = "", markdown.mark(name.partition("-")[0], "0123456789abcdef")
        for run, shown in enumerate(told, 4243 - len(told)):
            earlier = [text] if text else []
            text = markdown.comment(mark, [shown], origin(env, run), markdown.notices([]), (run,), earlier)
        made[f"{name}.md"] = text
    return made


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` name those that differ; the exit code."""
    DIRECTORY.mkdir(exist_ok=True)
    made = files()
    old = {path.name: path.read_text() for path in DIRECTORY.glob("*.md") if path.name != "README.md"}
    different = sorted(name for name in made.keys() | old.keys() if made.get(name) != old.get(name))
    if "--check" in arguments:
        print(
            "".join(f"docs/examples/{name} is not current: run make actions\n" for name in different), end=""
        )
        return int(bool(different))
    for name in different:
        (DIRECTORY / name).write_text(made[name]) if name in made else (DIRECTORY / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
