"""What expressions of a project file can look into: `atlas.env`, `data.…`, `docker.…`, `dev.…`.

Each refuses what is not available with a sentence; the evaluator adds the place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from backstay.hcl.document import Block
from backstay.hcl.functions import FunctionError
from backstay.hcl.scope import Namespace
from backstay.hcl.values import Value

DATA_SOURCES = (
    *("aws_rds_token", "cloud_databases", "composite_schema", "external", "external_schema"),
    *("gcp_cloudsql_token", "hcl_schema", "remote_dir", "remote_schema", "runtimevar", "sql", "template_dir"),
)


def project_roots(env: str, blocks: Sequence[Block]) -> Mapping[str, Value | Namespace]:
    """The names that a project file adds to those of every HCL document.

    `blocks` are its top-level blocks, looked at when an expression needs one.
    """
    return {
        "atlas": {"env": env},
        "data": _Labelled("data", _data_source),
        "docker": _Labelled("docker", _docker),
        "dev": _Labelled("dev", lambda driver, name: _Dev(_block(blocks, "dev", driver, name))),
    }


class _Labelled(Namespace):
    """Blocks with two labels, by the first: `data.sql.tenants`. `open_` is asked for the block."""

    def __init__(self, type_: str, open_: Callable[[str, str], Namespace], first: str = "") -> None:
        self.type = type_
        self.open = open_
        self.first = first

    def member(self, name: str) -> Namespace:
        return self.open(self.first, name) if self.first else _Labelled(self.type, self.open, name)

    def value(self) -> Value:
        raise FunctionError(f'"{self.type}" blocks are named by two labels: {self.type}.<kind>.<name>')


class _Dev(Namespace):
    """A `dev` block: its URL is known, a baseline would have to be executed."""

    def __init__(self, block: Block) -> None:
        self.block = block

    def member(self, name: str) -> Value:
        if name != "url":
            raise FunctionError('a "dev" block has the attribute "url" alone')
        if self.block.has("baseline"):
            raise FunctionError('"baseline" of "dev" blocks is not available yet')
        return self.block.get("url")

    def value(self) -> Value:
        raise FunctionError('take the attribute "url" of the "dev" block')


def _data_source(kind: str, name: str) -> Namespace:
    known = ", ".join(DATA_SOURCES)
    if kind not in DATA_SOURCES:
        raise FunctionError(f'data.{kind}.{name}: there is no data source "{kind}"; known are {known}')
    raise FunctionError(f"data.{kind}.{name}: data sources are not available yet (known kinds: {known})")


def _docker(driver: str, name: str) -> Namespace:
    raise FunctionError(f'docker.{driver}.{name}: "docker" blocks are not available yet; docker:// URLs are')


def _block(blocks: Sequence[Block], type_: str, driver: str, name: str) -> Block:
    for block in blocks:
        if block.type == type_ and block.labels == (driver, name):
            return block
    raise FunctionError(f'there is no block {type_} "{driver}" "{name}"')
