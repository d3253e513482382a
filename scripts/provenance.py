"""How an image came to be, for its attestation: `python scripts/provenance.py` in a job of GitHub Actions.

The predicate of SLSA provenance, version 1 (https://slsa.dev/spec/v1.0/provenance), in the terms of GitHub's
workflows (https://actions.github.io/buildtypes/workflow/v1). Everything is read from the job's variables.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

BUILD_TYPE = "https://actions.github.io/buildtypes/workflow/v1"


def predicate(job: Mapping[str, str]) -> dict[str, Any]:
    """What was built from which commit, by which workflow. Raises `KeyError` outside a job."""
    server, repository = job["GITHUB_SERVER_URL"], job["GITHUB_REPOSITORY"]
    home = f"{server}/{repository}"
    run = f"{home}/actions/runs/{job['GITHUB_RUN_ID']}/attempts/{job['GITHUB_RUN_ATTEMPT']}"
    path = job["GITHUB_WORKFLOW_REF"].removeprefix(f"{repository}/").partition("@")[0]
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"workflow": {"ref": job["GITHUB_REF"], "repository": home, "path": path}},
            "internalParameters": {
                "github": {
                    "event_name": job["GITHUB_EVENT_NAME"],
                    "repository_id": job["GITHUB_REPOSITORY_ID"],
                    "repository_owner_id": job["GITHUB_REPOSITORY_OWNER_ID"],
                    "runner_environment": job["RUNNER_ENVIRONMENT"],
                }
            },
            "resolvedDependencies": [
                {"uri": f"git+{home}@{job['GITHUB_REF']}", "digest": {"gitCommit": job["GITHUB_SHA"]}}
            ],
        },
        "runDetails": {
            "builder": {"id": f"{server}/{job['GITHUB_WORKFLOW_REF']}"},
            "metadata": {"invocationId": run},
        },
    }


if __name__ == "__main__":
    print(json.dumps(predicate(os.environ), indent=2))
