"""What an action is declared with: inputs, outputs, and those that several actions have."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "text", "path", "slug", "url", "urls", "config", "list", "boolean", "duration", "choice", "vars", "token"
]


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """An input of an action.

    `option` is the field it fills in the options of the operation; empty where the action itself uses it.
    `default` counts where the input is empty. `choices` are the words of a `choice`.
    `default_text` says in documents what an empty input means, where that is not one value.
    """

    name: str
    kind: Kind
    description: str
    option: str = ""
    default: str = ""
    default_text: str = ""
    choices: tuple[str, ...] = ()

    @property
    def private(self) -> bool:
        """May the value hold a secret, so that no message quotes it?"""
        return self.kind in ("url", "urls", "config", "vars", "token")


class Output(msgspec.Struct, frozen=True):
    """An output of an action: always text, empty where there is nothing to tell."""

    name: str
    description: str


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One action. `path` is where it lies in the repository, and the argument that selects it.

    One that is not `available` has the inputs that workflows give it, and fails with a clear error.
    """

    path: str
    operation: str
    description: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    available: bool = True


WORKING_DIRECTORY = Input(
    name="working-directory",
    kind="path",
    description="Directory to run in. Relative paths of all other inputs start there.",
    default_text="the root of the repository",
)

SURROUNDINGS = (
    WORKING_DIRECTORY,
    Input(
        name="config",
        kind="config",
        option="config",
        description="URL of the project file, for instance `file://db/atlas.hcl`; several one a line.",
        default_text="`file://atlas.hcl`, where `env` is given",
    ),
    Input(
        name="env",
        kind="text",
        option="env",
        description="Env block of the project file. It may stand for several targets.",
    ),
    Input(
        name="vars",
        kind="vars",
        option="vars",
        description="Values of the project file's variables, as a JSON object; a list gives several values.",
    ),
    Input(
        name="dev-url",
        kind="url",
        option="dev_url",
        description="Scratch database on which schemas are normalised and plans are tried.",
        default_text="`dev` of the env; else an embedded database",
    ),
    Input(
        name="database-host",
        kind="text",
        default="auto",
        description=(
            "How a database on `localhost` is reached from inside the container: `auto` looks for it on the "
            "host and among the services of the job, `off` leaves URLs alone; else the name of a host."
        ),
    ),
    Input(
        name="allow-stale",
        kind="boolean",
        option="allow_stale",
        default="false",
        description="Accept an older state from a backup than this machine has seen.",
    ),
    Input(
        name="cloud-token",
        kind="token",
        description="Token of the registry server, for this step alone.",
        default_text="`BACKSTAY_TOKEN`, `ATLAS_TOKEN` or `ATLAS_CLOUD_TOKEN` of the environment",
    ),
    Input(
        name="cache",
        kind="choice",
        choices=("auto", "off", "read-only"),
        default="auto",
        description=(
            "Carry the grant of the registry server from run to run in the cache of the CI system: `auto`, "
            "`read-only` to save nothing, or `off`."
        ),
    ),
)
"""What every action has."""

COMMON = (
    *SURROUNDINGS,
    Input(
        name="comment",
        kind="choice",
        choices=("auto", "on-change", "never"),
        default="auto",
        description=(
            "Comment on the pull request: `auto` for changes and failures, `on-change` for changes only; in "
            "both a comment that is there is kept up to date. On a branch, on the pull request just merged."
        ),
    ),
    Input(
        name="github-token",
        kind="token",
        description="Token for the comment.",
        default_text="`GITHUB_TOKEN` of the environment; else the token of the job",
    ),
    Input(
        name="fallback-github-token",
        kind="token",
        default="${{ github.token }}",
        description="Leave this alone: it makes comments work where nothing hands a token over.",
    ),
)

SCHEMA = Input(
    name="schema",
    kind="list",
    option="schemas",
    description="Database schemas to look at, one a line.",
    default_text="all",
)
INCLUDE = Input(
    name="include",
    kind="list",
    option="include",
    description="Patterns of the objects to keep, one a line.",
    default_text="all",
)
EXCLUDE = Input(
    name="exclude",
    kind="list",
    option="exclude",
    description="Patterns of the objects to leave out, one a line.",
)
REPOSITORY = Input(
    name="schema-name",
    kind="slug",
    option="repo",
    description="Repository in the registry, as `app` or `atlas://app`.",
    default_text="`schema.repo.name` of the env",
)
FROM = Input(
    name="from",
    kind="urls",
    option="from_",
    description="Current state: URLs, one a line.",
    default_text="`url` of the env; else the newest state in the registry",
)
TO = Input(
    name="to",
    kind="urls",
    option="to",
    description="Desired state: URLs, one a line.",
    default_text="`src` of the env",
)
SELECTORS = (FROM, TO, REPOSITORY, SCHEMA, INCLUDE, EXCLUDE)

COMMENT_ID = Input(
    name="comment-id",
    kind="text",
    description="Tells the comments of several steps on one pull request apart, as those of a matrix.",
    default_text="made from operation, repository, env, URLs and directory",
)

COMMENT_URL = Output("comment-url", "Address of the comment; empty where none was written.")
ERROR = Output("error", "Why the step failed, in words; empty when it succeeded.")
FAILURE_REASON = Output("failure-reason", "Why the step failed, as a stable code; empty when it succeeded.")
PLAN_OUTPUTS = (
    Output("plan", "URL of the plan."),
    Output("link", "Web page of the plan, where the registry has one."),
    Output("status", "`PENDING` or `APPROVED`."),
)
PLAN_DOCUMENT = (
    Output("plan-json", "The plan as JSON; without its statements where it would pass 96 KiB."),
    Output("plan-file", "Path of the whole plan's JSON, relative to the workspace."),
)
