"""The analysis: hazards under a policy, and what comments silence."""

from __future__ import annotations

import pytest

from backstay.dialects.dialect import Fragment, Hazard
from backstay.engine.analysis import Analysis
from backstay.engine.lint import LintPolicy, analyse

DROP = Hazard("DS103", 'Dropping non-virtual column "c"')
NOT_NULL = Hazard("MF104", 'Modifying nullable column "c" to non-nullable')


def analysed(
    *hazards: Hazard, comment: str = "", header: str = "", policy: LintPolicy = LintPolicy()
) -> Analysis:
    text = f"{header}SELECT 1;\n"
    fragment = Fragment(
        position=len(header), line=1, text="SELECT 1;", comments=(comment,) if comment else ()
    )
    return analyse("x.sql", text, [fragment], [hazards], policy)


def test_findings_are_grouped_by_analyzer_with_their_place() -> None:
    analysis = analysed(DROP, NOT_NULL, header="-- a\n")
    assert [finding.text for finding in analysis.findings] == [
        "destructive changes detected",
        "data dependent changes detected",
    ]
    assert [diagnostic.position for diagnostic in analysis.diagnostics] == [5, 5]


def test_destructive_changes_are_errors_and_others_warnings_by_default() -> None:
    analysis = analysed(DROP, NOT_NULL)
    assert (analysis.errors, analysis.warnings) == (1, 1)


def test_the_policy_decides_what_is_an_error() -> None:
    analysis = analysed(DROP, NOT_NULL, policy=LintPolicy(errors=frozenset({"data_depend"})))
    assert [diagnostic.severity for diagnostic in analysis.diagnostics] == ["warning", "error"]


OWN = {"BS102": "data_depend", "BS201": "incompatible", "BS302": "security"}


@pytest.mark.parametrize("code", OWN)
def test_codes_of_our_own_belong_to_analyzers_by_their_hundreds(code: str) -> None:
    policy = LintPolicy(errors=frozenset({OWN[code]}))
    (diagnostic,) = analysed(Hazard(code, "x"), policy=policy).diagnostics
    assert diagnostic.severity == "error"
    assert analysed(Hazard(code, "x")).errors == 0


SILENCED = [
    ("-- atlas:nolint\n", 0),
    ("-- atlas:nolint destructive\n", 1),
    ("-- atlas:nolint DS103 MF104\n", 0),
    ("/* atlas:nolint DS103 */\n", 1),
    ("-- atlas:nolint condrop\n", 2),
    ("-- backstay:nolint DS103\n", 1),
    ("-- a word about nolint\n", 2),
]


@pytest.mark.parametrize(("comment", "left"), SILENCED)
def test_a_comment_silences_all_or_what_it_names(comment: str, left: int) -> None:
    assert len(analysed(DROP, NOT_NULL, comment=comment).diagnostics) == left


def test_a_header_speaks_for_the_whole_file() -> None:
    assert not analysed(DROP, header="-- atlas:nolint\n\n").findings
    assert analysed(DROP, header="-- atlas:nolint\n-- Drop\n").findings


def test_a_forced_analyzer_cannot_be_silenced() -> None:
    policy = LintPolicy(forced=frozenset({"destructive"}))
    assert len(analysed(DROP, NOT_NULL, comment="-- atlas:nolint\n", policy=policy).diagnostics) == 1
