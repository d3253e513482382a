"""The manifest, the files written from it, the options it fills: they agree."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from backstay.action.declarations import Action
from backstay.action.inputs import Inputs
from backstay.action.main import FLOWS
from backstay.action.manifest import ACTIONS
from backstay.operations.options import (
    ApplyOptions,
    LoginOptions,
    PlanLintOptions,
    PlanListOptions,
    PlanOptions,
    PlanURLOptions,
    PushOptions,
)
from tests.e2e.scenarios import scenarios

ROOT = Path(__file__).resolve().parents[2]
COMMON = {"working-directory", "config", "env", "vars", "dev-url"}
ESTABLISHED = {
    "schema/push": (
        {"url", "schema-name", "schema", "tag", "latest", "version", "description"},
        {"link", "slug", "url"},
    ),
    "schema/plan": (
        {"from", "to", "schema-name", "schema", "include", "exclude", "name"},
        {"plan", "link", "status"},
    ),
    "schema/plan/approve": (
        {"plan", "from", "to", "schema-name", "schema", "include", "exclude"},
        {"plan", "link", "status"},
    ),
    "schema/apply": (
        {
            *("url", "to", "plan", "dry-run", "auto-approve", "lint-review", "wait-interval", "wait-timeout"),
            *("tx-mode", "schema", "include", "exclude"),
        },
        {"error"},
    ),
    "schema/lint": ({"url", "schema"}, {"error"}),
    "schema/test": ({"url", "paths", "run"}, set()),
    "setup/container": ({"version", "flavor", "cloud-token", "token"}, set()),
}
"""Inputs and outputs that workflows out there use."""

OPTIONS = {
    "push": (PushOptions,),
    "plan": (PlanOptions, PlanListOptions, PlanLintOptions),
    "approve": (PlanURLOptions, PlanListOptions, PlanOptions),
    "apply": (ApplyOptions, PlanListOptions, PlanOptions),
    "setup": (LoginOptions,),
}

NEEDS_A_SERVER = {"link", "cache-day"}
"""Scenarios have a directory for a registry; the tests of the flows set these."""

AVAILABLE = [action for action in ACTIONS if action.available]
by_path = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.path)
if_available = pytest.mark.parametrize("action", AVAILABLE, ids=lambda action: action.path)


def test_generated_files_are_up_to_date():
    script = [sys.executable, ROOT / "scripts" / "generate_actions.py", "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


def test_every_action_has_a_flow():
    assert {action.operation for action in ACTIONS} == set(FLOWS)


@by_path
def test_established_names_are_there(action: Action):
    inputs, outputs = ESTABLISHED[action.path]
    assert inputs | COMMON <= {i.name for i in action.inputs}
    assert outputs | {"failure-reason"} <= {o.name for o in action.outputs}


@by_path
def test_nothing_is_declared_twice_or_required(action: Action):
    for names in ([i.name for i in action.inputs], [o.name for o in action.outputs]):
        assert len(names) == len(set(names))
    document = yaml.safe_load((ROOT / action.path / "action.yml").read_text())
    assert not any("required" in about for about in document["inputs"].values())


@if_available
def test_an_input_fills_a_field_of_the_operations_options_or_is_read_by_the_flow(action: Action):
    fields = {field for kind in OPTIONS[action.operation] for field in kind.__struct_fields__}
    assert {i.option for i in action.inputs if i.option} <= fields


def test_every_input_is_read_and_every_input_read_is_declared():
    read = {
        node.value
        for package in ("action", "ci")
        for file in (ROOT / "src" / "backstay" / package).rglob("*.py")
        if file.name != "manifest.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | {"working-directory"}  # by its constant
    github = {text.removeprefix("INPUT_").lower() for text in read if text.startswith("INPUT_")}
    unread = {i.name for action in AVAILABLE for i in action.inputs if not i.option} - read - github
    assert unread == set()
    asked = {
        node.args[0].value
        for file in (ROOT / "src" / "backstay" / "action").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("text", "flag", "seconds", "items", "given", "input")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked - {"operation"} <= {i.name for action in ACTIONS for i in action.inputs}


def test_every_output_is_expected_by_a_scenario():
    """What is declared and never set anywhere is a promise that nobody keeps."""
    expected = {
        (step["uses"], name)
        for scenario in scenarios()
        for step in scenario.steps
        for name, value in step.get("outputs", {}).items()
        if value != ""
    }
    declared = {(action.path, output.name) for action in ACTIONS for output in action.outputs}
    assert {(path, name) for path, name in declared - expected if name not in NEEDS_A_SERVER} == set()


@if_available
def test_without_inputs_the_options_are_those_without_flags(action: Action):
    inputs = Inputs(action, lambda name: "")
    for kind in OPTIONS[action.operation]:
        neutral = {"auto_approve", "dry_run"}
        given = inputs.options(kind)
        assert {f for f in kind.__struct_fields__ if getattr(given, f) != getattr(kind(), f)} <= neutral


@by_path
def test_the_image_is_built_from_the_dockerfile_at_the_root(action: Action):
    document = yaml.safe_load((ROOT / action.path / "action.yml").read_text())
    image = ROOT / action.path / document["runs"]["image"]
    assert image.resolve() == ROOT / "Dockerfile"
    assert document["runs"]["args"] == [action.path]
    assert f'ENTRYPOINT ["{document["runs"]["entrypoint"]}"]' in image.read_text()


def test_the_root_action_has_the_inputs_and_outputs_of_all():
    document = yaml.safe_load((ROOT / "action.yml").read_text())
    assert set(document["inputs"]) == {"operation"} | {i.name for a in ACTIONS for i in a.inputs}
    assert set(document["outputs"]) == {o.name for a in ACTIONS for o in a.outputs}


def test_setup_takes_the_inputs_of_set_up_actions_of_old():
    """The composite hands on what has a meaning here; its names are those that workflows give."""
    composite = yaml.safe_load((ROOT / "setup" / "action.yml").read_text())
    container = next(action for action in ACTIONS if action.operation == "setup")
    assert {"version", "flavor", "cloud-token", "token"} <= composite["inputs"].keys()
    assert composite["inputs"].keys() <= {i.name for i in container.inputs}
    (step,) = [step for step in composite["runs"]["steps"] if step.get("id") == "container"]
    assert composite["inputs"].keys() - step["with"].keys() == {"flavor", "token"}
