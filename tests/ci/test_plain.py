"""Outside of a known CI system: words on the log, data on stdout; and which system is which."""

from __future__ import annotations

import io
import json

import pytest

from backstay.ci.base import Location
from backstay.ci.detect import detect, detect_name
from backstay.ci.plain import Plain
from backstay.errors import ConfigError


def scrub(text: str) -> str:
    return text.replace("hunter2", "***")


def plain(**environ):
    log, data = io.StringIO(), io.StringIO()
    return Plain(environ, log, data, scrub), log, data


def test_words_go_to_the_log_and_outputs_to_stdout():
    platform, log, data = plain()
    platform.log("hello hunter2")
    platform.annotate("warning", "odd", at=Location(file="a.hcl", line=3))
    with platform.group("Work"):
        platform.fail("bad")
    platform.debug("unseen")
    platform.write_outputs({"url": "atlas://app", "error": "hunter2"})
    platform.write_summary("# nowhere")
    assert log.getvalue() == "hello ***\na.hcl:3: Warning: odd\nWork\nError: bad\n"
    assert json.loads(data.getvalue()) == {"url": "atlas://app", "error": "***"}


def test_outputs_and_summary_go_to_files_where_these_are_named(tmp_path):
    output, summary = tmp_path / "out.json", tmp_path / "summary.md"
    platform, _, data = plain(BACKSTAY_OUTPUT_FILE=str(output), BACKSTAY_SUMMARY_FILE=str(summary))
    platform.write_outputs({"slug": "app"})
    platform.write_summary("# Done")
    assert json.loads(output.read_text()) == {"slug": "app"}
    assert summary.read_text() == "# Done"
    assert data.getvalue() == ""


def test_an_output_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    platform, _, _ = plain(BACKSTAY_OUTPUT_FILE=str(tmp_path / "file" / "out.json"))
    with pytest.raises(ConfigError, match="cannot write the outputs"):
        platform.write_outputs({})


@pytest.mark.parametrize("prefix", ["BACKSTAY_INPUT_", "ATLAS_INPUT_"])
def test_inputs_have_underscores_for_everything_else(prefix):
    platform, _, _ = plain(**{f"{prefix}AUTO_APPROVE": "true"})
    assert platform.input("auto-approve") == "true"
    assert platform.input("url") == ""


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"GITHUB_ACTIONS": "true"}, "github"),
        ({"GITHUB_ACTIONS": "false"}, "plain"),
        ({"GITLAB_CI": "true", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "gitlab"),
        ({"CIRCLECI": "true"}, "circleci"),
        ({"BITBUCKET_BUILD_NUMBER": "7"}, "bitbucket"),
        ({"BITBUCKET_PIPELINE_UUID": "{1}", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "bitbucket"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ({}, "plain"),
        ({"GITHUB_ACTIONS": "true", "BACKSTAY_PLATFORM": "plain"}, "plain"),
        ({"BACKSTAY_PLATFORM": " GitHub "}, "github"),
    ],
)
def test_the_system_is_the_one_named_else_the_one_that_shows(environ, name):
    assert detect_name(environ) == name
    assert detect(environ, stdout=io.StringIO(), stderr=io.StringIO(), scrub=scrub).name == name


def test_an_unknown_system_is_an_error_that_names_those_there_are():
    with pytest.raises(ConfigError) as error:
        detect_name({"BACKSTAY_PLATFORM": "jenkins"})
    assert error.value.hint == "use one of: github, gitlab, circleci, bitbucket, kubernetes, plain"
