"""From an `env` block to a typed `Env`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from backstay.hcl.document import Block
from backstay.hcl.functions.convert import kind
from backstay.hcl.values import Value
from backstay.project.model import Check, Env, Repo, Rule, Unsigned
from backstay.project.policy import read_diff, read_lint
from backstay.project.reading import URL, flag, only, seconds, text, texts, url, urls, word
from backstay.project.warnings import Warnings
from backstay.schema.managed import Managed

TYPED = frozenset({"name", "for_each", "url", "dev", "src", "schemas", "exclude", "include"})
"""Attributes with a meaning of their own; all others are inputs of schema files."""

BLOCKS = frozenset({"schema", "migration", "diff", "lint", "test", "format", "log", "check"})
REFUSED = frozenset({"rollout", "script"})
"""Blocks that change what an apply does: going on without them would do something else."""

MODES = frozenset({"roles", "permissions", "sensitive"})
SENSITIVE = ("ALLOW", "DENY")

COMMANDS = ("inspect", "apply", "diff", "clean", "push")


def read_env(
    block: Block,
    name: str,
    variables: Mapping[str, Value],
    shared: Mapping[str, Block | None],
    warnings: Warnings,
) -> Env:
    """The env. `variables` are the `--var` values; `shared` the global `lint` and `diff` blocks.

    Raises `HCLError` at the attribute or block that is wrong.
    """
    _check_blocks(block, warnings)
    schema, migration = only(block, "schema"), only(block, "migration")
    src, schema_src = (_urls(texts(owner, "src")) for owner in (block, schema))
    custom = _values(block, leave_out=TYPED)
    env = Env(
        name=name,
        url=url(block, "url"),
        dev=url(block, "dev"),
        src=src or schema_src,
        schemas=texts(block, "schemas"),
        exclude=texts(block, "exclude"),
        include=texts(block, "include"),
        repo=_repo(only(schema, "repo"), warnings),
        managed=_managed(only(schema, "mode"), warnings),
        inputs={**variables, **custom},
        lint=read_lint(only(block, "lint"), shared["lint"], warnings),
        diff=read_diff(only(block, "diff"), shared["diff"], warnings),
        formats=_formats(block),
        lock_name=text(migration, "lock_name"),
        lock_timeout=seconds(migration, "lock_timeout"),
        checks=tuple(_check(child) for child in block.blocks("check") if child.labels == ("schema_apply",)),
    )
    sources: dict[str, Value] = {
        "src": src or schema_src,  # wherever it is written
        "schema.src": schema_src,
        "migration.dir": text(migration, "dir"),
    }
    return msgspec.structs.replace(env, attributes={**custom, **_addressable(env, sources)})


def _addressable(env: Env, sources: dict[str, Value]) -> dict[str, Value]:
    """What `env://` URLs can name beside custom attributes; what is empty is absent."""
    own = {name: getattr(env, name) for name in ("url", "dev", "schemas", "exclude", "include")}
    return {name: value for name, value in (own | sources).items() if value}


def _check_blocks(env: Block, warnings: Warnings) -> None:
    for block in env.blocks():
        if block.type in REFUSED:
            raise block.error(
                f'"{block.type}" blocks are not available yet',
                hint="remove the block: an apply without it would do something else than it says",
            )
        if block.type not in BLOCKS:
            warnings.add(block, f'"{block.type}" is not a block of an env and has no effect')


def _urls(sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(source if URL.match(source) else f"file://{source}" for source in sources)


def _values(block: Block, *, leave_out: frozenset[str] = frozenset()) -> dict[str, Value]:
    """The attributes with a value; null is the same as absent."""
    names = (name for name in block.attributes() if name not in leave_out)
    return {name: value for name in names if (value := block.get(name)) is not None}


def _managed(block: Block | None, warnings: Warnings) -> Managed:
    """`schema { mode { … } }`: kinds of objects that are part of states only when they are switched on."""
    if block is None:
        return Managed()
    for name in block.attributes():
        if name not in MODES:
            warnings.add(block, f'"schema.mode.{name}" is not available yet and has no effect')
    return Managed(
        roles=flag(block, "roles"),
        permissions=flag(block, "permissions"),
        sensitive=word(block, "sensitive", SENSITIVE) == "ALLOW",
    )


def _repo(block: Block | None, warnings: Warnings) -> Repo | None:
    if block is None:
        return None
    name = text(block, "name")
    if not name:
        raise block.error('a "repo" block needs a name', attribute="name" if block.has("name") else "")
    for attribute in block.attributes():
        if attribute not in Repo.__struct_fields__:
            warnings.add(block, f'"schema.repo.{attribute}" is unknown and has no effect')
    return Repo(
        name=name,
        url=url(block, "url"),
        backup=urls(block, "backup"),
        trusted_keys=_keys(block, "trusted_keys"),
        revoked_keys=texts(block, "revoked_keys"),
        unsigned="WARN" if word(block, "unsigned", get_args(Unsigned)) == "WARN" else "REFUSE",
    )


def _keys(block: Block, name: str) -> tuple[str, ...]:
    """A list that is there for a reason: an empty one would ask for no signatures at all."""
    keys = texts(block, name)
    if not keys and block.get(name) is not None:
        raise block.error(
            f'"{name}" names no key',
            attribute=name,
            hint="is an environment variable unset? Without the attribute, signatures are not asked for",
        )
    return keys


def _formats(env: Block) -> dict[str, str]:
    """Templates by command; `log` is the older name of `format`."""
    schema = only(only(env, "format") or only(env, "log"), "schema")
    return {command: template for command in COMMANDS if (template := text(schema, command))}


def _check(block: Block) -> Check:
    effects: tuple[Literal["deny", "allow"], ...] = ("deny", "allow")
    for child in block.blocks():
        if child.type not in effects:
            raise child.error(f'a check has "deny" and "allow" blocks, not "{child.type}"')
    rules = [_rule(child, effect) for child in block.blocks() for effect in effects if child.type == effect]
    return Check(command=block.labels[0], rules=tuple(rules))


def _rule(block: Block, effect: Literal["deny", "allow"]) -> Rule:
    if not block.has("condition"):
        raise block.error(f'a "{effect}" block needs a condition')
    if (condition := block.get("condition")) is None:
        raise block.error(f'"condition" must be true or false, not {kind(condition)}', attribute="condition")
    return Rule(
        effect=effect,
        name=block.labels[0] if block.labels else "",
        holds=flag(block, "condition"),
        message=text(block, "message"),
    )
