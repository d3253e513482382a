"""Results of operations, small and complete, for the tests of what is made from them."""

from __future__ import annotations

from datetime import UTC, datetime

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
)
from backstay.registry.records import TargetResult
from backstay.schema.changes import Change
from backstay.schema.model import Column, ForeignKey, Index, IndexPart, PrimaryKey, Realm, Schema, Table
from backstay.schema.state import State

START = datetime(2026, 1, 1, 10, 0, 0, 100_000, tzinfo=UTC)
END = datetime(2026, 1, 1, 10, 0, 0, 200_000, tzinfo=UTC)

SQLITE = Target(driver="sqlite3", url="sqlite://app.db", schema="main")
POSTGRES = Target(
    driver="postgres", url="postgres://app:xxxxx@db.example:5432/app?search_path=public", schema="public"
)

CREATE_USERS = "CREATE TABLE `users` (`id` int NOT NULL)"
DROP_PETS = "DROP TABLE `pets`"
MIGRATION = f'-- Create "users" table\n{CREATE_USERS};\n-- Drop "pets" table\n{DROP_PETS};\n'

PRIMARY = TargetResult(url="file:///srv/registry", primary=True)
BACKUP = TargetResult(url="s3://bucket/prefix?region=us-east-1", primary=False)
FAILED_BACKUP = TargetResult(url="s3://second/prefix", primary=False, error="connection refused")


def _position(statement: str) -> int:
    return MIGRATION.encode().index(statement.encode())


def file(**changes: object) -> PlanFile:
    """A plan of two statements."""
    members: dict[str, object] = {
        "name": "20260101100000",
        "from_hash": "R1cGcSfo1oWYK4dz+7WvgCtE/QppFo9lKFEqEDzoS4o=",
        "from_desc": "file://old.sql",
        "to_hash": "b2xkIGFuZCBuZXcgYXJlIG5vdCB0aGUgc2FtZSBzdGE=",
        "to_desc": "file://schema.sql",
        "migration": MIGRATION,
        "statements": (
            Fragment(
                position=_position(CREATE_USERS),
                line=2,
                text=f"{CREATE_USERS};",
                comments=('-- Create "users" table\n',),
            ),
            Fragment(
                position=_position(DROP_PETS),
                line=4,
                text=f"{DROP_PETS};",
                comments=('-- Drop "pets" table\n',),
            ),
        ),
    }
    return PlanFile(**(members | changes))  # type: ignore[arg-type]


PLANNED = (
    Statement(
        sql=CREATE_USERS,
        comment='create "users" table',
        changes=(Change(action="add", kind="table", schema="main", name="users"),),
        reverse=("DROP TABLE `users`",),
    ),
    Statement(
        sql=DROP_PETS,
        comment='drop "pets" table',
        changes=(Change(action="drop", kind="table", schema="main", name="pets"),),
        hazards=(Hazard(code="DS102", text='Dropping table "pets"'),),
        lock="ACCESS EXCLUSIVE",
    ),
)

ANALYSIS = Analysis(
    name="20260101100000.sql",
    sql=MIGRATION,
    findings=(
        Finding(
            text="destructive changes detected",
            diagnostics=(
                Diagnostic(
                    position=_position(DROP_PETS),
                    text='Dropping table "pets"',
                    code="DS102",
                    severity="error",
                ),
            ),
        ),
    ),
    duration=0.00503,
)

PLAN = PlanResult(repo="app", file=file(), env=SQLITE, planned=PLANNED, analysis=ANALYSIS)
PUSHED_PLAN = PlanResult(
    repo="app",
    file=file(
        url="atlas://app/plans/20260101100000",
        link="https://registry.example/app/plans/1",
        status="APPROVED",
    ),
    env=SQLITE,
    planned=PLANNED,
    targets=(PRIMARY, BACKUP, FAILED_BACKUP),
)


def applied(*statements: AppliedStatement, error: StatementError | None = None) -> AppliedFile:
    return AppliedFile(
        name="20260101100000.sql",
        version="20260101100000",
        start=START,
        end=END,
        applied=statements,
        error=error,
    )


USERS_DONE = AppliedStatement(comment='create "users" table', sql=CREATE_USERS, duration=0.00103)
PETS_DONE = AppliedStatement(comment='drop "pets" table', sql=DROP_PETS, duration=0.0009)

SYNCED = ApplyResult(target=SQLITE, start=START, end=END)
APPLIED = ApplyResult(target=SQLITE, start=START, end=END, plan=PLAN, applied=applied(USERS_DONE, PETS_DONE))
DRY_RUN = ApplyResult(
    target=SQLITE, start=START, end=END, plan=PLAN, pending=(CREATE_USERS, DROP_PETS), dry_run=True
)
FAILED = ApplyResult(
    target=SQLITE,
    start=START,
    end=END,
    plan=PLAN,
    applied=applied(error=StatementError(statement=CREATE_USERS, text="table `users` already exists")),
    pending=(DROP_PETS,),
    rolled_back=True,
    error=f'executing statement "{CREATE_USERS}": table `users` already exists',
    reason="database-error",
)
REJECTED = ApplyResult(
    target=SQLITE,
    start=START,
    end=END,
    plan=PLAN,
    error="Rejected by review policy: errors or warnings were found",
    reason="lint-errors",
)

PUSH = PushResult(
    repo="app",
    url="atlas://app?tag=v1",
    registry="file:///srv/registry",
    version="20260101100000",
    tags=("v1", "latest"),
    created=True,
    targets=(PRIMARY, BACKUP, FAILED_BACKUP),
)

REALM = Realm(
    schemas=(
        Schema(
            name="main",
            tables=(
                Table(
                    name="pets",
                    columns=(
                        Column(name="id", type="int"),
                        Column(name="owner", type="int", null=True),
                    ),
                    primary_key=PrimaryKey(columns=("id",)),
                    foreign_keys=(
                        ForeignKey(name="fk", columns=("owner",), ref_table="users", ref_columns=("id",)),
                    ),
                    indexes=(
                        Index(
                            name="i1",
                            unique=True,
                            parts=(IndexPart(column="owner"), IndexPart(expr="lower(x)", desc=True)),
                        ),
                    ),
                ),
                Table(name="users", columns=(Column(name="id", type="int"),)),
            ),
        ),
    )
)
STATE = State(
    hash="R1cGcSfo1oWYK4dz+7WvgCtE/QppFo9lKFEqEDzoS4o=",
    dialect="sqlite",
    server_version="3.46.1",
    scoped=True,
    realm=REALM,
)
