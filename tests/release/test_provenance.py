"""The statement of how an image came to be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.provenance import predicate

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "provenance.py"
JOB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "org/backstay",
    "GITHUB_REPOSITORY_ID": "1",
    "GITHUB_REPOSITORY_OWNER_ID": "2",
    "GITHUB_REF": "refs/tags/candidate/v1.2.3",
    "GITHUB_SHA": "0a" * 20,
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_RUN_ID": "7",
    "GITHUB_RUN_ATTEMPT": "3",
    "GITHUB_WORKFLOW_REF": "org/backstay/.github/workflows/release.yml@refs/tags/candidate/v1.2.3",
    "RUNNER_ENVIRONMENT": "github-hosted",
}


def test_it_names_the_commit_the_workflow_and_the_run():
    made = predicate(JOB)
    definition, details = made["buildDefinition"], made["runDetails"]
    assert definition["externalParameters"]["workflow"] == {
        "ref": "refs/tags/candidate/v1.2.3",
        "repository": "https://github.com/org/backstay",
        "path": ".github/workflows/release.yml",
    }
    assert definition["resolvedDependencies"] == [
        {
            "uri": "git+https://github.com/org/backstay@refs/tags/candidate/v1.2.3",
            "digest": {"gitCommit": "0a" * 20},
        }
    ]
    assert details["builder"]["id"] == f"https://github.com/{JOB['GITHUB_WORKFLOW_REF']}"
    assert details["metadata"]["invocationId"] == "https://github.com/org/backstay/actions/runs/7/attempts/3"


def test_it_is_printed_as_json():
    done = subprocess.run([sys.executable, SCRIPT], env=JOB, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == predicate(JOB)


@pytest.mark.parametrize("name", sorted(JOB.keys() - {"GITHUB_SERVER_URL"}))
def test_nothing_is_made_up(name: str):
    with pytest.raises(KeyError, match=name):
        predicate({other: value for other, value in JOB.items() if other != name})
