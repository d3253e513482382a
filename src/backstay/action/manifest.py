"""The actions: each input and output once, as a value.

`action.yml` files and the tables of docs/action.md are written from here (`make actions`), inputs are
read by their `kind`, and outputs that are not declared here cannot be set.
"""

from __future__ import annotations

from backstay.action.declarations import (
    COMMENT_ID,
    COMMENT_URL,
    COMMON,
    ERROR,
    EXCLUDE,
    FAILURE_REASON,
    INCLUDE,
    PLAN_DOCUMENT,
    PLAN_OUTPUTS,
    REPOSITORY,
    SCHEMA,
    SELECTORS,
    SURROUNDINGS,
    TO,
    Action,
    Input,
    Output,
)

PUSH = Action(
    path="schema/push",
    operation="push",
    description="Push the desired schema to the registry and its backups",
    inputs=(
        *COMMON,
        Input(
            name="url",
            kind="urls",
            option="url",
            description="Desired schema: URLs, one a line.",
            default_text="`src` of the env",
        ),
        REPOSITORY,
        SCHEMA,
        Input(
            name="tag",
            kind="text",
            description="Tag of this version.",
            default_text="the commit of the run",
        ),
        Input(
            name="latest",
            kind="boolean",
            description="Move the tag `latest` as well.",
            default_text="`true`; in a pull request `false`",
        ),
        Input(
            name="version",
            kind="text",
            option="version",
            description="Name of this version.",
            default_text="the time, as `YYYYMMDDHHMMSS`",
        ),
        Input(
            name="description",
            kind="text",
            option="description",
            description="Free text, kept with the version.",
        ),
    ),
    outputs=(
        Output("link", "Web page of the pushed version, where the registry has one."),
        Output("slug", "Name of the repository."),
        Output("url", "Registry URL of the pushed version."),
        COMMENT_URL,
        FAILURE_REASON,
    ),
)

PLAN = Action(
    path="schema/plan",
    operation="plan",
    description="Plan a schema migration, analyse it and store it for approval",
    inputs=(
        *COMMON,
        *SELECTORS,
        Input(
            name="name",
            kind="text",
            option="name",
            description="Name of the plan.",
            default_text="made from the pull request or commit, and the current state",
        ),
        Input(
            name="fail-on",
            kind="choice",
            choices=("error", "warning", "never"),
            default="error",
            description="Least severity of a finding that fails the step: `error`, `warning` or `never`.",
        ),
        COMMENT_ID,
    ),
    outputs=(
        *PLAN_OUTPUTS,
        *PLAN_DOCUMENT,
        Output("has-changes", "`true`, or `false` when current and desired state agree."),
        Output("destructive", "`true` when the plan drops a schema, table or column."),
        Output("statements-count", "Number of statements."),
        Output("errors-count", "Number of findings of severity error."),
        Output("warnings-count", "Number of findings of severity warning."),
        COMMENT_URL,
        FAILURE_REASON,
    ),
)

APPROVE = Action(
    path="schema/plan/approve",
    operation="approve",
    description="Approve the pending plan of a schema migration",
    inputs=(
        *COMMON,
        Input(
            name="plan",
            kind="url",
            description="URL of the plan to approve.",
            default_text="the pending plan between `from` and `to`",
        ),
        *SELECTORS,
    ),
    outputs=(*PLAN_OUTPUTS, COMMENT_URL, FAILURE_REASON),
)

APPLY = Action(
    path="schema/apply",
    operation="apply",
    description="Migrate a database to the desired schema",
    inputs=(
        *COMMON,
        Input(
            name="url",
            kind="url",
            option="url",
            description="Database to migrate.",
            default_text="`url` of the env",
        ),
        TO,
        REPOSITORY,
        SCHEMA,
        INCLUDE,
        EXCLUDE,
        Input(
            name="plan", kind="url", option="plan", description="Apply exactly this plan, given by its URL."
        ),
        Input(
            name="dry-run",
            kind="boolean",
            option="dry_run",
            default="false",
            description="Show what would be executed, and execute nothing.",
        ),
        Input(
            name="auto-approve",
            kind="boolean",
            option="auto_approve",
            default="false",
            description="Execute without a review.",
        ),
        Input(
            name="lint-review",
            kind="choice",
            choices=("ALWAYS", "ERROR", "WARNING"),
            description=(
                "Wait for a human approval: `ALWAYS`, or when the analysis finds an `ERROR`, "
                "or even a `WARNING`."
            ),
            default_text="off",
        ),
        Input(
            name="wait-interval",
            kind="duration",
            default="1s",
            description="Pause between two looks for the approval.",
        ),
        Input(
            name="wait-timeout",
            kind="duration",
            description="How long to wait for the approval, for instance `10m`.",
            default_text="look once",
        ),
        Input(
            name="tx-mode",
            kind="choice",
            choices=("file", "all", "none"),
            option="tx_mode",
            description="Transactions: one for each `file`, one for `all`, or `none`.",
            default_text="`file`",
        ),
        Input(
            name="fail-on",
            kind="choice",
            choices=("error", "warning", "never"),
            default="never",
            description="Refuse to execute a migration whose analysis finds an `error`, or even a `warning`.",
        ),
        COMMENT_ID,
    ),
    outputs=(
        ERROR,
        *PLAN_DOCUMENT,
        Output("applied-count", "Number of statements executed, over all targets."),
        Output("targets", "JSON array with the result of each target, also of those that were not reached."),
        COMMENT_URL,
        FAILURE_REASON,
    ),
)

LINT = Action(
    path="schema/lint",
    operation="lint",
    description="Check a schema against rules",
    inputs=(
        *COMMON,
        Input(name="url", kind="urls", description="Schema to check: URLs, one a line."),
        SCHEMA,
    ),
    outputs=(ERROR, FAILURE_REASON),
    available=False,
)

TEST = Action(
    path="schema/test",
    operation="test",
    description="Run the tests of a schema",
    inputs=(
        *COMMON,
        Input(name="url", kind="urls", description="Schema to test: URLs, one a line."),
        Input(name="paths", kind="list", description="Test files and directories, one a line."),
        Input(name="run", kind="text", description="Pattern of the names of the tests to run."),
    ),
    outputs=(FAILURE_REASON,),
    available=False,
)

SETUP = Action(
    path="setup/container",
    operation="setup",
    description="Get a grant for the time when the registry server is away",
    inputs=(
        *SURROUNDINGS,
        Input(name="version", kind="text", description="Version that is expected; another one is told."),
        Input(name="flavor", kind="text", description="Accepted, and without effect: there is one flavor."),
        Input(name="token", kind="token", description="Accepted, and without effect: nothing is downloaded."),
    ),
    outputs=(
        Output("renewed", "`true` when the server has issued a new grant."),
        Output(
            "cache-day", "Day (UTC) on which the grant ends, for keys of caches; empty where there is none."
        ),
        FAILURE_REASON,
    ),
)

ACTIONS = (PUSH, PLAN, APPROVE, APPLY, LINT, TEST, SETUP)
"""Every action, in the order of a deployment's life."""
