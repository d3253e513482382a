"""The project file's settings, evaluated and typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from backstay.hcl.values import Value
from backstay.schema.managed import Managed

Unsigned = Literal["REFUSE", "WARN"]
Review = Literal["", "ALWAYS", "WARNING", "ERROR"]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the project's types. They may hold secrets: show none of them whole."""


class Lint(Settings, frozen=True):
    """`errors`: analyzers whose findings are errors. `forced`: those that `nolint` comments cannot silence.

    `review` says when an apply needs a person; empty where the project file says nothing.
    """

    review: Review = ""
    format: str = ""
    errors: frozenset[str] = frozenset({"destructive"})
    forced: frozenset[str] = frozenset()


class Diff(Settings, frozen=True):
    """`skip`: kinds of changes that are left out (`drop_table`).

    `online`: tables that are there stay usable while they change. `concurrent_create` and `concurrent_drop`
    are about indexes of such tables. `probe`: their rows are asked before a migration begins. The two
    timeouts are in seconds, `None` where the project file says nothing.
    """

    skip: frozenset[str] = frozenset()
    online: bool = True
    concurrent_create: bool = False
    concurrent_drop: bool = False
    probe: bool = True
    lock_timeout: float | None = None
    statement_timeout: float | None = None


class Repo(Settings, frozen=True):
    """`schema { repo { … } }`: the slug, the registry's own URL (empty: not named here), and its backups.

    `trusted_keys` are public keys, one of which must have signed what is read; `revoked_keys` are public
    keys, or ids of keys, that no longer count. `unsigned` says what becomes of what nobody signed.
    """

    name: str
    url: str = ""
    backup: tuple[str, ...] = ()
    trusted_keys: tuple[str, ...] = ()
    revoked_keys: tuple[str, ...] = ()
    unsigned: Unsigned = "REFUSE"


class Cloud(Settings, frozen=True):
    """`atlas { cloud { … } }`: a registry server, and how one is known there."""

    url: str = ""
    token: str = ""
    org: str = ""
    project: str = "default"


class Rule(Settings, frozen=True):
    """A `deny` or `allow` of a check. `holds` is its condition's value."""

    effect: Literal["deny", "allow"]
    name: str
    holds: bool
    message: str = ""


class Check(Settings, frozen=True):
    """Rules that are asked before `command` (`schema_apply`) runs, in the order they are written."""

    command: str
    rules: tuple[Rule, ...]


class Env(Settings, frozen=True):
    """One target. Several envs of one name are several targets, in order.

    `src` are URLs of the desired state. `inputs` are the values for variables of schema files;
    `attributes` are what `env://…` URLs can name (`url`, `schema.src`, a custom attribute).
    `formats` are templates by command (`inspect`, `apply`, …). `managed` is what
    `schema { mode { … } }` switches on. `lock_timeout` is in seconds.
    """

    name: str
    url: str = ""
    dev: str = ""
    src: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    repo: Repo | None = None
    managed: Managed = Managed()
    inputs: Mapping[str, Value] = {}
    attributes: Mapping[str, Value] = {}
    lint: Lint = Lint()
    diff: Diff = Diff()
    formats: Mapping[str, str] = {}
    lock_name: str = ""
    lock_timeout: float | None = None
    checks: tuple[Check, ...] = ()


class Project(Settings, frozen=True):
    """The project file, as far as the named env needs it.

    `path` is the file as named, empty where none was read; `directory` is absolute. `lint` and `diff`
    are the global policies, for runs without an env; `inputs` likewise. `warnings` name what is
    written in the file and has no effect.
    """

    path: str
    directory: str
    envs: tuple[Env, ...] = ()
    inputs: Mapping[str, Value] = {}
    lint: Lint = Lint()
    diff: Diff = Diff()
    cloud: Cloud | None = None
    warnings: tuple[str, ...] = ()
