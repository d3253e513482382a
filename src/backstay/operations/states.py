"""URLs of states, whatever they point at: files, databases, the env, the registry."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backstay import urls
from backstay.dialects.dialect import Dialect, Session
from backstay.dialects.registry import dialect_named
from backstay.engine.compare import rename_schema
from backstay.engine.inspect import hash_of
from backstay.engine.read import Reading, normalise, read
from backstay.engine.sources import Language, Sources
from backstay.errors import BackstayError, ConfigError
from backstay.hcl.functions.encoding import jsondecode
from backstay.operations.addresses import repository_of
from backstay.operations.settings import Settings
from backstay.schema.model import Realm
from backstay.schema.secrets import secrets
from backstay.schema.state import State


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A state, how to call it in reports, and the registry URL that gave it (empty for none)."""

    state: State
    description: str
    source: str = ""
    repo: str = ""


def find(given: Sequence[str], settings: Settings, reading: Reading) -> Found:
    """The state behind URLs as people give them; `env://` is expanded, `atlas://` read."""
    state_urls = settings.addresses(given)
    if len(state_urls) == 1 and urls.scheme(state_urls[0]) == "atlas":
        found = _from_registry(state_urls[0], settings, reading)
    else:
        found = Found(state=read(state_urls, reading), description=describe(state_urls))
    conceal(found.state, settings)
    return found


def conceal(state: State, settings: Settings) -> None:
    """Hide the secrets of a state from every output, unless the project lets them be seen."""
    if not settings.managed.sensitive:
        settings.observer.conceal(*secrets(state.realm))


def describe(state_urls: Sequence[str]) -> str:
    """How reports call a state: its URLs, without secrets."""
    return ",".join(urls.redact(url) for url in state_urls)


def _from_registry(url: str, settings: Settings, reading: Reading) -> Found:
    parameters = urls.query(url)
    unknown = parameters.keys() - {"tag", "version"}
    if unknown or urls.split(url).path.strip("/"):
        raise ConfigError(f'cannot read a state from "{url}"', hint="use atlas://app, ?tag=… or ?version=…")
    repo = repository_of(url)
    found = settings.open_registry().read(
        repo, tag=parameters.get("tag", ""), version=parameters.get("version", "")
    )
    for notice in found.notices:
        settings.observer.notice(notice)
    state = select(found.state, reading)
    return Found(state=state, description=url, source=found.source, repo=repo)


def select(state: State, reading: Reading) -> State:
    """A stored state as this run wants it: of these schemas only, without what the patterns leave out."""
    realm = state.realm
    if not state.scoped and reading.schemas:
        kept = tuple(schema for schema in realm.schemas if schema.name in reading.schemas)
        realm = Realm(schemas=kept, facts=realm.facts)
    realm = reading.patterns(state.schema).apply(realm)
    managed = state.managed & reading.managed
    if realm == state.realm and managed == state.managed:
        return state
    hash_ = hash_of(dialect_named(state.dialect), realm, scoped=state.scoped)
    return msgspec.structs.replace(state, realm=realm, hash=hash_, managed=managed)


def suited(found: Found, settings: Settings, dialect: Dialect, session: Session) -> State:
    """The desired state in the normal form of the target's server and scope.

    Normalised again from its sources where version or scope differ and a dev database can be had;
    a notice says so where not. Raises `ConfigError` where the scopes cannot meet.
    """
    state = found.state
    if state.dialect != dialect.family:
        raise ConfigError(
            f"{found.description} is a {state.dialect} schema, the target is {dialect.family}",
            hint="apply it to a database of its own kind",
        )
    major = dialect_named(state.dialect).major_of(state.server_version)
    if major == session.major and state.scoped == bool(session.schema):
        return state
    if state.sources:
        try:
            return _again(state, settings, dialect, session)
        except BackstayError as error:
            settings.observer.notice(f"cannot normalise {found.description} again: {error.message}")
    if state.scoped != bool(session.schema):
        scope, other = (
            ("one schema", "a whole database") if state.scoped else ("a whole database", "one schema")
        )
        raise ConfigError(
            f"{found.description} is the state of {scope}, the target URL is bound to {other}",
            hint="give both the same scope: bind the URL to a schema (PostgreSQL: ?search_path=…), or not",
        )
    settings.observer.notice(
        f"{found.description} was normalised on {dialect.family} {major}, the target is {session.major}: "
        "expressions may be worded differently"
    )
    return state


def _again(state: State, settings: Settings, dialect: Dialect, session: Session) -> State:
    reading = settings.reading(
        "--to",
        dialect=dialect,
        schema=session.schema,
        major=session.major,
        optional=True,
        target=session.identity(),
    )
    language: Language = "hcl" if state.sources[0].name.endswith(".hcl") else "sql"
    inputs = {name: jsondecode(text) for name, text in state.inputs.items()} | dict(reading.inputs)
    again = normalise(Sources(language, state.sources), msgspec.structs.replace(reading, inputs=inputs))
    if session.schema:
        return msgspec.structs.replace(again, realm=rename_schema(again.realm, session.schema))
    return again
