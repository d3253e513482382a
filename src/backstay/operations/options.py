"""What is asked of an operation: the flags of a command, or the inputs of an action.

An empty value means *not given*, and the project's env fills it: what is given always wins.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from backstay.registry.records import RunContext


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of every operation.

    `config` is the URL of the project file (empty: `file://atlas.hcl`, and only read with an `env`);
    `vars` are the `--var` pairs in order, a repeated name makes a list. `allow_stale` accepts an older
    state from a backup than this machine has seen.
    """

    config: str = ""
    env: str = ""
    vars: tuple[tuple[str, str], ...] = ()
    dev_url: str = ""
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    context: RunContext = RunContext()
    allow_stale: bool = False


class InspectOptions(Options, frozen=True):
    """`url` names the state, as one URL or several files."""

    url: tuple[str, ...] = ()


class DiffOptions(Options, frozen=True):
    """The two states that are compared."""

    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


class PushOptions(Options, frozen=True):
    """`repo` is the slug; `tags` are moved together, in one version.

    `compare`: tell what a new version changes, which takes another look at the registry.
    """

    url: tuple[str, ...] = ()
    repo: str = ""
    tags: tuple[str, ...] = ()
    version: str = ""
    description: str = ""
    compare: bool = False


class TransitionOptions(Options, frozen=True):
    """Names a transition of a repository: the states it leads from and to. `repo` is a slug or `atlas://slug`."""

    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    repo: str = ""


class PlanOptions(TransitionOptions, frozen=True):
    """How a plan is made, and what becomes of it.

    `mode`: `dry-run` only plans, `save` writes `<name>.plan.hcl` (or `output`), `push` and `pending`
    store the plan, approved or waiting. `namer` makes a name of the two hashes, where none is given;
    `edit` lets a person change the SQL before it is proved.
    """

    name: str = ""
    namer: Callable[[str, str], str] = lambda from_hash, to_hash: ""
    edit: Callable[[str], str] | None = None
    mode: str = "push"
    auto_approve: bool = False
    output: str = ""
    directives: tuple[str, ...] = ()
    skip_lint: bool = False


class PlanListOptions(TransitionOptions, frozen=True):
    """`pending`: only plans that wait for approval."""

    pending: bool = False


class PlanPushOptions(TransitionOptions, frozen=True):
    """`file` is a `file://…plan.hcl` URL; `pending` stores the plan as one that waits for approval."""

    file: str = ""
    pending: bool = False


class PlanLintOptions(TransitionOptions, frozen=True):
    """`file` is a `file://…plan.hcl` or `atlas://repo/plans/name` URL: analyse that plan only."""

    file: str = ""


class PlanURLOptions(Options, frozen=True):
    """Of approve, pull and rm: `url` is `atlas://repo/plans/name`."""

    url: str = ""


class ApplyOptions(Options, frozen=True):
    """`plan` is a plan's URL. Without `auto_approve` the observer is asked. `lock_timeout` is in seconds."""

    url: str = ""
    to: tuple[str, ...] = ()
    repo: str = ""
    plan: str = ""
    dry_run: bool = False
    auto_approve: bool = False
    edit: Callable[[str], str] | None = None
    skip_lint: bool = False
    tx_mode: str = ""
    lock_name: str = ""
    lock_timeout: float = 10.0
    skip_lock: bool = False


class LoginOptions(Options, frozen=True, kw_only=True):
    """`grant_only`: do not keep the token. `output` names a file for the grant, to be mounted elsewhere."""

    token: str = ""
    organization: str = ""
    grant_only: bool = False
    output: str = ""


class RegistryOptions(Options, frozen=True):
    """Of the commands that look after registries.

    `urls` are the targets, the registry first; by default those of the project. `repo` names the repository;
    by default that of the project, else all that the targets have.
    """

    urls: tuple[str, ...] = ()
    repo: str = ""


class SyncOptions(RegistryOptions, frozen=True):
    """`keep` is the URL of the target that wins a fork; the others keep what is theirs alone as `branch`.

    With `countersign` the newest version is pushed again where nobody has signed it.
    """

    keep: str = ""
    branch: str = ""
    countersign: bool = False
    dry_run: bool = False


class RestoreOptions(RegistryOptions, frozen=True, kw_only=True):
    """`source` is the URL to restore from, `destination` the one to restore to."""

    source: str
    destination: str
    dry_run: bool = False


class LogOptions(RegistryOptions, frozen=True):
    """`limit` is how many entries at most; `branch` the name under which a repair put entries aside."""

    limit: int = 20
    branch: str = ""


class PruneOptions(RegistryOptions, frozen=True, kw_only=True):
    """`keep` is how many of the newest versions keep their content whatever else needs it.

    `let_go` are globs of tags that need none, `commit_tags` adds those that are named after their commit.
    What was pushed after `since`, a time as the log has it, keeps its content.
    """

    keep: int
    let_go: tuple[str, ...] = ()
    commit_tags: bool = False
    since: str = ""
    dry_run: bool = False
