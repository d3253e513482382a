"""schema/push: one version, its tags moved together."""

from __future__ import annotations

import pytest

from tests.action.fakes import MISSED, PULL_REQUEST, SHA, Fake, act, pushed


@pytest.mark.parametrize(
    ("inputs", "pull_request", "tags"),
    [
        ({}, None, (SHA, "latest")),
        ({"tag": "v1"}, None, ("v1", "latest")),
        ({"latest": "false"}, None, (SHA,)),
        ({}, PULL_REQUEST, (SHA,)),
        ({"latest": "true"}, PULL_REQUEST, (SHA, "latest")),
        ({"tag": "latest"}, None, ("latest",)),
    ],
)
def test_tags_are_the_commit_or_the_one_given_and_latest_outside_of_pull_requests(
    tmp_path, inputs, pull_request, tags
):
    operations = Fake(push=pushed())
    assert act(tmp_path, "schema/push", operations, inputs, pull_request=pull_request).exit_code == 0
    (options,) = operations.options("push")
    assert options.tags == tags


def test_the_context_names_the_head_of_the_pull_request(tmp_path):
    operations = Fake(push=pushed())
    act(tmp_path, "schema/push", operations, pull_request=PULL_REQUEST)
    context = operations.options("push")[0].context
    assert (context.commit, context.branch) == ("a" * 40, "feature")
    assert context.url == "https://github.com/octo/app/pull/7"


def test_outputs_and_summary_tell_of_the_version(tmp_path):
    outcome = act(tmp_path, "schema/push", Fake(push=pushed()))
    assert outcome.outputs == {"link": "", "slug": "app", "url": f"atlas://app?tag={SHA}"}
    assert outcome.summary
    assert "version 20260901000000 pushed" in outcome.log.text


def test_a_backup_that_missed_the_push_is_a_warning(tmp_path):
    outcome = act(tmp_path, "schema/push", Fake(push=pushed((MISSED,))))
    assert outcome.exit_code == 0
    assert outcome.messages("warning") == ["s3://backup-b: connection refused"]


def test_a_version_without_a_tag_is_refused(tmp_path):
    outcome = act(tmp_path, "schema/push", Fake(), {"latest": "false"}, environ={"GITHUB_SHA": ""})
    assert outcome.messages("error")[0].startswith("this version would get no tag")
