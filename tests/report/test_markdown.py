"""Pages: what they say, that they fit, and that nothing foreign in them is anything but text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from html import unescape
from html.parser import HTMLParser

import msgspec
import pytest

from backstay.dialects.dialect import Hazard, Statement
from backstay.operations.results import ApproveResult, PlanResult, StatementError, VersionChanges
from backstay.report.markdown import (
    Origin,
    Page,
    TargetRow,
    apply_page,
    approve_page,
    comment,
    failure_page,
    many_plans_page,
    mark,
    notices,
    page,
    plan_page,
    push_page,
    stale_page,
    summary,
    synced_page,
    unneeded_page,
    waiting_page,
)
from backstay.report.markdown.marker import read
from backstay.report.markdown.render import code, fence, href, inline
from backstay.report.markdown.sections import (
    COMMENT_BYTES,
    COMMENT_CHARACTERS,
    SUMMARY_BYTES,
    Section,
    fit,
    units,
)
from backstay.report.redact import process_secrets
from backstay.report.visible import hides, visible
from backstay.schema.changes import Change
from backstay.schema.model import Realm
from backstay.schema.state import SourceFile
from tests.report import samples

HOSTILE = "x</code></td></table><script>alert(1)</script>|`\"'&\n\n# title\n@team #12 \u202egnp\u200b"


def shown(made: Page, origin: Origin = Origin()) -> str:
    """The page as a summary."""
    return summary([made], origin, Section("notices", ""))


def commented(made: Page, earlier: tuple[str, ...] = (), run: tuple[int, ...] = (1,), sha: str = "") -> str:
    """The page as a comment."""
    return comment(MARK, [made], Origin(sha=sha), Section("notices", ""), run, earlier)


MARK = mark("plan", "0123456789abcdef")


def replace(value: PlanResult, **changes: object) -> PlanResult:
    return msgspec.structs.replace(value, **changes)


def test_a_plan_begins_with_its_verdict() -> None:
    text = shown(plan_page(samples.PLAN, Origin(env="ci")))
    assert text.startswith("<h3>⚠️ Backstay plan — <code>app</code> · <code>ci</code></h3>\n")
    assert "<b>2 statements · 1 destructive · 1 error</b> — not stored" in text
    assert "<td>🔴&nbsp;drop</td><td>table <code>pets</code></td>" in text
    assert f"```sql\n{samples.MIGRATION}```" in text
    finding = "<td>Dropping table &quot;pets&quot;</td><td><code>DS102</code></td>"
    assert f"<td>❌</td>{finding}<td><code>SQL, line 4</code></td>" in text
    assert "How to approve" not in text


def test_a_harmless_plan_has_no_warning() -> None:
    analysis = msgspec.structs.replace(samples.ANALYSIS, findings=())
    text = shown(plan_page(replace(samples.PLAN, planned=samples.PLANNED[:1], analysis=analysis)))
    assert text.startswith("<h3>📋 ")
    assert "<b>1 statement</b>" in text
    assert "✅ Nothing found." in text


def test_a_change_tells_its_parts_once_and_what_it_costs() -> None:
    parts = tuple(
        Change(action=action, kind="column", schema="main", table="pets", name=action)
        for action in ("add", "modify", "rename", "drop")
    )
    change = Change(action="modify", kind="table", schema="main", name="pets", changes=parts)
    first = Statement(sql="A", comment="modify", changes=(change,), lock="EXCLUSIVE", rewrite=True)
    second = Statement(sql="B", comment="modify", changes=(change,), scan=True, transactional=False)
    text = shown(plan_page(replace(samples.PLAN, planned=(first, second))))
    for word in ("create column <code>add", "alter column <code>modify", "drop column <code>drop"):
        assert text.count(f"<sub>{word}</code></sub>") == 1
    assert "<code>EXCLUSIVE</code><br><sub>rewrites the table</sub>" in text
    assert "table <code>pets</code> <sub>continued</sub>" in text
    assert "<sub>reads the whole table</sub><br><sub>outside of the transaction</sub>" in text
    assert "1 table rewrite" in text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({}, "rewrites the table</sub>"),
        ({("main", "users"): 0}, "rewrites the table</sub><br><sub>about 0 rows</sub>"),
        ({("main", "users"): 1, ("main", "pets"): 7}, "rewrites the table</sub><br><sub>about 1 row</sub>"),
        ({("main", "users"): 1_249_731}, "rewrites the table</sub><br><sub>about 1,200,000 rows</sub>"),
    ],
)
def test_a_rewrite_tells_about_how_many_rows_it_writes(rows: dict[tuple[str, str], int], words: str) -> None:
    change = Change(action="modify", kind="table", schema="main", name="users")
    statement = Statement(sql="ALTER …", comment="", changes=(change,), rewrite=True)
    assert words in shown(plan_page(replace(samples.PLAN, planned=(statement,), rows=rows)))


@pytest.mark.parametrize(("risky", "words"), [(0, "The first 10 statements:"), (2, "2 statements at risk:")])
def test_of_many_changes_those_at_risk_are_shown_first_and_the_others_folded(risky: int, words: str) -> None:
    hazards = (Hazard(code="DS102", text="x"),)
    planned = tuple(
        Statement(sql="A", comment=f"number {n}", hazards=hazards if n >= 30 - risky else ())
        for n in range(30)
    )
    text = shown(plan_page(replace(samples.PLAN, planned=planned)))
    first, rest = text.split("<summary>All 30 statements</summary>")
    assert f"<p>{words}</p>" in first
    assert ("<td>number 0</td>" in first) is not bool(risky)
    assert "<td>number 0</td>" in rest
    assert "<td>number 29</td>" in rest


def test_a_rename_shows_both_names() -> None:
    change = Change(
        action="rename", kind="table", schema="main", name="people", before=samples.REALM.schemas[0].tables[1]
    )
    statement = Statement(sql="A", comment="rename", changes=(change,))
    text = shown(plan_page(replace(samples.PLAN, planned=(statement,))))
    assert "<td>🔁&nbsp;rename</td><td>table <code>users</code> → <code>people</code></td>" in text


def test_a_pending_plan_says_how_to_approve_edit_reject_and_run_again() -> None:
    file = samples.file(url="atlas://app/plans/it's", status="PENDING")
    origin = Origin(run_url="https://github.com/o/r/actions/runs/42")
    text = shown(plan_page(replace(samples.PLAN, file=file), origin))
    assert "approval needed before apply" in text
    quoted = """'atlas://app/plans/it'"'"'s'"""
    for command in (f"approve --url {quoted}", f"pull --url {quoted}", f"rm --url {quoted}"):
        assert f"backstay schema plan {command}" in text
    assert "gh run rerun 42" in text
    for elsewhere in ("", "https://gitlab.example/o/r/-/jobs/42"):
        assert "gh run rerun" not in shown(
            plan_page(replace(samples.PLAN, file=file), Origin(run_url=elsewhere))
        )


def test_a_stored_plan_lists_where_it_is() -> None:
    text = shown(plan_page(samples.PUSHED_PLAN))
    assert "<td>✅</td><td>Backup <code>s3://bucket/prefix?region=us-east-1</code></td><td>ok</td>" in text
    assert "<td>❌</td><td>Backup <code>s3://second/prefix</code></td><td>connection refused</td>" in text
    link = '<a href="https://registry.example/app/plans/1"><code>atlas://app/plans/20260101100000</code></a>'
    assert link in text


def test_a_finding_links_to_the_line_of_its_table_and_to_its_explanation() -> None:
    changed = tuple(
        msgspec.structs.replace(s, changes=(Change(action="modify", kind="table", schema="", name=name),))
        for s, name in zip(samples.PLANNED, ("users", "pets"), strict=True)
    )
    sources = (SourceFile(name="schema.hcl", text='schema "main" {}\n\ntable "pets" {\n}\n'),)
    origin = Origin(
        docs="https://github.com/b/b/blob/v1/docs/",
        source_url=lambda name, line: f"https://github.com/o/r/blob/abc/{name}#L{line}",
    )
    text = shown(plan_page(replace(samples.PLAN, planned=changed, sources=sources), origin))
    assert '<a href="https://github.com/o/r/blob/abc/schema.hcl#L3"><code>schema.hcl:3</code></a>' in text
    assert '<a href="https://github.com/b/b/blob/v1/docs/hazards.md"><code>DS102</code></a>' in text


def test_a_plan_that_changes_tables_draws_them() -> None:
    table = samples.REALM.schemas[0].tables[0]
    change = Change(action="add", kind="table", schema="main", name="pets", after=table)
    statement = Statement(sql="CREATE TABLE pets ()", comment="x", changes=(change,))
    text = shown(plan_page(replace(samples.PLAN, planned=(statement,), after=samples.REALM)))
    assert '```mermaid\nerDiagram\n    t1["🟢 pets"] {\n      int id PK\n      int owner FK\n    }' in text


def test_directives_are_shown_and_whether_they_count() -> None:
    directives = [("atlas:nolint DS102", True), ("atlas:txmode none", False)]
    text = shown(plan_page(samples.PLAN, Origin(request_url="https://github.com/o/r/pull/7"), directives))
    assert "<tr><td><code>atlas:nolint DS102</code></td><td>in force</td></tr>" in text
    assert "<tr><td><code>atlas:txmode none</code></td><td>not part of this plan" in text
    assert '<a href="https://github.com/o/r/pull/7">' in text


@pytest.mark.parametrize(("lines", "folded"), [(30, False), (31, True)])
def test_sql_is_folded_above_30_lines(lines: int, folded: bool) -> None:
    migration = "SELECT 1;\n" * lines
    text = shown(plan_page(replace(samples.PLAN, file=samples.file(migration=migration))))
    assert ("<details><summary>SQL</summary>\n\n```sql\nSELECT 1;" in text) is folded
    assert ("<h4>SQL</h4>\n\n```sql\nSELECT 1;" in text) is not folded


def test_applied_synced_and_dry() -> None:
    text = shown(apply_page([samples.APPLIED]))
    assert "<b>2 statements applied</b>" in text
    assert "<td>create &quot;users&quot; table</td><td>1.03ms</td>" in text
    assert "<b>Already in the desired state</b>" in shown(apply_page([samples.SYNCED]))
    assert "<b>Dry run: 2 statements pending</b>" in shown(apply_page([samples.DRY_RUN]))


def test_a_failed_apply_shows_what_failed_what_was_undone_and_what_is_left() -> None:
    text = shown(apply_page([samples.FAILED]))
    assert text.startswith("<h3>❌ Backstay apply — <code>app</code></h3>")
    assert "<b>Failed and rolled back: nothing changed</b>" in text
    assert "```text\ntable `users` already exists\n```" in text
    left = f"<summary>Not executed: 1 statement</summary>\n\n```sql\n{samples.DROP_PETS};\n```"
    assert left in text


def test_a_partly_applied_migration_says_how_far_it_came() -> None:
    error = StatementError(statement=samples.DROP_PETS, text="in use")
    partly = msgspec.structs.replace(
        samples.FAILED, rolled_back=False, applied=samples.applied(samples.USERS_DONE, error=error)
    )
    made = apply_page([partly])
    assert (made.icon, made.occasion) == ("🟠", "failure")
    assert "<b>Partly applied: 1 of 2 statements</b> — the database is between two states" in shown(made)


def test_a_rejected_apply_shows_why() -> None:
    text = shown(apply_page([samples.REJECTED]))
    assert "<b>Failed: nothing was executed</b>" in text
    assert "```text\nRejected by review policy: errors or warnings were found\n```" in text


def test_several_databases_are_told_apart_and_those_not_reached_are_listed() -> None:
    second = msgspec.structs.replace(samples.FAILED, target=samples.POSTGRES)
    rest = [TargetRow(icon=page.SKIPPED, url="postgres://three", outcome="Not reached")]
    text = shown(apply_page([samples.APPLIED, second], unreached=rest))
    assert "<b>1 of 3 databases failed, 1 in the desired state, 1 not reached</b>" in text
    assert "<h4>Database <code>sqlite://app.db</code></h4>" in text
    assert f"<h4>Database <code>{samples.POSTGRES.url}</code></h4>" in text
    assert "<td>⏭️</td><td><code>postgres://three</code></td><td>Not reached</td>" in text
    details = text.split("</table>", 1)[1]
    assert details.index("postgres://") < details.index("sqlite://app.db</code></h4>")


def test_the_same_migration_on_many_databases_is_shown_once() -> None:
    text = shown(apply_page([samples.APPLIED] * 20))
    assert "<b>20 databases in the desired state</b>" in text
    assert text.count("```sql") == 1


def test_push_and_approval() -> None:
    push = shown(push_page(samples.PUSH))
    assert "<b>New version 20260101100000</b>" in push
    assert "⚠️ 1 of 3 places did not take it" in push
    assert 'src = "atlas://app?tag=v1"' in push
    approval = ApproveResult(url="atlas://app/plans/p", status="APPROVED", targets=(samples.BACKUP,))
    text = shown(approve_page(approval, actor="mona"))
    assert "<b>Plan approved</b>" in text
    assert '<tr><th align="left">Approved by</th><td><code>mona</code></td></tr>' in text


def test_a_new_version_tells_what_it_changes_since_the_one_before() -> None:
    changes = VersionChanges(since="v1", planned=samples.PLAN.planned, before=Realm(), after=samples.REALM)
    text = shown(push_page(msgspec.structs.replace(samples.PUSH, changes=changes)))
    assert "<h4>Changes since version <code>v1</code></h4>" in text
    assert "drop</td><td>table <code>pets</code>" in text
    nothing = msgspec.structs.replace(changes, planned=())
    text = shown(push_page(msgspec.structs.replace(samples.PUSH, changes=nothing)))
    assert "No database that has it needs a migration." in text


PLANS = (samples.file(url="atlas://app/plans/a", status="PENDING"), samples.file(url="atlas://app/plans/b"))


@pytest.mark.parametrize(
    ("made", "occasion", "words"),
    [
        (synced_page("both are the same"), "nothing", "<b>No changes</b> — both are the same"),
        (unneeded_page("approved already"), "nothing", "<b>Nothing to approve</b> — approved already"),
        (stale_page(samples.file()), "failure", "no plan is pending for this schema transition"),
        (many_plans_page(PLANS, "plan"), "failure", "<td><code>atlas://app/plans/b</code></td>"),
        (waiting_page(samples.PLAN), "changes", "<b>Waiting for approval: 2 statements"),
        (failure_page("plan", "no route", "look"), "failure", "<b>no route</b> — look"),
        (failure_page("plan", "SIGINT", "", cancelled=True), "cancelled", "<h3>🚫 Backstay plan</h3>"),
    ],
)
def test_each_state_has_its_page(made: Page, occasion: str, words: str) -> None:
    assert made.occasion == occasion
    assert words in shown(made)


def test_the_small_print_says_where_a_page_comes_from() -> None:
    time = datetime(2026, 1, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    origin = Origin(
        sha="0123456789abcdef",
        commit_url="https://github.com/o/r/commit/0123456789abcdef",
        run_url="https://ci.example/runs/1",
        time=time,
    )
    last = shown(synced_page("x"), origin).splitlines()[-1]
    commit = '<a href="https://github.com/o/r/commit/0123456789abcdef"><code>01234567</code></a>'
    run = '<a href="https://ci.example/runs/1">workflow run</a>'
    assert last.startswith(f"<p><sub>{commit} · {run} · 2026-01-01 10:00 UTC · Backstay ")


# Comments


def test_a_comment_begins_with_its_mark_and_ends_with_what_earlier_runs_said() -> None:
    first = commented(synced_page("x"), run=(1,), sha="a" * 40)
    assert first.startswith(MARK)
    assert "Last runs" not in first
    second = commented(plan_page(samples.PLAN), (first,), run=(2,), sha="b" * 40)
    assert second.startswith(MARK)
    rows = re.findall(r"<td>.*?</td><td><code>(\w+)</code></td><td>(.*?)</td>", second.split("Last runs")[1])
    assert rows == [("bbbbbbbb", "2 statements · 1 destructive · 1 error"), ("aaaaaaaa", "No changes")]


def test_a_later_run_is_not_overwritten_and_a_run_may_write_twice() -> None:
    later = commented(synced_page("x"), run=(7, 3, 1))
    assert commented(plan_page(samples.PLAN), (later,), run=(7, 2, 9)) == ""
    again = commented(plan_page(samples.PLAN), (later,), run=(7, 3, 1))
    assert "Last runs" not in again
    assert "2 statements" in again


def test_the_history_keeps_five_runs() -> None:
    text = ""
    for number in range(8):
        text = commented(synced_page("x"), (text,) if text else (), run=(number,), sha=f"{number}" * 40)
    rows = re.findall(r"<code>(\d{8})</code>", text.split("Last runs")[1].split("</details>")[0])
    assert rows == [f"{number}" * 8 for number in (7, 6, 5, 4, 3)]


@pytest.mark.parametrize(("state", "says_so"), [("another", True), (samples.PLAN.file.from_hash, False)])
def test_a_base_that_moved_makes_the_earlier_plan_stale(state: str, says_so: bool) -> None:
    file = samples.file(from_hash=state)
    first = commented(plan_page(samples.PLAN), run=(1,))
    second = commented(plan_page(replace(samples.PLAN, file=file)), (first,), run=(2,))
    assert ("The base has moved" in second) is says_so
    assert "The base has moved" not in first


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
    page = summary([plan_page(hostile_plan())], Origin(), notices([HOSTILE]))
    assert Tags(page).tags <= OURS
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    assert "<script" not in outside
    assert "href" not in outside
    assert "@team" not in unescape(re.sub(r"<code>.*?</code>", "", outside))
    assert "#12" not in unescape(re.sub(r"<code>.*?</code>", "", outside))
    assert "\n# title" not in outside
    assert "\u202e" not in page
    assert r"\u{202E}gnp\u{200B}" in page
    assert "The SQL holds invisible or direction-changing characters" in page


def test_a_secret_is_gone_before_escaping_could_disguise_it() -> None:
    process_secrets().add("p@ss#1<word>")
    page = notices(["x" * 1990 + " cannot connect with p@ss#1<word>"]).text
    assert "p@" not in page
    assert "xxxxx" in shown(apply_page([msgspec.structs.replace(samples.REJECTED, error="p@ss#1<word>")]))


def test_the_hidden_line_of_a_comment_holds_no_secret() -> None:
    process_secrets().add("p@ss#1<word>")
    text = commented(failure_page("plan", "no access with p@ss#1<word>", ""))
    assert "xxxxx" in read(text).entries[0].verdict


def test_a_failure_cannot_close_its_block() -> None:
    result = msgspec.structs.replace(samples.REJECTED, error=f"```\n</details>{HOSTILE}", plan=None)
    assert Tags(shown(apply_page([result]))).tags <= OURS


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
        ("GH-12 gh-7", "GH-&#8203;12 gh-&#8203;7"),
        ("https://github.com/o/r/issues/1", "https:&#8203;//github.com/o/r/issues/1"),
        ("postgres://db", "postgres://db"),
        (":x: at 10:30", ":&#8203;x: at 10:30"),
        ("$x$", "$&#8203;x$"),
        ("x" * 3000, "x" * 2000 + "…"),
        ("a\r\nb", "a\\u{D}<br>b"),
    ],
)
def test_text_within_html(text: str, shown: str) -> None:
    assert inline(text) == shown


def test_a_line_break_within_code_is_seen() -> None:
    assert code("a\nb") == "<code>a\\u{A}b</code>"


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
    page = shown(plan_page(large_plan(50_000)))
    assert len(page.encode()) <= SUMMARY_BYTES
    assert "… and 49940 more lines" in page
    assert "> ✂️ Shortened to fit: SQL." in page
    assert "<td>statement 99</td>" in page
    assert "<summary>The first 100 of 50000 statements</summary>" in page


def test_a_comment_keeps_both_of_its_limits() -> None:
    origin = Origin(run_url="https://github.com/o/r/actions/runs/1")
    for char in ("é", "😀", "x"):
        plan = replace(large_plan(5_000), repo=char * 1000)
        text = comment(MARK, [plan_page(plan)], origin, notices([char * 1500] * 50), (1,), ())
        assert units(text) <= COMMENT_CHARACTERS
        assert len(text.encode()) <= COMMENT_BYTES
        assert "[The summary of this run](https://github.com/o/r/actions/runs/1) shows more" in text


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
