"""The dev database: an empty place to normalise a state and to try a plan in.

The URL given; a container for `docker://`; else, and where no Docker engine answers, an embedded server.
Whatever it is, the work happens in a workspace of its own that is gone afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import msgspec

from backstay import urls
from backstay.dialects.dialect import Dialect, Session
from backstay.engine.containers import NoDockerError, is_container, running
from backstay.errors import AuthError, ConfigError, NetworkError, NotFoundError


class DevDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the wanted dev database.

    `url` as configured, may be empty. `schema` is the scope wanted: a name, empty for the realm, or
    `None` for that of the URL. `major` is the server version wanted, empty where any will do. With
    `optional`, a server that cannot be used is replaced by an embedded one: a deploy does not fail for
    it. `notice` hears what it went without. `target` is the identity of the database that must not be
    used, because it is what the run is about.
    """

    url: str = ""
    schema: str | None = None
    major: str = ""
    optional: bool = False
    target: str = ""
    notice: Callable[[str], None] = lambda text: None


@contextmanager
def open_dev(dialect: Dialect, dev: DevDatabase) -> Iterator[Session]:
    """An empty workspace on the dev database.

    Raises `DirtyDatabaseError` where the configured one holds something, and what connecting raises.
    """
    with ExitStack() as stack:
        session, disposable = _session(dialect, dev, stack)
        yield stack.enter_context(session.workspace(disposable=disposable))


def _session(dialect: Dialect, dev: DevDatabase, stack: ExitStack) -> tuple[Session, bool]:
    """A session on the dev server, and whether that server was started for this run."""
    session = _wanted(dialect, dev, stack) if dev.url else None
    disposable = is_container(dev.url)
    if session is None or (dev.major and session.major != dev.major == dialect.embedded_major):
        disposable = True
        url = stack.enter_context(dialect.embedded())
        bound = dialect.bind(url, dialect.scope(dev.url)) if dev.url else url
        session = _connect(dialect, dev, bound, stack)
    _check_version(dialect, dev, session)
    if dev.target and session.identity() == dev.target:
        raise ConfigError(
            f"the dev database {urls.redact(dev.url)} is the target itself",
            hint="give it a database of its own, also on the same server: it is emptied after each run",
        )
    return session, disposable


def _wanted(dialect: Dialect, dev: DevDatabase, stack: ExitStack) -> Session | None:
    """The configured dev database; nothing, and a notice, where an embedded one has to do."""
    if is_container(dev.url):
        try:
            return _connect(dialect, dev, stack.enter_context(running(dialect, dev.url)), stack)
        except NoDockerError as error:
            dev.notice(f"{error.message}: using an embedded dev database instead of {urls.redact(dev.url)}")
            return None
    if urls.scheme(dev.url) not in dialect.schemes:
        raise ConfigError(
            f"the dev database is {urls.scheme(dev.url)}, the schema is for {dialect.family}",
            hint="use a dev database of the same kind as the target",
        )
    try:
        return _connect(dialect, dev, dev.url, stack)
    except (NetworkError, AuthError, NotFoundError) as error:
        if not dev.optional:
            raise
        dev.notice(f"{error.message}: using an embedded dev database")
        return None


def _connect(dialect: Dialect, dev: DevDatabase, url: str, stack: ExitStack) -> Session:
    session = dialect.connect(url if dev.schema is None else dialect.bind(url, dev.schema))
    stack.callback(session.close)
    return session


def _check_version(dialect: Dialect, dev: DevDatabase, session: Session) -> None:
    if dev.major and session.major != dev.major:
        dev.notice(
            f"the target is {dialect.family} {dev.major}, the dev database {session.major}: "
            "expressions may be worded differently; use a dev database of the target's version"
        )
