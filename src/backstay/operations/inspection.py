"""Inspect and diff: what a state is, and what lies between two of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backstay import urls
from backstay.dialects.dialect import Statement, StatementOptions
from backstay.dialects.registry import dialect_for, dialect_named, is_database
from backstay.engine.compare import compare, rename_schema
from backstay.engine.differences import differences
from backstay.errors import ConfigError
from backstay.operations.observer import Observer
from backstay.operations.options import DiffOptions, InspectOptions
from backstay.operations.resolve import single
from backstay.operations.results import DiffResult, Ignored, InspectResult, Target
from backstay.operations.settings import Settings, expand
from backstay.operations.states import find
from backstay.operations.transition import Transition, plan_options, transition
from backstay.schema.diff import diff
from backstay.schema.model import Realm, Schema
from backstay.schema.state import State


def inspect(options: InspectOptions, observer: Observer) -> InspectResult:
    """The normalised state behind a URL: a database, files, the registry."""
    settings = single(options, observer, url=options.url[0] if options.url else "")
    given = options.url or ((settings.url,) if settings.url else ())
    if not given:
        raise ConfigError('required flag(s) "url" not set', hint="give --url, or set url in the env")
    found = find(given, settings, settings.reading("--url"))
    return InspectResult(state=found.state, target=_target(given, settings, found.state), url=given[0])


def creation(state: State, indent: str = "") -> tuple[Statement, ...]:
    """The statements that make the state from nothing, as an inspection written as SQL."""
    dialect = dialect_named(state.dialect)
    empty = Realm(schemas=(Schema(name=state.schema),)) if state.schema else Realm()
    options = StatementOptions(qualify=not state.scoped, indent=indent, realm=empty, desired=state.realm)
    return dialect.plan(diff(empty, state.realm), options)


def document(state: State) -> str:
    """The state written as an HCL document."""
    return dialect_named(state.dialect).encode(state.realm)


def compare_states(options: DiffOptions, observer: Observer) -> DiffResult:
    """The changes from one state to another; `difference` writes them as statements."""
    for flag, given in (("from", options.from_), ("to", options.to)):
        if not given:
            raise ConfigError(f'required flag(s) "{flag}" not set', hint=f"give --{flag} the URL of a state")
    settings = single(options, observer, src=options.to)
    step = transition(settings, options.from_)
    return DiffResult(
        before=step.before.state,
        after=step.after.state,
        changes=step.changes,
        ignored=() if step.changes else tuple(_ignored(settings, step)),
        options=plan_options(settings, step),
    )


def _ignored(settings: Settings, step: Transition) -> Iterator[Ignored]:
    """Why there is nothing to change although the hashes differ."""
    before, after = step.before.state, step.after.state
    if before.hash == after.hash:
        return
    left_out = compare(step.dialect, before, after)
    if left_out:
        yield Ignored(reason="left out by the diff policy", differences=differences(left_out))
    desired = rename_schema(after.realm, before.schema) if before.schema else after.realm
    equal = diff(step.dialect.canonical(before.realm), step.dialect.canonical(desired))
    told = set(differences(left_out))
    rest = tuple(difference for difference in differences(equal) if difference not in told)
    if rest:
        yield Ignored(reason=f"equal for {step.dialect.family} {before.server_version}", differences=rest)
    if not left_out and not rest:
        yield Ignored(reason="one of the hashes was made by another version of Backstay")


def difference(result: DiffResult, indent: str = "") -> tuple[Statement, ...]:
    """The statements that lead from one state to the other."""
    options = msgspec.structs.replace(result.options, indent=indent)
    return dialect_named(result.before.dialect).plan(result.changes, options)


def _target(given: tuple[str, ...], settings: Settings, state: State) -> Target | None:
    url = expand(given[0], settings.attributes, settings.env)[0]
    if not is_database(url):
        return None
    return Target(driver=dialect_for(url).driver, url=urls.redact(url), schema=state.schema)
