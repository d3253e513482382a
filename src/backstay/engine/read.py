"""URL -> state: databases are inspected; files are created on a dev database and inspected there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import closing

import msgspec

from backstay import __version__, cache, urls
from backstay.decoding import decode
from backstay.dialects.dialect import Dialect, Fragment, Session
from backstay.dialects.registry import EXAMPLES, dialect_for, dialect_of_files
from backstay.engine.compare import of_schemas, rename_schema
from backstay.engine.containers import is_container
from backstay.engine.devdatabase import DevDatabase, open_dev
from backstay.engine.inspect import inspected, normalised
from backstay.engine.sources import Sources, read_sources
from backstay.engine.verify import build
from backstay.errors import ConfigError, DatabaseError, PlanError, StatementError
from backstay.hcl.document import Document, Source
from backstay.hcl.functions.encoding import json_text
from backstay.hcl.values import Value
from backstay.schema.managed import EVERYTHING, Managed
from backstay.schema.model import Realm, Rename
from backstay.schema.patterns import Patterns
from backstay.schema.renames import located, with_renames
from backstay.schema.secrets import as_hidden
from backstay.schema.state import SourceFile, State

SECRET = re.compile(rf"(\w*(?:{urls.SECRET_PARAMETER.pattern})\w*\"?\s*=?\s*)'(?:[^']|'')*'", re.IGNORECASE)
"""An option in SQL whose name says that its value is a secret."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How states are read in one run.

    `dialect` is that of the other side, where one is known. `dev` is the dev database. `schemas`,
    `exclude`, `include` and `managed` select what belongs to the state; `inputs` are values for the
    variables of HCL schemas. `flag` names the option in messages.
    """

    dialect: Dialect | None = None
    dev: DevDatabase = DevDatabase()
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    managed: Managed = Managed()
    inputs: Mapping[str, Value] = {}
    flag: str = "--to"

    def patterns(self, schema: str) -> Patterns:
        """The exclude and include patterns, in the scope of this schema (empty: realm)."""
        return Patterns.of(self.exclude, self.include, schema=schema, managed=self.managed)


def read(state_urls: Sequence[str], reading: Reading) -> State:
    """The normalised state behind one database URL, or behind one or more `file://` URLs.

    That of a `docker://` URL is the state of a new server: empty.
    """
    schemes = {urls.scheme(url) for url in state_urls}
    if not state_urls:
        raise ConfigError(f"{reading.flag} is missing", hint="give the URL of a state, or set it in the env")
    if len(schemes) > 1:
        raise ConfigError(
            f"got mixed {reading.flag} url schemes: {', '.join(sorted(schemes))}",
            hint="give one database, one atlas:// URL, or files only",
        )
    if schemes == {"file"}:
        return normalise(read_sources(state_urls, flag=reading.flag), reading)
    if len(state_urls) > 1:
        raise ConfigError(
            f"got multiple {reading.flag} urls of scheme {schemes.pop()}", hint="only files can be several"
        )
    url = state_urls[0]
    dialect = dialect_for(url)
    if is_container(url):
        with open_dev(dialect, DevDatabase(url=url, notice=reading.dev.notice)) as session:
            return read_session(dialect, session, reading)
    with closing(dialect.connect(url)) as session:
        return read_session(dialect, session, reading)


def read_session(dialect: Dialect, session: Session, reading: Reading) -> State:
    """The state of the database behind an open session.

    Raises `ConfigError` where the URL is bound to another schema than the ones that are asked for.
    """
    if session.schema and not {session.schema} >= set(reading.schemas):
        raise ConfigError(
            f'{reading.flag} is bound to schema "{session.schema}", and --schema asks for '
            f"{', '.join(reading.schemas)}",
            hint="leave --schema out, or take the schema out of the URL",
        )
    return inspected(dialect, session, reading.patterns(session.schema), reading.schemas)


def normalise(sources: Sources, reading: Reading) -> State:
    """Source files -> state, through the dev database; or out of the cache, which needs none.

    A hit must be of the same sources, variables, selection, dialect, scope and server version.
    """
    dialect = reading.dialect or dialect_of(sources, reading.dev.url)
    if reading.dev.major and reading.dev.schema is not None:
        found = _cached(_cache_name(sources, reading, dialect, reading.dev.major, reading.dev.schema))
        if found is not None:
            return found
    with open_dev(dialect, reading.dev) as session:
        scope = session.schema if reading.dev.schema is None else reading.dev.schema
        name = _cache_name(sources, reading, dialect, session.major, scope)
        state = _cached(name)
        if state is None:
            load = _load_hcl if sources.language == "hcl" else _load_sql
            state = load(dialect, session, sources, reading)
            cache.write(name, msgspec.json.encode(state))
        return state


def _load_hcl(dialect: Dialect, session: Session, sources: Sources, reading: Reading) -> State:
    document = Document.load([Source(file.name, file.text) for file in sources.files], inputs=reading.inputs)
    desired = dialect.decode(document, qualify=not session.schema)
    for warning in document.warnings:
        reading.dev.notice(warning)
    _check_schemas(desired, session, reading, sources)
    desired = _managed(desired, reading)
    try:
        build(dialect, session, desired)
    except (DatabaseError, PlanError) as error:
        raise DatabaseError(
            f"{_names(sources)}: the dev database refuses the schema: {error.message}",
            hint=error.hint or "correct the schema; the target was not touched",
        ) from None
    names = tuple(schema.name for schema in desired.schemas)
    realm = session.inspect(reading.patterns(session.schema), names if reading.schemas else ())
    if not session.schema:
        realm = of_schemas(realm, names)
    elif desired.schemas:
        realm = rename_schema(realm, desired.schemas[0].name)
    realm = as_hidden(with_renames(realm, desired.facts.renames), desired)
    if not session.disposable:  # its roles are somebody's, and none were made
        realm = msgspec.structs.replace(realm, roles=desired.roles)
    inputs = {
        block.name: json_text(reading.inputs[block.name])
        for block in document.blocks("variable")
        if block.name in reading.inputs
    }
    return normalised(dialect, session, realm, sources.files, inputs, managed=reading.managed)


def _managed(desired: Realm, reading: Reading) -> Realm:
    """The realm without what the project does not manage; a notice names the setting that changes this."""
    managed = reading.managed.of(desired)
    for setting, name in (("roles", "roles"), ("permissions", "permissions and owners")):
        if not getattr(reading.managed, setting) and managed != desired:
            only = msgspec.structs.replace(EVERYTHING, **{setting: False})
            if only.of(desired) != desired:
                reading.dev.notice(
                    f"the files declare {name}, which this project does not manage: "
                    f"set schema {{ mode {{ {setting} = true }} }} in the env"
                )
    return managed


def _load_sql(dialect: Dialect, session: Session, sources: Sources, reading: Reading) -> State:
    if reading.managed.roles and not session.disposable:
        raise ConfigError(
            "the roles of SQL files can only be read on a dev server of our own",
            hint="leave dev out of the env, or use docker:// there: roles of other servers are not touched",
        )
    for file in sources.files:
        _load_file(dialect, session, file, reading)
    realm = session.inspect(reading.patterns(session.schema), reading.schemas)
    found = [rename for file in sources.files for rename in _renames(dialect, file)]
    realm = with_renames(realm, located(realm, found, session.schema or dialect.default_schema))
    return normalised(dialect, session, realm, sources.files, managed=reading.managed)


def _load_file(dialect: Dialect, session: Session, file: SourceFile, reading: Reading) -> None:
    """Run the statements of a file. Rows that it holds are left out: they are no part of a schema."""
    fragments = _split(dialect, file)
    statements = [fragment for fragment in fragments if not fragment.rows]
    skipped = len(fragments) - len(statements)
    if skipped:
        reading.dev.notice(f"{file.name}: rows are not part of a schema: skipped {skipped} COPY with data")
    try:
        session.load([fragment.text for fragment in statements])
    except StatementError as error:
        failed = statements[error.number]
        raise DatabaseError(
            f'read state from "{file.name}": line {failed.line}: executing statement: '
            f'"{_shortened(failed.text)}": {error.message}',
            hint=error.hint or "the dev database refuses it; correct the file, the target was not touched",
        ) from None
    except DatabaseError as error:
        raise DatabaseError(f'read state from "{file.name}": {error.message}', hint=error.hint) from None


def _renames(dialect: Dialect, file: SourceFile) -> Sequence[Rename]:
    try:
        return dialect.renames(file.text)
    except ConfigError as error:
        raise ConfigError(f'read state from "{file.name}": {error.message}', hint=error.hint) from None


def _split(dialect: Dialect, file: SourceFile) -> Sequence[Fragment]:
    try:
        return dialect.split(file.text)
    except ConfigError as error:
        raise ConfigError(f'read state from "{file.name}": {error.message}', hint=error.hint) from None


def _check_schemas(desired: Realm, session: Session, reading: Reading, sources: Sources) -> None:
    names = [schema.name for schema in desired.schemas]
    if session.schema and len(names) > 1:
        raise ConfigError(
            f'cannot use HCL with more than 1 schema when dev-url is limited to schema "{session.schema}"',
            hint="use URLs without a schema, or keep one schema in the files",
        )
    for name in names:
        if reading.schemas and name not in reading.schemas:
            raise ConfigError(
                f'schema "{name}" from paths [{_names(sources)}] is not requested '
                "(all schemas in HCL must be requested)",
                hint=f"add it to --schema, or take it out of the files: --schema {','.join(names)}",
            )


def dialect_of(sources: Sources, dev_url: str) -> Dialect:
    """The dialect of files for which no database is given: the dev database's, or the file name's."""
    if dev_url:
        return dialect_for(dev_url)
    found = dialect_of_files([file.name for file in sources.files])
    if found is None:
        raise ConfigError(
            f"{_names(sources)}: nothing says which database this schema is for: --dev-url cannot be empty",
            hint=f"set dev in the env or --dev-url, for instance {' or '.join(EXAMPLES)}",
        )
    return found


def _cache_name(sources: Sources, reading: Reading, dialect: Dialect, major: str, schema: str) -> str:
    key = (
        __version__,
        dialect.family,
        major,
        schema,
        reading.schemas,
        reading.exclude,
        reading.include,
        reading.managed,
        sorted((name, repr(value)) for name, value in reading.inputs.items()),
        [(file.name, file.text) for file in sources.files],
    )
    return f"states/{hashlib.sha256(msgspec.json.encode(key)).hexdigest()}.json"


def _cached(name: str) -> State | None:
    data = cache.read(name)
    if data is None:
        return None
    try:
        return decode(data, State)
    except msgspec.DecodeError:
        return None


def _names(sources: Sources) -> str:
    return ", ".join(file.name for file in sources.files)


def _shortened(sql: str) -> str:
    text = SECRET.sub(lambda found: f"{found[1]}'{urls.HIDDEN}'", " ".join(sql.split()))
    return text if len(text) <= 200 else f"{text[:200]}…"
