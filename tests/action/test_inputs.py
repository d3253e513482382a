"""Inputs are read by their kind; wrong ones are named, and what may be secret is not quoted."""

from __future__ import annotations

import pytest

from backstay.action.inputs import FALSE, TRUE, Inputs, repair_host_paths
from backstay.action.manifest import APPLY, PLAN, PUSH
from backstay.errors import ConfigError
from backstay.operations.options import ApplyOptions, PlanOptions, PushOptions


def inputs(action=PUSH, **given):
    return Inputs(action, lambda name: given.get(name.replace("-", "_"), ""))


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"env": "  ci \n"}, "env", "ci"),
        ({"url": " file://a.sql \n\n file://b,c.sql\n"}, "url", ("file://a.sql", "file://b,c.sql")),
        ({"schema": "public\r\n  audit"}, "schemas", ("public", "audit")),
        ({"config": "file://a.hcl\nfile://b.hcl"}, "config", "file://a.hcl,file://b.hcl"),
        ({"schema_name": "app"}, "repo", "app"),
        ({"schema_name": "atlas://app?tag=v1"}, "repo", "app"),
        ({"schema_name": "atlas://a%2Fb"}, "repo", "a/b"),
        ({"dev_url": "sqlite://dev?mode=memory"}, "dev_url", "sqlite://dev?mode=memory"),
        ({"description": "#1: a, b"}, "description", "#1: a, b"),
    ],
)
def test_inputs_become_options(given, field, value):
    assert getattr(inputs(**given).options(PushOptions), field) == value


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("{}", ()),
        ('{"b": "x", "a": 1000000}', (("a", "1000000"), ("b", "x"))),
        ('{"n": 1e6, "f": 1.5, "t": true}', (("f", "1.5"), ("n", "1000000"), ("t", "true"))),
        ('{"tenants": ["a", "b", 3]}', (("tenants", "a"), ("tenants", "b"), ("tenants", "3"))),
        ('{"none": []}', ()),
        ('{"equals": "a=b,c"}', (("equals", "a=b,c"),)),
    ],
)
def test_vars_become_pairs_in_the_order_of_their_names(text, pairs):
    assert inputs(vars=text).options(PushOptions).vars == pairs


def test_a_token_that_nobody_filled_in_is_none():
    assert inputs().text("fallback-github-token") == ""
    assert not inputs().given("fallback-github-token")


@pytest.mark.parametrize("text", [*sorted(TRUE), *sorted(FALSE), ""])
def test_booleans_have_these_spellings(text):
    assert inputs(APPLY, auto_approve=text).options(ApplyOptions).auto_approve is (text in TRUE)


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("1h30m", 5400), ("5", 5), ("", 0), ("-1s", 0), (" 2s ", 2)]
)
def test_durations_are_gos_or_seconds(text, seconds):
    assert inputs(APPLY, wait_timeout=text).seconds("wait-timeout") == seconds


def test_defaults_of_the_manifest_count_for_empty_inputs():
    given = inputs(APPLY)
    assert given.seconds("wait-interval") == 1
    assert given.text("fail-on") == "never"
    assert given.text("database-host") == "auto"
    assert inputs(PLAN).text("fail-on") == "error"


def test_choices_are_taken_in_any_case():
    assert inputs(APPLY, lint_review="always").text("lint-review") == "ALWAYS"
    assert inputs(APPLY, tx_mode="None").options(ApplyOptions).tx_mode == "none"


def test_what_the_flow_says_wins_over_inputs():
    assert inputs(PLAN, name="mine").options(PlanOptions, name="ours", mode="pending").name == "ours"


@pytest.mark.parametrize(
    ("action", "given", "message"),
    [
        (APPLY, {"auto_approve": "yes"}, 'input auto-approve is no boolean: "yes"'),
        (APPLY, {"wait_interval": "soon"}, "input wait-interval: invalid duration 'soon'"),
        (APPLY, {"lint_review": "SOME"}, 'input lint-review has an unknown value: "SOME"'),
        (PUSH, {"vars": "[1]"}, "input vars is not a JSON object"),
        (PUSH, {"vars": '{"a": {"b": "hunter2"}}'}, 'input vars: the value of "a" is neither text'),
        (PUSH, {"vars": '{"a": null}'}, 'input vars: the value of "a" is neither text'),
        (PUSH, {"vars": '{"password": hunter2}'}, "input vars is not a JSON object"),
        (PUSH, {"vars": '{"a": "hunter2", "b": 1, "a": 2}'}, "input vars gives a twice"),
        (PUSH, {"url": "file://ok.sql\nhunter2"}, "input url is not a URL"),
        (PUSH, {"dev_url": "hunter2@host"}, "input dev-url is not a URL"),
        (APPLY, {"url": "postgres://a:hunter2@h/x\nmore"}, "input url is not a URL"),
        (PUSH, {"config": "hunter2.hcl"}, "input config is not a URL"),
        (PUSH, {"schema_name": "postgres://u:hunter2@host/db"}, "input schema-name names no repository"),
    ],
)
def test_wrong_values_are_errors_that_name_the_input(action, given, message):
    with pytest.raises(ConfigError) as error:
        inputs(action, **given)
    assert error.value.message.startswith(message)
    assert error.value.hint
    assert "hunter2" not in error.value.message + error.value.hint


RUNNER = {
    "RUNNER_WORKSPACE": "/home/runner/work/app",
    "GITHUB_WORKSPACE": "/github/workspace",
    "GITHUB_REPOSITORY": "octo/app",
}


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("file:///home/runner/work/app/app/db/atlas.hcl", "file:///github/workspace/db/atlas.hcl"),
        ("a\n/home/runner/work/app/app", "a\n/github/workspace"),
        ('{"path": "/home/runner/work/app/app/x"}', '{"path": "/github/workspace/x"}'),
        ("/home/runner/work/app/app-2/x", "/home/runner/work/app/app-2/x"),
        ("/home/runner/work/app", "/home/runner/work/app"),
        ("file://schema.hcl", "file://schema.hcl"),
    ],
)
def test_paths_of_the_host_become_paths_of_the_container(text, repaired):
    assert repair_host_paths(RUNNER)(text) == repaired


@pytest.mark.parametrize("missing", list(RUNNER))
def test_without_a_host_to_know_of_paths_stay(missing):
    environ = {name: value for name, value in RUNNER.items() if name != missing}
    assert repair_host_paths(environ)("/home/runner/work/app/app") == "/home/runner/work/app/app"
