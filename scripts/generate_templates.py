"""Write the templates of CI systems whose inputs are those of the manifest: `make actions`.

GitLab's component and CircleCI's orb hand inputs over as variables, and keep the grants of a registry server
from run to run in the cache of their system. `--check` only compares.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import yaml

from backstay.action.declarations import Action, Input
from backstay.action.manifest import ACTIONS
from backstay.ci.outputs import variable

ROOT = Path(__file__).resolve().parent.parent
DIRECTORY = "ci-templates"
HEADER = "# Written by `make actions` from scripts/generate_templates.py and the manifest of the actions.\n"
IMAGE: Final = "ghcr.io/backstay/backstay:v1"
COMMAND: Final = "backstay-action"

ONLY_GITHUB: Final = frozenset({"database-host", "cache"})
"""Inputs about containers and the cache of GitHub Actions."""

OPERATIONS: Final = tuple(a for a in ACTIONS if a.operation in ("push", "plan", "approve", "apply"))

IN_REQUESTS: Final = {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}
ON_DEFAULT_BRANCH: Final = {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}

Document = dict[str, object]


class Quoted(str):
    """Text between single quotes, whatever will stand in it."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(
    Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, "'")
)


def files() -> dict[str, str]:
    """All templates that are written here: path in the repository -> text."""
    made = {
        f"{DIRECTORY}/gitlab/templates/{action.path.replace('/', '-')}.yml": _gitlab(action)
        for action in OPERATIONS
    }
    return made | {f"{DIRECTORY}/circleci/orb.yml": HEADER + _yaml(orb())}


def _gitlab(action: Action) -> str:
    return f"{HEADER}{_yaml({'spec': {'inputs': gitlab_inputs(action)}})}---\n{_yaml(gitlab_job(action))}"


def gitlab_inputs(action: Action) -> Document:
    """The typed inputs of the component. Lists of lines are left to variables, which can hold them."""
    own: Document = {
        "job": {"default": action.path.replace("/", "-"), "description": "Name of the job."},
        "stage": {"default": "deploy", "description": "Stage of the job."},
        "image": {"default": IMAGE, "description": "Image to run; pin it by digest."},
    }
    return own | {declared.name: _gitlab_input(declared) for declared in _gitlab_declared(action)}


def _gitlab_input(declared: Input) -> Document:
    known: Document = {"default": declared.default, "description": _description(declared)}
    options = ["true", "false"] if declared.kind == "boolean" else list(declared.choices)
    if options and not declared.default:
        options = ["", *options]
    return known | ({"options": options} if options else {})


def gitlab_job(action: Action) -> Document:
    """The job. Its cache holds grants, encrypted with the token; its artifacts never do."""
    inputs = {
        f"BACKSTAY_INPUT_{variable(i.name)}": Quoted(f"$[[ inputs.{i.name} ]]")
        for i in _gitlab_declared(action)
    }
    job: Document = {
        "stage": Quoted("$[[ inputs.stage ]]"),
        "image": {"name": Quoted("$[[ inputs.image ]]"), "entrypoint": [""]},
        "rules": [IN_REQUESTS if action.operation == "plan" else ON_DEFAULT_BRANCH],
        "variables": {"BACKSTAY_CACHE_DIR": "$CI_PROJECT_DIR/.cache/backstay", **inputs},
        "script": [f"{COMMAND} {action.path}"],
        "cache": {
            "key": "backstay-grant",
            "paths": [".cache/backstay/grants/"],
            "policy": "pull-push",
            "when": "always",
        },
        "artifacts": {
            "when": "always",
            "paths": ["backstay-plans/"],
            "reports": {"dotenv": "backstay.env"},
        },
    }
    if action.operation in ("push", "apply"):
        job["resource_group"] = f"backstay-{action.operation}"
    return {Quoted("$[[ inputs.job ]]"): job}


def _gitlab_declared(action: Action) -> list[Input]:
    return [declared for declared in _declared(action) if declared.kind != "list"]


def orb() -> Document:
    """The orb: a command and a job for each action, in the one image."""
    return {
        "version": 2.1,
        "description": "Ship database schemas as code with Backstay, and go on while a service is down.",
        "executors": {
            "default": {
                "parameters": {"image": {"type": "string", "default": IMAGE}},
                "docker": [{"image": "<< parameters.image >>"}],
            }
        },
        "commands": {action.operation: _command(action) for action in OPERATIONS},
        "jobs": {action.operation: _job(action) for action in OPERATIONS},
        "examples": {"deploy": _example()},
    }


def _command(action: Action) -> Document:
    """Restore the grants, run, keep the grants. A key of a cache is written once, so each run has its own."""
    return {
        "description": f"{action.description}.",
        "parameters": _parameters(action),
        "steps": [
            {"restore_cache": {"name": "Restore the grant", "keys": ["backstay-grant-v1-"]}},
            {
                "run": {
                    "name": f"Backstay {action.path}",
                    "environment": {
                        f"BACKSTAY_INPUT_{variable(i.name)}": f"<< parameters.{i.name} >>"
                        for i in _declared(action)
                    },
                    "command": f"{COMMAND} {action.path}",
                }
            },
            {
                "save_cache": {
                    "name": "Keep the grant",
                    "key": "backstay-grant-v1-{{ epoch }}",
                    "paths": ["~/.cache/backstay/grants"],
                    "when": "always",
                }
            },
        ],
    }


def _job(action: Action) -> Document:
    given = {declared.name: f"<< parameters.{declared.name} >>" for declared in _declared(action)}
    return {
        "description": f"{action.description}, and keep the plan as an artifact.",
        "parameters": {"image": {"type": "string", "default": IMAGE}, **_parameters(action)},
        "executor": {"name": "default", "image": "<< parameters.image >>"},
        "steps": [
            "checkout",
            {action.operation: given},
            {"store_artifacts": {"path": "backstay-plans", "destination": "backstay-plans"}},
        ],
    }


def _parameters(action: Action) -> Document:
    return {declared.name: _parameter(declared) for declared in _declared(action)}


def _parameter(declared: Input) -> Document:
    """Booleans are words: a third one means that nothing is said."""
    words = ("true", "false") if declared.kind == "boolean" else declared.choices
    kind: Document = {"type": "enum", "enum": ["", *words]} if words else {"type": "string"}
    return kind | {"default": declared.default, "description": _description(declared)}


def _example() -> Document:
    on_branches = {"env": "ci", "context": "registry"}
    return {
        "description": "Plan on branches; on main push the schema, then migrate production.",
        "usage": {
            "version": 2.1,
            "orbs": {"backstay": "backstay/backstay@1"},
            "workflows": {
                "deploy": {
                    "jobs": [
                        {
                            "backstay/plan": {
                                "env": "ci",
                                "context": "registry",
                                "filters": _branches("ignore"),
                            }
                        },
                        {"backstay/push": {**on_branches, "filters": _branches("only")}},
                        {
                            "backstay/apply": {
                                "env": "prod",
                                "auto-approve": "true",
                                "context": ["registry", "production"],
                                "requires": ["backstay/push"],
                                "filters": _branches("only"),
                            }
                        },
                    ]
                }
            },
        },
    }


def _branches(which: str) -> Document:
    return {"branches": {which: "main"}}


def _declared(action: Action) -> list[Input]:
    """What is of use outside of GitHub. Tokens are variables that the system masks, and no inputs."""
    return [i for i in action.inputs if i.kind != "token" and i.name not in ONLY_GITHUB]


def _description(declared: Input) -> str:
    without = f" Without it: {declared.default_text}." if declared.default_text else ""
    return declared.description + without


def _yaml(document: object) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


def main() -> int:
    """Write the files; with `--check` say which of them are not as they should be."""
    stale = [name for name, text in files().items() if not _is(ROOT / name, text)]
    if sys.argv[1:] == ["--check"]:
        print("\n".join(stale))
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(files()[name], encoding="utf-8")
    return 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
