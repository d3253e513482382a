"""Pages: what they say, that they fit, and that nothing foreign in them is anything but text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from html import unescape
from html.parser import HTMLParser

import msgspec
import pytest

from backstay.dialects.dialect import Hazard, Statement
from backstay.operations.results import ApproveResult, PlanResult
from backstay.report.markdown import (
    Origin,
    apply_summary,
    approve_summary,
    fit,
    notices_summary,
    plan_sections,
    plan_summary,
    push_summary,
    synced_summary,
)
from backstay.report.markdown.render import fence, href, inline
from backstay.report.markdown.sections import COMMENT_BYTES, COMMENT_CHARACTERS, SUMMARY_BYTES, Section
from backstay.report.redact import process_secrets
from backstay.report.visible import hides, visible
from backstay.schema.changes import Change
from backstay.schema.model import Column, ForeignKey, PrimaryKey, Table
from tests.report import samples

HOSTILE = "x</code></td></table><script>alert(1)</script>|`\"'&\n\n# title\n@team #12 \u202egnp\u200b"


def replace(value: PlanResult, **changes: object) -> PlanResult:
    return msgspec.structs.replace(value, **changes)


def test_a_plan_begins_with_its_verdict() -> None:
    page = plan_summary(samples.PLAN)
    assert page.startswith("<h3>⚠️ Migration plan — <code>app</code></h3>\n")
    assert "<b>2 statements · 1 destructive · 1 error</b> — not stored" in page
    assert "<td>🔴</td><td>drop &quot;pets&quot; table</td>" in page
    assert f"```sql\n{samples.MIGRATION}```" in page
    assert "<td>❌</td><td>Dropping table &quot;pets&quot;</td><td><code>DS102</code></td><td>4</td>" in page
    assert "How to approve" not in page


def test_a_harmless_plan_has_no_warning() -> None:
    analysis = msgspec.structs.replace(samples.ANALYSIS, findings=())
    page = plan_summary(replace(samples.PLAN, planned=samples.PLANNED[:1], analysis=analysis))
    assert page.startswith("<h3>📋 ")
    assert "<b>1 statement</b>" in page
    assert "✅ Nothing found." in page


def test_a_pending_plan_says_how_to_approve_it() -> None:
    file = samples.file(url="atlas://app/plans/it's", status="PENDING")
    page = plan_summary(replace(samples.PLAN, file=file))
    assert "approval needed before apply" in page
    assert """backstay schema plan approve --url 'atlas://app/plans/it'"'"'s'""" in page


def test_a_stored_plan_lists_where_it_is() -> None:
    page = plan_summary(samples.PUSHED_PLAN)
    assert "<td>✅</td><td>Backup <code>s3://bucket/prefix?region=us-east-1</code></td><td>ok</td>" in page
    assert "<td>❌</td><td>Backup <code>s3://second/prefix</code></td><td>connection refused</td>" in page
    link = '<a href="https://registry.example/app/plans/1"><code>atlas://app/plans/20260101100000</code></a>'
    assert link in page


def test_a_plan_that_changes_tables_draws_them_and_their_neighbours() -> None:
    table = Table(
        name="pets",
        columns=(Column(name="id", type="int"), Column(name="owner", type="int")),
        primary_key=PrimaryKey(columns=("id",)),
        foreign_keys=(ForeignKey(name="owner", columns=("owner",), ref_table="users", ref_columns=("id",)),),
    )
    change = Change(action="add", kind="table", schema="main", name="pets", after=table)
    statement = Statement(sql="CREATE TABLE pets ()", comment="x", changes=(change,))
    page = plan_summary(replace(samples.PLAN, planned=(statement,)))
    assert "```mermaid\nerDiagram\n    pets {\n      int id PK\n      int owner FK\n    }" in page
    assert "    pets }o--o{ users : owner\n" in page


def test_long_sql_is_folded() -> None:
    migration = "SELECT 1;\n" * 40
    page = plan_summary(replace(samples.PLAN, file=samples.file(migration=migration)))
    assert "<details><summary>SQL</summary>\n\n```sql\nSELECT 1;" in page


def test_applied_failed_synced_and_dry() -> None:
    assert "<b>2 statements applied</b>" in apply_summary([samples.APPLIED])
    assert "<td>create &quot;users&quot; table</td><td>1.03ms</td>" in apply_summary([samples.APPLIED])
    assert "<b>Already in the desired state</b>" in apply_summary([samples.SYNCED])
    assert "<b>Dry run: 2 statements pending</b>" in apply_summary([samples.DRY_RUN])
    failed = apply_summary([samples.FAILED])
    assert failed.startswith("<h3>❌ Schema apply — <code>app</code></h3>")
    assert "<b>Failed (rolled back, nothing changed)</b>" in failed
    assert "```text\ntable `users` already exists\n```" in failed
    assert f"<summary>Not executed</summary>\n\n```sql\n{samples.DROP_PETS};\n```" in failed


def test_a_rejected_apply_shows_why() -> None:
    page = apply_summary([samples.REJECTED])
    assert "```text\nRejected by review policy: errors or warnings were found\n```" in page


def test_several_databases_are_told_apart() -> None:
    second = msgspec.structs.replace(samples.FAILED, target=samples.POSTGRES)
    page = apply_summary([samples.APPLIED, second])
    assert "<b>1 of 2 databases failed</b>" in page
    assert "<h4>Database <code>sqlite://app.db</code></h4>" in page
    assert f"<h4>Database <code>{samples.POSTGRES.url.replace('@', '@&#8203;')}</code></h4>" in page


def test_push_approval_and_nothing_to_do() -> None:
    push = push_summary(samples.PUSH)
    assert "<b>New version 20260101100000</b> — 1 place did not take it" in push
    assert 'src = "atlas://app?tag=v1"' in push
    approval = ApproveResult(url="atlas://app/plans/p", status="APPROVED", targets=(samples.BACKUP,))
    assert "<b>Status: APPROVED</b>" in approve_summary(approval)
    assert "<b>The current state is synced</b>" in synced_summary("The current state is synced")


def test_the_small_print_says_where_a_page_comes_from() -> None:
    time = datetime(2026, 1, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    origin = Origin(sha="0123456789abcdef", run_url="https://ci.example/runs/1", time=time)
    last = synced_summary("x", origin).splitlines()[-1]
    run = '<a href="https://ci.example/runs/1">run</a>'
    assert last.startswith(f"<p><sub><code>01234567</code> · {run} · 2026-01-01 10:00 UTC · Backstay ")


# Foreign text


class Tags(HTMLParser):
    """Collects the tags of a page outside of its code blocks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(re.sub(r"^(`{3,})\w*\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


OURS = {
    "h3",
    "h4",
    "p",
    "b",
    "code",
    "table",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "sub",
    "br",
    "blockquote",
}


def hostile_plan() -> PlanResult:
    diagnostic = msgspec.structs.replace(samples.ANALYSIS.diagnostics[0], text=HOSTILE, code=HOSTILE)
    finding = msgspec.structs.replace(samples.ANALYSIS.findings[0], text=HOSTILE, diagnostics=(diagnostic,))
    statement = Statement(
        sql=HOSTILE, comment=HOSTILE, hazards=(Hazard(code=HOSTILE, text=HOSTILE),), lock=HOSTILE
    )
    target = msgspec.structs.replace(samples.FAILED_BACKUP, url=HOSTILE, error=HOSTILE)
    file = samples.file(
        name=HOSTILE,
        migration=f"```\n{HOSTILE}\n```````\n<script>",
        url=HOSTILE,
        link=f"javascript:{HOSTILE}",
        status="PENDING",
        from_desc=HOSTILE,
    )
    return PlanResult(
        repo=HOSTILE,
        file=file,
        planned=(statement,),
        analysis=msgspec.structs.replace(samples.ANALYSIS, findings=(finding,)),
        targets=(target,),
    )


def test_no_foreign_tag_link_mention_or_hidden_character_gets_through() -> None:
    page = plan_summary(hostile_plan()) + notices_summary([HOSTILE])
    assert Tags(page).tags <= OURS
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    assert "<script" not in outside
    assert "href" not in outside
    assert "@team" not in unescape(outside)
    assert "#12" not in unescape(outside)
    assert "\n# title" not in outside
    assert "\u202e" not in page
    assert r"\u{202E}gnp\u{200B}" in page
    assert "The SQL holds invisible or direction-changing characters" in page


def test_a_secret_is_gone_before_escaping_could_disguise_it() -> None:
    process_secrets().add("p@ss#1<word>")
    page = notices_summary(["x" * 1990 + " cannot connect with p@ss#1<word>"])
    assert "p@" not in page
    assert "xxxxx" in apply_summary([msgspec.structs.replace(samples.REJECTED, error="p@ss#1<word>")])


def test_a_failure_cannot_close_its_block() -> None:
    result = msgspec.structs.replace(samples.REJECTED, error=f"```\n</details>{HOSTILE}", plan=None)
    assert Tags(apply_summary([result])).tags <= OURS


@pytest.mark.parametrize(
    ("code", "ticks"), [("x", 3), ("a ` b", 3), ("```", 4), ("a\n`````\nb", 6), ("`" * 50, 51)]
)
def test_a_fence_is_longer_than_any_run_within(code: str, ticks: int) -> None:
    block = str(fence(code, "sql"))
    assert block.startswith("`" * ticks + "sql\n")
    assert block.endswith("\n" + "`" * ticks)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#x27;"),
        ("a\nb", "a<br>b"),
        ("a\n\nb", "a<br><br>b"),
        ("@team #12 a@b", "@&#8203;team #&#8203;12 a@&#8203;b"),
        ("x" * 3000, "x" * 2000 + "…"),
        ("a\r\nb", "a\\u{D}<br>b"),
    ],
)
def test_text_within_html(text: str, shown: str) -> None:
    assert inline(text) == shown


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://r.example/a?b=c", "https://r.example/a?b=c"),
        ("javascript:alert(1)", ""),
        ('https://x/" onclick="', ""),
        ("file:///etc/passwd", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, target: str) -> None:
    assert href(url) == target


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 😀\n\ttext", "plain é 😀\n\ttext"),
        ("a\u202eb", r"a\u{202E}b"),
        ("a\u200bb\ufeff", r"a\u{200B}b\u{FEFF}"),
        ("\x1b[31m", r"\u{1B}[31m"),
        ("\U000e0041", r"\u{E0041}"),
    ],
)
def test_hidden_characters_are_shown_by_number(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert hides(text) == (text != shown)


# Limits


def large_plan(lines: int) -> PlanResult:
    migration = "CREATE TABLE t (id int); -- é\n" * lines
    planned = tuple(Statement(sql=f"SELECT {n}", comment=f"statement {n}") for n in range(lines))
    return replace(samples.PUSHED_PLAN, file=samples.file(migration=migration), planned=planned)


def test_a_summary_keeps_the_limit_and_says_what_is_missing() -> None:
    page = plan_summary(large_plan(50_000))
    assert len(page.encode()) <= SUMMARY_BYTES
    assert "… and 49940 more lines" in page
    assert "> ✂️ Shortened to fit: SQL." in page
    assert "<td>statement 99</td>" in page
    assert "… and 49900 more" in page


def test_a_comment_keeps_both_of_its_limits() -> None:
    sections = plan_sections(large_plan(5_000))
    page = fit(sections, max_bytes=COMMENT_BYTES, max_characters=COMMENT_CHARACTERS)
    assert len(page) <= COMMENT_CHARACTERS
    assert len(page.encode()) <= COMMENT_BYTES


def test_the_least_important_section_goes_first_and_is_shortened_before() -> None:
    sections = [
        Section("title", "T" * 10),
        Section("facts", "F" * 100, 1),
        Section("sql", "S" * 1000, 5, "s" * 200),
    ]
    assert fit(sections, max_bytes=2000) == f"{'T' * 10}\n\n{'F' * 100}\n\n{'S' * 1000}\n"
    assert fit(sections, max_bytes=500).startswith(f"{'T' * 10}\n\n{'F' * 100}\n\n{'s' * 200}\n\n> ✂️")
    assert fit(sections, max_bytes=300).startswith(f"{'T' * 10}\n\n{'F' * 100}\n\n> ✂️ Shortened to fit: sql.")
    assert fit(sections, max_bytes=150).startswith(f"{'T' * 10}\n\n> ✂️ Shortened to fit: sql, facts.")


def test_even_what_always_stays_is_cut_at_the_limit() -> None:
    assert len(fit([Section("title", "é" * 100)], max_bytes=51).encode()) <= 51
