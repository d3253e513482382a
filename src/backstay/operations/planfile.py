"""Plans by URL: `<name>.plan.hcl` files that people edit, and stored plans `atlas://repo/plans/name`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from backstay import urls
from backstay.dialects.dialect import Fragment, Statement
from backstay.dialects.registry import dialect_named
from backstay.engine.sources import file_path, read_file
from backstay.errors import ConfigError, PlanMismatchError
from backstay.hcl.document import Document, Source
from backstay.hcl.write import Heredoc, Written, block
from backstay.hcl.write import write as write_hcl
from backstay.operations.addresses import plan_address, plan_url
from backstay.operations.results import PlanFile
from backstay.operations.settings import Settings
from backstay.registry.records import Effect, PlanRecord
from backstay.schema.state import State

ATTRIBUTES = ("from", "to", "migration")


def encode(file: PlanFile) -> str:
    """The plan as HCL: one `plan` block with the two hashes and the SQL as a heredoc."""
    attributes: dict[str, Written] = {
        "from": file.from_hash,
        "to": file.to_hash,
        "migration": Heredoc(file.migration, "SQL"),
    }
    return write_hcl([block("plan", [file.name], attributes=attributes)])


def decode(text: str, name: str) -> PlanFile:
    """The plan in an HCL text. Raises `HCLError` at the place that is wrong."""
    document = Document.load([Source(name, text)])
    blocks = document.blocks("plan")
    if len(blocks) != 1:
        raise ConfigError(
            f"{name} holds {len(blocks)} plans", hint='a plan file has exactly one plan "name" { … } block'
        )
    block = blocks[0]
    if len(block.labels) != 1:
        raise block.error("a plan has exactly one label, its name")
    for attribute in block.attributes():
        if attribute not in ATTRIBUTES:
            raise block.error(f'unknown attribute "{attribute}" in a plan', attribute=attribute)
    values = {}
    for attribute in ATTRIBUTES:
        value = block.get(attribute)
        if not isinstance(value, str):
            raise block.error(f'missing attribute "{attribute}", a string')
        values[attribute] = value
    return PlanFile(
        name=block.labels[0],
        from_hash=values["from"],
        from_desc="",
        to_hash=values["to"],
        to_desc="",
        migration=values["migration"],
        url=f"file://{name}",
    )


def read(url: str) -> PlanFile:
    """The plan file behind a `file://….plan.hcl` URL."""
    file = read_file(file_path(url), "plan file")
    return decode(file.text, file.name)


def write(file: PlanFile, path: Path) -> None:
    """Write the plan in one step; never half a file. Raises `ConfigError` where it cannot be written."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as directory:
            temporary = Path(directory, "plan")
            temporary.write_text(encode(file), encoding="utf-8")
            os.replace(temporary, path)
    except OSError as error:
        raise ConfigError(
            f'cannot write "{path}": {error.strerror}', hint="say with --output where the plan goes"
        ) from None


def load(settings: Settings, url: str) -> PlanFile:
    """The plan behind a `file://` or `atlas://repo/plans/name` URL."""
    if urls.scheme(url) == "file":
        return read(url)
    return file_of(settings.open_registry().plan(*plan_address(url)))


def file_of(record: PlanRecord) -> PlanFile:
    """A stored plan as reports show it."""
    return PlanFile(
        name=record.name,
        from_hash=record.from_hash,
        from_desc=record.from_desc,
        to_hash=record.to_hash,
        to_desc=record.to_desc,
        migration=record.migration,
        statements=dialect_named(record.dialect).split(record.migration),
        effects=record.effects,
        url=plan_url(record.repo, record.name),
        status=record.status,
    )


def effects(fragments: Sequence[Fragment], planned: Sequence[Statement]) -> tuple[Effect, ...]:
    """What the statements of a migration do; of one that was not planned nothing is known."""
    known = {statement.sql: statement for statement in planned}
    found = (known.get(fragment.text.rstrip().removesuffix(";").rstrip()) for fragment in fragments)
    return tuple(effect(statement) if statement else Effect() for statement in found)


def effect(statement: Statement) -> Effect:
    """What a planned statement does, as plans are stored and told."""
    return Effect(
        lock=statement.lock, rewrites=statement.rewrite, scans=statement.scan, reverse=statement.reverse
    )


def match(file: PlanFile, before: State, after: State) -> None:
    """Raises `PlanMismatchError` unless the plan leads from one state to the other."""
    for word, wanted, actual in (("From", file.from_hash, before.hash), ("To", file.to_hash, after.hash)):
        state = "current" if word == "From" else "desired"
        if wanted != actual:
            raise PlanMismatchError(
                f'The plan "{word}" hash does not match the {state} state hash: '
                f"- {wanted} (plan) + {actual} ({state} state)",
                hint="the plan was made for another state; plan again, or look for what has changed",
            )
