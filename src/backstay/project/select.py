"""Which `env` blocks of a project file are meant by a name: decided before anything is evaluated.

The others are taken out of the document, so a broken one does not disturb.
"""

from __future__ import annotations

from collections.abc import Sequence

from backstay.errors import ConfigError
from backstay.hcl.document import Block


def select_env(blocks: Sequence[Block], env: str, files: str) -> list[Block]:
    """The blocks of `files` without those envs that are not meant.

    Meant are labelled ones of this name, else unlabelled ones whose name follows `atlas.env`. Without a
    name, no env is kept. Raises `ConfigError` when there is none.
    """
    envs = [block for block in blocks if block.type == "env"]
    meant = [block for block in envs if block.labels == (env,)] if env else []
    if env and not meant:
        meant = [block for block in envs if not block.labels and _follows_selection(block)]
        if not meant:
            raise _not_defined(envs, env, files)
    kept = set(meant)
    return [block for block in blocks if block.type != "env" or block in kept]


def _follows_selection(block: Block) -> bool:
    return any(path[:2] == ("atlas", "env") for path in block.mentions("name"))


def _not_defined(envs: Sequence[Block], env: str, files: str) -> ConfigError:
    for block in envs:
        if not block.labels and not block.has("name"):
            return block.error(
                "this env has no name", hint='write env "name" { … }, or name = atlas.env inside it'
            )
    names = sorted({block.labels[0] for block in envs if block.labels})
    known = f"envs in {files}: {', '.join(names)}" if names else f"{files}: no env has a name"
    return ConfigError(f'env "{env}" not defined in config file', hint=known)
