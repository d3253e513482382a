"""The log: one event after the other, without secrets, in the form of the place."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backstay.ci.detect import log_form
from backstay.ci.github.log import Commands
from backstay.errors import ConfigError
from backstay.log import Form, Json, Log, Text, is_debugging, is_in_ci
from tests.logs import log_to


def said(form: Form, *, debug: bool = False) -> str:
    """What a log makes of one event of each kind."""
    stream = io.StringIO()
    log = log_to(stream, form, debug=debug)
    log.debug("asked hunter2")
    log.notice("hunter2 is away")
    with log.group("Work for hunter2"):
        log.info("done", rows=3, host="hunter2")
    log.say("warning", "odd", title="Title", file="a.hcl", line=3, column=5)
    log.say("error", "bad", ends=True)
    return stream.getvalue()


def test_people_read_text() -> None:
    assert said(Text(), debug=True) == (
        "debug: asked ***\n"
        "Notice: *** is away\n"
        "Work for ***\n"
        "done rows=3 host=***\n"
        "a.hcl:3: Warning: odd\n"
        "Error: bad\n"
    )


def test_machines_read_one_object_a_line() -> None:
    events: list[dict[str, Any]] = [json.loads(line) for line in said(Json(), debug=True).splitlines()]
    for event in events:
        assert list(event)[:3] == ["timestamp", "level", "event"]
        assert datetime.fromisoformat(event.pop("timestamp")).tzinfo == UTC
    assert events == [
        {"level": "debug", "event": "asked ***"},
        {"level": "notice", "event": "*** is away"},
        {"level": "info", "event": "done", "group": "Work for ***", "rows": 3, "host": "***"},
        {"level": "warning", "event": "odd", "title": "Title", "file": "a.hcl", "line": 3, "column": 5},
        {"level": "error", "event": "bad", "ends": True},
    ]


def test_the_runner_of_github_reads_commands() -> None:
    assert said(Commands(), debug=True) == (
        "::debug::asked ***\n"
        "::notice::*** is away\n"
        "::group::Work for ***\ndone rows=3 host=***\n::endgroup::\n"
        "::warning title=Title,file=a.hcl,line=3,col=5::odd\n"
        "::error::bad\n"
    )


@pytest.mark.parametrize("form", [Text(), Json(), Commands()])
def test_debug_messages_are_for_those_who_ask(form: Form) -> None:
    assert "asked" not in said(form)


@pytest.mark.parametrize("text", ["a\nb", "::error::x", '"', "\x1b[0m", "\u2028", "täble"])
def test_an_event_is_one_line_of_json_whatever_it_says(text: str) -> None:
    stream = io.StringIO()
    log_to(stream, Json()).info(text)
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue())["event"] == text


def test_a_group_ends_where_the_work_fails() -> None:
    stream = io.StringIO()
    log = log_to(stream, Json())
    with pytest.raises(RuntimeError), log.group("Work"):
        raise RuntimeError
    log.info("after")
    assert "group" not in json.loads(stream.getvalue())


def test_a_log_outlives_the_stream_it_began_with() -> None:
    streams = [io.StringIO(), io.StringIO()]
    log = Log(lambda: streams[-1], Text, str)
    log.info("first")
    streams.pop().close()
    log.info("second")
    assert streams[0].getvalue() == "second\n"


PLACES: list[tuple[str, dict[str, str], bool, type[Form]]] = [
    ("a terminal", {}, True, Text),
    ("a terminal of a CI system", {"CI": "true"}, True, Text),
    ("a file", {}, False, Text),
    ("a CI system", {"CI": "1"}, False, Json),
    ("GitLab", {"GITLAB_CI": "true"}, False, Json),
    ("a pod", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, False, Json),
    ("GitHub", {"CI": "true", "GITHUB_ACTIONS": "true"}, False, Commands),
    ("GitHub whatever is asked for", {"GITHUB_ACTIONS": "true", "BACKSTAY_LOG": "json"}, False, Commands),
    ("CI is off", {"CI": "false"}, False, Text),
    ("text is asked for", {"CI": "true", "BACKSTAY_LOG": " Text "}, False, Text),
    ("JSON is asked for", {"BACKSTAY_LOG": "json"}, True, Json),
]


@pytest.mark.parametrize(("environ", "terminal", "form"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_the_form_is_that_of_the_place(environ: dict[str, str], terminal: bool, form: type[Form]) -> None:
    assert type(log_form(environ, terminal=terminal)) is form


@pytest.mark.parametrize(("terminal", "form"), [(True, Text), (False, Json)])
def test_a_service_is_read_by_machines_where_no_person_watches(terminal: bool, form: type[Form]) -> None:
    assert type(log_form({"GITHUB_ACTIONS": "true"}, terminal=terminal, service=True)) is form


def test_a_form_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ConfigError, match='BACKSTAY_LOG names an unknown form "xml"'):
        log_form({"BACKSTAY_LOG": "xml"}, terminal=True)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"BACKSTAY_DEBUG": "1"}, True),
        ({"RUNNER_DEBUG": "1"}, True),
        ({"RUNNER_DEBUG": ""}, False),
    ],
)
def test_where_debug_messages_are_asked_for(environ: dict[str, str], wanted: bool) -> None:
    assert is_debugging(environ) == wanted


@pytest.mark.parametrize(
    ("value", "is_ci"),
    [("true", True), ("1", True), ("woodpecker", True), ("", False), ("0", False), (" False", False)],
)
def test_ci_systems_say_so(value: str, is_ci: bool) -> None:
    assert is_in_ci({"CI": value}) == is_ci
