"""Whatever names, SQL and messages hold: as HTML, a page has our tags and no others."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from backstay.dialects.dialect import Hazard, Statement
from backstay.operations.results import ApproveResult, PlanResult, StatementError, VersionChanges
from backstay.report import markdown
from backstay.report.markdown import Origin, Page
from backstay.schema.changes import Change
from backstay.schema.model import Column, Realm, Schema, Table
from tests.report import samples

MARK = markdown.mark("plan", "0123456789abcdef")
NASTY = st.lists(
    st.sampled_from(
        [
            *(
                "<script>",
                "</td></table>",
                "</details>",
                "<img src=x onerror=y>",
                "<!--",
                "-->",
                "--!>",
                "]]>",
            ),
            *("```", "`", "``````", "~~~", "\n\n", "\n", "\r\n", "|", "\\", "&", "&lt;", "&#64;", '"', "'"),
            *("@octo/team", "@mona", "#1", "octo/app#1", "GH-1", "closes #3", ":x:", "$x$", "$$", "**b**"),
            *("[a](https://evil.example)", "![a](https://evil.example/x.png)", "https://evil.example", "# h"),
            *("\u202e", "\u200b", "\ufeff", "${{ secrets.X }}", "::error::x", "<details>", "</summary>", " "),
        ]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    max_size=12,
).map("".join)


class Tags(HTMLParser):
    """The tags of a document, with where links lead to, and its text outside of code."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self._code = 0
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert {name for name, _ in attrs} <= {"href", "align", "class", "colspan"}
        self._code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")
        self._code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.text += data


def rendered(page: Page) -> Tags:
    """The comment of a page as a browser gets it."""
    text = markdown.comment(MARK, [page], Origin(env="ci"), markdown.notices([]), (1,), ())
    return Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def plan(text: str) -> PlanResult:
    """A plan with this text wherever a foreign text can be."""
    diagnostic = msgspec.structs.replace(samples.ANALYSIS.diagnostics[0], text=text, code=text or "x")
    finding = msgspec.structs.replace(samples.ANALYSIS.findings[0], text=text, diagnostics=(diagnostic,))
    table = Table(name=text, columns=(Column(name=text, type=text),))
    realm = Realm(schemas=(Schema(name="main", tables=(table,)),))
    change = Change(action="add", kind="table", schema="main", name=text, after=table)
    statement = Statement(
        sql=text or "x", comment=text, changes=(change,), hazards=(Hazard(text, text),), lock=text or "x"
    )
    return PlanResult(
        repo=text or "x",
        file=samples.file(
            name=text, migration=text or "x", url=text or "x", status="PENDING", from_desc=text or "x"
        ),
        planned=(statement, msgspec.structs.replace(statement, changes=())),
        analysis=msgspec.structs.replace(samples.ANALYSIS, findings=(finding,)),
        targets=(msgspec.structs.replace(samples.FAILED_BACKUP, url=text, error=text or "x"),),
        after=realm,
    )


def changes(text: str) -> VersionChanges:
    made = plan(text)
    return VersionChanges(since=text or "x", planned=made.planned, before=made.before, after=made.after)


def applied(text: str) -> Page:
    error = StatementError(statement=text or "x", text=text)
    result = msgspec.structs.replace(
        samples.FAILED, plan=plan(text), error=text or "x", applied=samples.applied(error=error)
    )
    return markdown.apply_page([result])


PAGES = {
    "plan": lambda text: markdown.plan_page(plan(text), directives=[(text or "x", True)]),
    "apply": applied,
    "waiting": lambda text: markdown.waiting_page(plan(text)),
    "push": lambda text: markdown.push_page(
        msgspec.structs.replace(
            samples.PUSH, repo=text or "x", url=text or "x", tags=(text or "x",), changes=changes(text)
        )
    ),
    "approve": lambda text: markdown.approve_page(
        ApproveResult(url=text or "x", status="APPROVED"), actor=text or "x"
    ),
    "stale": lambda text: markdown.stale_page(samples.file(migration=text or "x", from_desc=text or "x")),
    "many": lambda text: markdown.many_plans_page([samples.file(url=text or "x")], "plan"),
    "failure": lambda text: markdown.failure_page("plan", text or "x", text or "x"),
}


@pytest.mark.parametrize("kind", PAGES)
@settings(max_examples=25, deadline=None)
@given(NASTY)
def test_a_page_has_the_tags_of_a_harmless_one(kind: str, text: str) -> None:
    made, harmless = rendered(PAGES[kind](text)), rendered(PAGES[kind]("x"))
    assert _without_breaks(made.tags) == _without_breaks(harmless.tags)
    assert made.links == []
    assert not re.search(r"(?<![\w&])(@|#|GH-)\w", made.text)
    assert not re.search(r"[\u202e\ufeff]", made.text)


def _without_breaks(tags: list[str]) -> list[str]:
    """Line breaks and notes come and go with the text; paragraphs with whatever is beside them."""
    return [tag for tag in tags if tag.lstrip("/") not in ("br", "blockquote", "p")]
