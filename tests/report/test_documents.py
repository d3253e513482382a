"""Results as JSON: field for field what pipelines decode."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backstay.operations.planfile import effect
from backstay.operations.results import ApproveResult
from backstay.report.documents import (
    plan_approval,
    plan_file,
    realm_document,
    schema_apply,
    schema_plan,
    schema_push,
)
from backstay.report.documents.url import url_document
from backstay.report.gojson import encode
from tests.report import samples

URL = {
    "Scheme": "sqlite",
    "Opaque": "",
    "User": None,
    "Host": "app.db",
    "Path": "",
    "RawPath": "",
    "OmitHost": False,
    "ForceQuery": False,
    "RawQuery": "",
    "Fragment": "",
    "RawFragment": "",
    "Schema": "main",
}
HEAD = {
    "Driver": "sqlite3",
    "URL": URL,
    "Start": "2026-01-01T10:00:00.1Z",
    "End": "2026-01-01T10:00:00.2Z",
}
CREATE, DROP = "CREATE TABLE `users` (`id` int NOT NULL);", "DROP TABLE `pets`;"


def decoded(document: object) -> Any:
    return json.loads(encode(document))


def test_a_target_that_was_in_sync() -> None:
    assert encode(schema_apply(samples.SYNCED)).endswith('"Changes":{}}')
    assert decoded(schema_apply(samples.SYNCED)) == {**HEAD, "Changes": {}}


def test_an_applied_migration_names_its_file_and_its_plan() -> None:
    document = decoded(schema_apply(samples.APPLIED))
    assert list(document) == ["Driver", "URL", "Start", "End", "Applied", "Plan", "Changes"]
    assert document["Applied"] == {
        "Name": "20260101100000.sql",
        "Version": "20260101100000",
        "Start": HEAD["Start"],
        "End": HEAD["End"],
        "Applied": [CREATE, DROP],
    }
    assert document["Changes"] == {"Applied": [CREATE, DROP]}
    assert list(document["Plan"]) == ["Env", "Repo", "Lint", "File"]


def test_a_dry_run_has_only_pending_statements() -> None:
    document = decoded(schema_apply(samples.DRY_RUN))
    assert document["Changes"] == {"Pending": [CREATE, DROP]}
    assert "Applied" not in document


def test_a_failed_statement_is_named_in_both_shapes_and_the_rest_is_pending() -> None:
    document = decoded(schema_apply(samples.FAILED))
    failure = {"Stmt": CREATE, "Text": "table `users` already exists"}
    assert document["Error"] == samples.FAILED.error
    assert document["Applied"]["Error"] == failure
    assert document["Changes"] == {"Pending": [DROP], "Error": failure}


def test_a_rejection_is_an_error_beside_the_plan() -> None:
    document = decoded(schema_apply(samples.REJECTED))
    assert document["Error"] == "Rejected by review policy: errors or warnings were found"
    assert document["Changes"] == {}
    assert document["Plan"]["Lint"]["Files"]


def test_a_pushed_plan_has_its_address_and_what_the_backups_answered() -> None:
    document = decoded(schema_plan(samples.PUSHED_PLAN))
    assert list(document) == ["Env", "Repo", "File", "Backups"]
    assert list(document["File"])[-3:] == ["URL", "Link", "Status"]
    assert document["Backups"] == [
        {"URL": "s3://bucket/prefix?region=us-east-1"},
        {"URL": "s3://second/prefix", "Error": "connection refused"},
    ]


def test_the_statements_of_a_plan_keep_position_terminator_and_comments() -> None:
    migration = samples.MIGRATION.encode()
    for statement in decoded(plan_file(samples.file()))["Stmts"]:
        assert migration[statement["Pos"] :].decode().startswith(statement["Text"])
        assert statement["Comments"][0].startswith("-- ")
        assert statement["Comments"][0].endswith("\n")


def test_a_plan_tells_what_each_statement_does() -> None:
    plan = samples.file(effects=tuple(map(effect, samples.PLANNED)))
    create, drop = decoded(plan_file(plan))["Stmts"]
    assert list(create) == [
        "Pos", "Text", "Comments", "Lock", "Rewrites", "Scans", "Reversible", "Reverse"
    ]  # fmt: skip
    assert (create["Lock"], create["Reversible"], create["Reverse"]) == ("", True, ["DROP TABLE `users`;"])
    assert (drop["Lock"], drop["Reversible"]) == ("ACCESS EXCLUSIVE", False)


def test_the_analysis_repeats_the_file_in_its_step() -> None:
    report = decoded(schema_plan(samples.PLAN))["Lint"]
    assert list(report) == ["Env", "Schema", "Steps", "Files"]
    assert report["Schema"] == {}
    (step,) = report["Steps"]
    assert step["Name"] == "Analyze 20260101100000.sql"
    assert step["Text"] == "1 reports were found in analysis"
    assert step["Result"] == report["Files"][0]
    assert step["Result"]["Error"] == "destructive changes detected"
    assert step["Result"]["Reports"] == [
        {
            "Text": "destructive changes detected",
            "Diagnostics": [
                {"Pos": samples.MIGRATION.index(DROP), "Text": 'Dropping table "pets"', "Code": "DS102"}
            ],
        }
    ]


def test_a_push_names_slug_address_and_backups_and_no_empty_link() -> None:
    assert list(decoded(schema_push(samples.PUSH))) == ["Slug", "URL", "Backups"]


def test_an_approval() -> None:
    result = ApproveResult(url="atlas://app/plans/p", status="APPROVED", link="https://r.example/1")
    assert encode(plan_approval(result)) == (
        '{"URL":"atlas://app/plans/p","Link":"https://r.example/1","Status":"APPROVED"}'
    )


def test_a_realm_in_the_compact_shape() -> None:
    (schema,) = decoded(realm_document(samples.REALM))["schemas"]
    assert schema["tables"][0] == {
        "name": "pets",
        "columns": [{"name": "id", "type": "int"}, {"name": "owner", "type": "int", "null": True}],
        "indexes": [
            {"name": "i1", "unique": True, "parts": [{"column": "owner"}, {"desc": True, "expr": "lower(x)"}]}
        ],
        "primary_key": {"parts": [{"column": "id"}]},
        "foreign_keys": [
            {"name": "fk", "columns": ["owner"], "references": {"table": "users", "columns": ["id"]}}
        ],
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://app.db", {"Host": "app.db"}),
        ("sqlite:///abs/app.db", {"Path": "/abs/app.db"}),
        ("sqlite:////abs/app.db", {"Path": "//abs/app.db"}),
        ("sqlite://dir/app.db?_fk=1", {"Host": "dir", "Path": "/app.db", "RawQuery": "_fk=1"}),
        ("sqlite:/x/y.db", {"Path": "/x/y.db", "OmitHost": True}),
        ("sqlite:app.db?x=1", {"Opaque": "app.db", "RawQuery": "x=1"}),
        ("sqlite://h/db?", {"Host": "h", "Path": "/db", "ForceQuery": True}),
        ("sqlite://u:xxxxx@h:5432/db", {"User": {}, "Host": "h:5432", "Path": "/db"}),
        ("sqlite://[::1]:5432/db", {"Host": "[::1]:5432", "Path": "/db"}),
        ("sqlite://h/a%20b", {"Host": "h", "Path": "/a b"}),
        ("sqlite://h/a%2Fb", {"Host": "h", "Path": "/a/b", "RawPath": "/a%2Fb"}),
        ("sqlite://h/a(b)", {"Host": "h", "Path": "/a(b)", "RawPath": "/a(b)"}),
        ("sqlite://h/db#a%20b", {"Host": "h", "Path": "/db", "Fragment": "a b"}),
    ],
)
def test_urls_are_taken_apart_as_go_does(url: str, expected: dict[str, object]) -> None:
    empty = {**URL, "Host": ""}
    assert decoded(url_document(url, "main")) == {**empty, **expected}
