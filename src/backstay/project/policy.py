"""The lint and diff policies of an env, and what they inherit from the global blocks."""

from __future__ import annotations

from typing import cast, get_args

from backstay.hcl.document import Block
from backstay.project.model import Diff, Lint, Review
from backstay.project.reading import flag, only, seconds, text, word
from backstay.project.warnings import Warnings
from backstay.schema.changes import ChangeAction, Kind

ANALYZERS = (
    "destructive",
    "data_depend",
    "incompatible",
    "condrop",
    "security",
    "concurrent_index",
    "naming",
)
ANALYZER_SETTINGS = frozenset({"error", "force"})
ERROR_BY_DEFAULT = frozenset({"destructive"})
VERSIONED_ONLY = frozenset({"non_linear", "git", "latest"})
"""Settings of the versioned workflow, without a meaning here."""

DIFF_SETTINGS = frozenset({"online", "probe", "lock_timeout", "statement_timeout"})
DIFF_BLOCKS = frozenset({"skip", "concurrent_index"})

ALIASES = {"func": "function", "proc": "procedure"}
"""Other words for kinds in the keys of `skip`."""

SKIPPABLE = frozenset(
    f"{change}_{kind}" for change in get_args(ChangeAction) for kind in (*get_args(Kind), *ALIASES)
) | {"rename_constraint"}
CONCURRENT = {"create": "create", "add": "create", "drop": "drop"}


def read_lint(own: Block | None, shared: Block | None, warnings: Warnings) -> Lint:
    """An env's `lint` over the global one: review and format one by one, analyzers all or nothing."""
    analyzers = _analyzers(own, warnings) or _analyzers(shared, warnings)
    errors = {
        name: flag(analyzers.get(name), "error", default=name in ERROR_BY_DEFAULT) for name in ANALYZERS
    }
    review = _review(own) or _review(shared)
    return Lint(
        review=review,
        format=text(own, "format") or text(shared, "format"),
        errors=frozenset(name for name, is_error in errors.items() if is_error),
        forced=frozenset(name for name, block in analyzers.items() if flag(block, "force")),
    )


def _review(block: Block | None) -> Review:
    return cast(Review, word(block, "review", filter(None, get_args(Review))))


def _analyzers(lint: Block | None, warnings: Warnings) -> dict[str, Block]:
    if lint is None:
        return {}
    for block in lint.blocks():
        if block.type not in ANALYZERS and block.type not in VERSIONED_ONLY:
            warnings.add(block, f'"lint.{block.type}" is not available yet and has no effect')
    found = {name: analyzer for name in ANALYZERS if (analyzer := only(lint, name))}
    for name, block in found.items():
        ignored = [*block.attributes(), *(child.type for child in block.blocks())]
        for setting in dict.fromkeys(ignored):
            if setting not in ANALYZER_SETTINGS:
                warnings.add(block, f'"lint.{name}.{setting}" is not available yet and has no effect')
    return found


def read_diff(own: Block | None, shared: Block | None, warnings: Warnings) -> Diff:
    """An env's `diff`, or the global one where it has none; `skip` alone is inherited into it."""
    block = own or shared
    if block is not None:
        _warn_of_unknown(block, warnings)
    concurrent = {
        CONCURRENT[name]: flag(settings, name)
        for settings in [only(block, "concurrent_index")]
        for name in (settings.attributes() if settings else ())
        if name in CONCURRENT
    }
    return Diff(
        skip=_skipped(only(own, "skip") or only(shared, "skip")),
        online=flag(block, "online", default=True),
        concurrent_create=concurrent.get("create", False),
        concurrent_drop=concurrent.get("drop", False),
        probe=flag(block, "probe", default=True),
        lock_timeout=seconds(block, "lock_timeout"),
        statement_timeout=seconds(block, "statement_timeout"),
    )


def _warn_of_unknown(diff: Block, warnings: Warnings) -> None:
    for name in diff.attributes():
        if name not in DIFF_SETTINGS:
            warnings.add(diff, f'"diff.{name}" is not available yet and has no effect')
    for child in diff.blocks():
        if child.type not in DIFF_BLOCKS:
            warnings.add(child, f'"diff.{child.type}" is not available yet and has no effect')


def _skipped(block: Block | None) -> frozenset[str]:
    if block is None:
        return frozenset()
    for name in block.attributes():
        if name not in SKIPPABLE:
            raise block.error(
                f'"{name}" is not a kind of change that can be skipped',
                attribute=name,
                hint=_nearest(name),
            )
    return frozenset(map(_key, filter(lambda name: flag(block, name), block.attributes())))


def _key(name: str) -> str:
    """The key of a change (`Change.key`)."""
    action, _, kind = name.partition("_")
    return f"{action}_{ALIASES.get(kind, kind)}"


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(SKIPPABLE), 1)
    return f'did you mean "{near[0]}"?' if near else "kinds are named like drop_table or add_index"
