"""Reads the project file (`atlas.hcl`), which may come in several files, for one env of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from backstay import urls
from backstay.errors import ConfigError
from backstay.files import MIB, UnreadableError, read_bytes
from backstay.hcl.document import Block, Document
from backstay.hcl.functions import FUNCTIONS
from backstay.hcl.scope import Function
from backstay.hcl.source import Source, decode
from backstay.hcl.values import Value
from backstay.project.blocks import project_roots
from backstay.project.envs import read_env
from backstay.project.functions import project_functions
from backstay.project.model import Cloud, Project
from backstay.project.policy import read_diff, read_lint
from backstay.project.reading import only, text, url
from backstay.project.select import select_env
from backstay.project.variables import inputs_of
from backstay.project.warnings import Warnings

DEFAULT_CONFIG = "file://atlas.hcl"
LARGEST = 10 * MIB
"""Bytes. Whatever is larger is no project file."""

NEXT_URL = re.compile(r",(?=[A-Za-z][A-Za-z0-9+.-]*://)")
"""What separates the URLs of several files; any other comma is part of a path."""


def load(
    config: str = "",
    env: str = "",
    variables: Sequence[tuple[str, str]] = (),
    *,
    environ: Mapping[str, str] | None = None,
) -> Project:
    """The project as an env of it needs it; every other env is left unevaluated.

    Without `env` and `config` no file is opened. `config` names one file, or several with commas between
    them: blocks of all of them count, paths start at the directory of the first.

    `variables` are the `--var` pairs (see `parse_vars`). `environ` is what `getenv` reads.
    Raises `ConfigError`, which names the file and line (`HCLError`) where it can, and never quotes a value
    that comes from a variable or from the environment.
    """
    inputs = inputs_of(variables)
    if not env and not config:
        return Project(path="", directory=str(Path.cwd()), inputs=inputs)
    paths = [_path(one) for one in NEXT_URL.split(config or DEFAULT_CONFIG)]
    directory = paths[0].parent.absolute()
    functions = project_functions(directory, os.environ if environ is None else environ)
    document = _document([_source(path) for path in paths], env, inputs, functions)
    return _project(document, env, inputs, paths[0])


def _path(config: str) -> Path:
    """The path of a `file://` URL: `file://a/b` is relative, `file:///a` absolute."""
    if "://" not in config:
        raise ConfigError(f'missing scheme in config "{config}"', hint=f"did you mean file://{config}?")
    scheme = urls.scheme(config)
    if scheme != "file":
        raise ConfigError(
            f'unsupported config file driver "{scheme}"', hint="a project file is named by a file:// URL"
        )
    return Path(config.partition("://")[2])


def _source(path: Path) -> Source:
    try:
        return Source(str(path), decode(read_bytes(path, LARGEST), str(path)))
    except FileNotFoundError:
        raise ConfigError(
            f'config file "{path}" does not exist',
            hint='create it with a block env "name" { url = "…" }, or name another with --config file://…',
        ) from None
    except UnreadableError as error:
        raise ConfigError(
            f'config file "{path}" cannot be read: {error}', hint="check its name, and who may read it"
        ) from None


def _document(
    sources: Sequence[Source], env: str, inputs: Mapping[str, Value], functions: Mapping[str, Function]
) -> Document:
    written: list[Block] = []

    def select(blocks: Sequence[Block]) -> list[Block]:
        written.extend(blocks)
        return select_env(blocks, env, ", ".join(source.name for source in sources))

    return Document.load(
        sources,
        inputs=inputs,
        functions={**FUNCTIONS, **functions},
        roots=project_roots(env, written),
        select=select,
    )


def _project(document: Document, env: str, inputs: Mapping[str, Value], path: Path) -> Project:
    warnings = Warnings()
    shared = {type_: _single(document, type_) for type_ in ("lint", "diff")}
    envs = tuple(
        read_env(block, env, inputs, shared, warnings)
        for block in document.blocks("env")
        if block.labels or block.name == env
    )
    if env and not envs:
        raise ConfigError(
            f'env "{env}" not defined in config file', hint=f"the env blocks of {path} stand for no target"
        )
    return Project(
        path=str(path),
        directory=str(path.parent.absolute()),
        envs=envs,
        inputs=inputs,
        lint=read_lint(None, shared["lint"], warnings),
        diff=read_diff(None, shared["diff"], warnings),
        cloud=_cloud(document),
        warnings=(*document.warnings, *warnings.texts()),
    )


def _single(document: Document, type_: str) -> Block | None:
    found = [block for block in document.blocks(type_) if not block.labels]
    if len(found) > 1:
        raise found[1].error(f'there is another "{type_}" block in this file')
    return found[0] if found else None


def _cloud(document: Document) -> Cloud | None:
    cloud = only(_single(document, "atlas"), "cloud")
    if cloud is None:
        return None
    return Cloud(
        url=url(cloud, "url"),
        token=text(cloud, "token"),
        org=text(cloud, "org"),
        project=text(cloud, "project") or "default",
    )
