"""What we tell the GitHub runner arrives as it was meant, whatever the text."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.ci.base import Location
from backstay.ci.github import GitHub
from backstay.ci.github.commands import block, command, inert
from backstay.errors import ConfigError
from tests.e2e.protocol import Annotation, read_file_commands, read_log, read_summary

LINES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
HOSTILE = st.lists(
    st.sampled_from(
        ["::error::no", "::add-mask::x", "##[error]", "::stop-commands::t", "::", " ", "\n", "\r", "%0A"]
    )
    | LINES,
).map("".join)


def platform(tmp_path, scrub=lambda text: text, **environ):
    stream = io.StringIO()
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    return GitHub({**files, "GITHUB_WORKSPACE": str(tmp_path), **environ}, stream, scrub), stream


@given(HOSTILE)
def test_logged_text_is_never_obeyed(text):
    log = read_log(inert(text) + "\n")
    assert log.annotations == []
    assert log.masks == []
    assert "".join(text.split()) in "".join("".join(log.lines).split())


@given(HOSTILE, LINES, HOSTILE)
def test_messages_and_properties_arrive_whole(message, file, title):
    line = command("error", message, title=title, file=file, line=3)
    assert read_log(line + "\n").annotations == [Annotation("error", message, title, file, 3)]


@given(st.dictionaries(st.from_regex(r"[a-z][a-z-]*", fullmatch=True), HOSTILE))
def test_outputs_arrive_whole(outputs):
    text = "".join(block(name, value) for name, value in outputs.items())
    assert read_file_commands(text) == outputs


def test_a_name_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not a name"):
        block("a=b", "")


def test_annotations_beyond_the_limit_are_logged_and_the_failure_is_always_shown(tmp_path):
    github, stream = platform(tmp_path)
    for number in range(12):
        github.annotate("error", f"finding {number}")
        github.annotate("warning", f"warning {number}")
    github.fail("the reason")
    log = read_log(stream.getvalue())
    errors = [a.message for a in log.annotations if a.level == "error"]
    assert errors == [*(f"finding {n}" for n in range(9)), "the reason"]
    assert sum(a.level == "warning" for a in log.annotations) == 10
    assert "error: finding 11" in log.text


def test_an_annotation_has_its_place(tmp_path):
    github, stream = platform(tmp_path)
    github.annotate("warning", "m", title="t: 50%, or so", at=Location(file="db/a,b.hcl", line=3, column=5))
    assert stream.getvalue() == "::warning title=t%3A 50%25%2C or so,file=db/a%2Cb.hcl,line=3,col=5::m\n"


def test_long_messages_are_cut_to_what_the_runner_keeps(tmp_path):
    github, stream = platform(tmp_path)
    github.fail("x" * 5000)
    assert len(read_log(stream.getvalue()).annotations[0].message) == 4096


def test_secrets_go_to_the_mask_command_only(tmp_path):
    github, stream = platform(tmp_path, scrub=lambda text: text.replace("hunter2", "***"))
    github.mask("hunter2")
    for say in (
        github.log,
        github.debug,
        github.fail,
        lambda text: github.annotate("notice", text, title=text),
    ):
        say("it is hunter2")
    with github.group("hunter2"):
        pass
    github.write_outputs({"error": "hunter2"})
    github.write_summary("hunter2")
    assert stream.getvalue().count("hunter2") == 1
    assert read_file_commands((tmp_path / "GITHUB_OUTPUT").read_text()) == {"error": "***"}
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text() == "***\n"


def test_a_group_is_closed_also_when_the_work_fails(tmp_path):
    github, stream = platform(tmp_path)
    with pytest.raises(RuntimeError), github.group("work"):
        raise RuntimeError
    assert stream.getvalue() == "::group::work\n::endgroup::\n"


def test_a_summary_that_is_too_large_is_cut_in_whole_lines(tmp_path):
    github, _ = platform(tmp_path)
    github.write_summary("ä" * 79 + "\n" + ("ö" * 79 + "\n") * 10_000)
    text = read_summary((tmp_path / "GITHUB_STEP_SUMMARY").read_bytes())
    assert text.endswith("ö\n\n*The summary was cut here: it is larger than the runner accepts.*\n")


def test_without_the_runners_files_nothing_is_lost_but_the_outputs(tmp_path):
    github, stream = platform(tmp_path, GITHUB_OUTPUT="")
    github.write_outputs({"a": "b"})
    assert read_log(stream.getvalue()).debug == ["GITHUB_OUTPUT is not set; nothing was written to it"]


def test_inputs_keep_hyphens_and_lose_spaces(tmp_path):
    environ = {"INPUT_AUTO-APPROVE": "true", "INPUT_A_B": "x"}
    github, _ = platform(tmp_path, **environ)
    assert (github.input("auto-approve"), github.input("a b"), github.input("none")) == ("true", "x", "")


def test_the_event_is_read_from_its_file(tmp_path):
    (tmp_path / "event.json").write_text(
        json.dumps({"pull_request": {"number": 3, "body": None, "head": {}}})
    )
    environ = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    github, _ = platform(tmp_path, **environ)
    assert github.trigger().pull_request.number == 3


@pytest.mark.parametrize("content", ["", "[1]", "{"])
def test_an_event_that_cannot_be_read_is_an_error(tmp_path, content):
    (tmp_path / "event.json").write_text(content)
    github, _ = platform(tmp_path, GITHUB_EVENT_PATH=str(tmp_path / "event.json"))
    with pytest.raises(ConfigError, match="cannot read the event of this run"):
        github.trigger()
