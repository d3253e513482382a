"""The plan as JSON for later steps."""

from __future__ import annotations

import json

import msgspec

from backstay.dialects.dialect import Fragment
from backstay.operations.planfile import effect
from backstay.report.plan_document import MAX_BYTES, bounded, whole
from tests.report import samples


def test_the_whole_document() -> None:
    create, drop = (fragment.position for fragment in samples.file().statements)
    assert json.loads(whole(samples.PLAN)) == {
        "schemaVersion": 1,
        "repo": "app",
        "status": "",
        "url": "",
        "link": "",
        "name": "20260101100000",
        "from": {"hash": samples.file().from_hash, "description": "file://old.sql"},
        "to": {"hash": samples.file().to_hash, "description": "file://schema.sql"},
        "statements": [
            {"sql": f"{samples.CREATE_USERS};", "destructive": False, "pos": create},
            {"sql": f"{samples.DROP_PETS};", "destructive": True, "pos": drop},
        ],
        "lint": {
            "errors": 1,
            "warnings": 0,
            "diagnostics": [
                {"code": "DS102", "severity": "error", "text": 'Dropping table "pets"', "pos": drop}
            ],
        },
        "truncated": False,
    }
    assert bounded(samples.PLAN) == whole(samples.PLAN)


def test_what_a_statement_does_is_told_where_it_is_known() -> None:
    file = samples.file(effects=tuple(map(effect, samples.PLANNED)))
    create, drop = json.loads(whole(msgspec.structs.replace(samples.PLAN, file=file)))["statements"]
    assert create["reverse"] == ["DROP TABLE `users`;"]
    assert {"lock": "ACCESS EXCLUSIVE", "rewrites": False, "scans": False}.items() <= drop.items()
    assert (create["reversible"], drop["reversible"], drop["reverse"]) == (True, False, [])


def test_what_is_too_long_goes_without_its_statements() -> None:
    long = tuple(Fragment(position=n, line=n, text="x" * 1000) for n in range(200))
    plan = msgspec.structs.replace(samples.PLAN, file=samples.file(statements=long))
    assert len(whole(plan)) > MAX_BYTES
    short = json.loads(bounded(plan))
    assert short["truncated"] is True
    assert short["statements"] == []
    assert short["lint"]["diagnostics"]


def test_if_need_be_the_diagnostics_go_too() -> None:
    diagnostic = msgspec.structs.replace(samples.ANALYSIS.diagnostics[0], text="x" * 100_000)
    finding = msgspec.structs.replace(samples.ANALYSIS.findings[0], diagnostics=(diagnostic,))
    analysis = msgspec.structs.replace(samples.ANALYSIS, findings=(finding,))
    encoded = bounded(msgspec.structs.replace(samples.PLAN, analysis=analysis))
    assert len(encoded) <= MAX_BYTES
    assert json.loads(encoded)["lint"] == {"errors": 1, "warnings": 0, "diagnostics": []}
