"""The registry of a run, and the grant with which it may go on without it. See docs/grants.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import msgspec

from backstay import urls
from backstay.credentials import NOBODY, Credential
from backstay.errors import BackstayError
from backstay.grants import logins
from backstay.grants.obtain import Grants
from backstay.grants.sealing import key_id, unseal
from backstay.grants.stores import DirectoryStore, GrantStore, MountedStore
from backstay.grants.verify import Terms
from backstay.operations.observer import Observer
from backstay.operations.trust import signer_of, trust_of, trust_of_environment
from backstay.project import Project, Repo, choose_registry
from backstay.project.registry_choice import RegistryChoice
from backstay.registry.http_connection import Connection
from backstay.registry.patience import patience_with
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust

GRANT_FILE = "BACKSTAY_GRANT_FILE"
"""Names a grant that is mounted, as `backstay login --output` wrote it."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a registry is opened with. `grants` are there for a server that is sent a token."""

    choice: RegistryChoice
    credential: Credential
    trust: Trust
    signer: Signer | None
    grants: Grants | None

    @property
    def heard(self) -> Callable[[BackstayError], None]:
        """Who hears what requests to the server end in."""
        return self.grants.heard if self.grants else lambda error: None


def opening(repo: Repo | None, project: Project, observer: Observer) -> Opening:
    """Choose the registry, and get what is needed to work with it.

    Raises `ConfigError`, and `AuthError` where the token is refused, or the server is away and no grant
    allows to go on.
    """
    choice = choose_registry(repo, project.cloud, environ=os.environ, directory=project.directory)
    for url in (choice.primary, *choice.backups):
        observer.conceal(*urls.secrets_of_url(url))
    for notice in choice.notices:
        observer.notice(notice)
    credential = choice.credential
    if is_server(choice.primary) and not credential.text:
        credential = logged_in(choice.primary)
    observer.conceal(credential.text)
    grants = None
    if is_server(choice.primary) and credential.text:
        grants = grants_for(choice.primary, credential, organization_of(project), observer)
    grant = grants.admit() if grants else None
    return Opening(
        choice=choice,
        credential=credential,
        trust=trust_of(repo, os.environ, grant),
        signer=signer_of(os.environ),
        grants=grants,
    )


def grants_for(url: str, credential: Credential, organization: str, observer: Observer) -> Grants:
    """The grants of a token, wherever they may be kept. Nobody is asked yet."""
    return Grants(
        Connection(url, credential),
        Terms(
            server=server_of(url),
            token=credential.text,
            organization=organization,
            trust=trust_of_environment(os.environ),
        ),
        _stores(credential.text, observer),
        notify=observer.notice,
        patience=patience_with(url),
    )


def organization_of(project: Project) -> str:
    """Whose grants the project asks for; empty for whomever the server stands for."""
    return project.cloud.org if project.cloud else ""


def logged_in(url: str) -> Credential:
    """The token that `backstay login` left for this server, and for no other."""
    login = logins.load()
    if login and login.server == server_of(url):
        return Credential(login.token, "backstay login")
    return NOBODY


def forget_grants(token: str, observer: Observer) -> None:
    """Keep no grant of this token."""
    for store in _stores(token, observer):
        store.remove()


def _stores(token: str, observer: Observer) -> Sequence[GrantStore]:
    kid = key_id(token)
    return [*_mounted(token, observer), DirectoryStore(kid), *observer.grant_stores(kid)]


def _mounted(token: str, observer: Observer) -> Sequence[GrantStore]:
    """The grant that is mounted; a slip is told before it matters."""
    file = os.environ.get(GRANT_FILE)
    if not file:
        return ()
    mounted = MountedStore(file)
    if unseal(mounted.load() or b"", token) is None:
        observer.notice(f"{GRANT_FILE} names no file with a grant for this token: {file}")
    return (mounted,)


def server_of(url: str) -> str:
    """A server's URL in one form, by which it is told from others."""
    return urls.without_query(url).rstrip("/")


def is_server(url: str) -> bool:
    """Is this the URL of a registry server?"""
    return urls.scheme(url) in ("http", "https")
