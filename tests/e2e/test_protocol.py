"""The runner of our tests is strict: what GitHub's would ignore or misread, it refuses."""

from __future__ import annotations

import pytest

from tests.e2e.expressions import evaluate, expand, holds
from tests.e2e.protocol import (
    Annotation,
    ProtocolError,
    read_file_commands,
    read_log,
    read_summary,
)
from tests.e2e.runner import action_of

TOKEN = "0123456789abcdef"


def test_a_log_is_taken_apart():
    log = read_log(
        "hello\n"
        "::add-mask::hunter2\n"
        "  ::warning title=A%3A b,file=db/x.hcl,line=3::two%0Alines 50%25\n"
        "::group::Plan\nit is hunter2\n::endgroup::\n"
        f"::stop-commands::{TOKEN}\n::error::foreign\n::{TOKEN}::\n"
        "::debug::hunter2 again\n"
        "bye"
    )
    assert log.annotations == [Annotation("warning", "two\nlines 50%", "A: b", "db/x.hcl", 3)]
    assert log.lines == ["hello", "it is ***", "::error::foreign", "bye"]
    assert (log.masks, log.groups, log.debug) == (["hunter2"], ["Plan"], ["*** again"])
    assert log.suppressed == ["::error::foreign"]


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("::set-output name=a::b", "not a command the runner knows"),
        ("::error no end", "not a command the runner knows"),
        ("postgres said\r::what", "not a command the runner knows"),
        ("text ##[error]old", "older form"),
        ("::error::50% done", "not escaped"),
        ("::error color=red::x", "properties the runner ignores"),
        ("::error::" + "x" * 4097, "is cut"),
        ("::stop-commands::abc\n::abc::", "can be guessed"),
        (f"::stop-commands::{TOKEN}\n", "never resumed"),
        ("::group::a\n", "never closed"),
        ("::group::a\n::group::b\n::endgroup::", "inside group"),
        ("::notice::x\n" * 11, "more than 10"),
    ],
)
def test_what_the_runner_would_misread_in_a_log_is_refused(log, why):
    with pytest.raises(ProtocolError, match=why):
        read_log(log)


def test_file_commands_are_lines_or_blocks():
    assert read_file_commands("a=b=c\nx<<END\n1\n\n2\nEND\ny<<E\nE\n") == {"a": "b=c", "x": "1\n\n2", "y": ""}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a=b", "newline"),
        ("a<<END\nb\n", "missing"),
        ("a<<\nb\n", "empty delimiter"),
        ("plain\n", "neither"),
        ("a b=c\n", "neither"),
        ("=c\n", "neither"),
        (f"a={'x' * 600_000}\n", "1 MiB"),
    ],
)
def test_malformed_file_commands_are_refused(text, why):
    with pytest.raises(ProtocolError, match=why):
        read_file_commands(text)


def test_a_summary_that_the_runner_drops_is_refused():
    with pytest.raises(ProtocolError, match="dropped"):
        read_summary(b"x" * (1024 * 1024 + 1))


CONTEXTS = {
    "github": {
        "event_name": "push",
        "ref": "refs/heads/Main",
        "event": {"number": 3, "labels": [{"name": "db"}]},
    },
    "secrets": {"A_B": "s"},
    "matrix": {"env": ["eu", "us"]},
    "env": {},
    "status": "failure",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("x-${{ secrets.A_B }}-${{github.event.number}}", "x-s-3"),
        ("${{ env.NONE }}${{ env.NONE.more }}", ""),
        ("${{ github.event_name == 'push' }}", "true"),
        ("${{ github.event_name != 'PUSH' }}", "false"),
        ("${{ github['event_name'] }} ${{ matrix.env[1] }}", "push us"),
        ("${{ env.NONE || 'it''s' }}", "it's"),
        ("${{ env.NONE && 'a' || 'b' }}", "b"),
        ("${{ !env.NONE && (1 < 2) }}", "true"),
        ("${{ '3' == github.event.number }} ${{ null == 0 }} ${{ 0x10 }}", "true true 16"),
        ("${{ contains(github.ref, 'main') && startsWith(github.ref, 'refs/') }}", "true"),
        ("${{ endsWith(github.ref, 'x') }} ${{ contains(github.event.labels.*.name, 'db') }}", "false true"),
        ("${{ format('{0}-{1}', matrix.env[0], 1) }} ${{ join(matrix.env, '+') }}", "eu-1 eu+us"),
        ("${{ fromJSON('[\"a\"]')[0] }}", "a"),
        ("${{ toJSON(github.event.number) }}", "3"),
        ("${{ failure() }} ${{ success() }} ${{ always() }} ${{ cancelled() }}", "true false true false"),
    ],
)
def test_expressions_are_expanded(text, value):
    assert expand(text, CONTEXTS) == value


@pytest.mark.parametrize(
    ("condition", "value"),
    [("", False), ("always()", True), ("${{ failure() && github.ref }}", True), ("github.ref", False)],
)
def test_a_condition_that_asks_for_no_status_wants_success(condition, value):
    assert holds(condition, CONTEXTS) is value


@pytest.mark.parametrize(
    "expression", ["nothing.here", "a || b", "hash('x')", "1 +", "(1", "contains('a'", "1 2"]
)
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(ValueError, match=r"expression|context|function"):
        evaluate(expression, CONTEXTS)


@pytest.mark.parametrize(
    ("uses", "directory"),
    [
        ("ariga/atlas-action/schema/push@v1", "schema/push"),
        ("octo/backstay/schema/plan/approve@v0.1.0", "schema/plan/approve"),
        ("octo/backstay@v1", ""),
        ("./schema/apply", "schema/apply"),
    ],
)
def test_workflows_find_the_action_by_its_path(uses, directory):
    assert action_of({"uses": uses}) == directory


def test_steps_that_are_not_ours_are_refused():
    for step in ({"uses": "octo/other/thing@v1"}, {"run": "make"}):
        with pytest.raises(ProtocolError, match="cannot run"):
            action_of(step)
