"""Login, logout and whoami: the token of a registry server, and the grant that comes with it."""

from __future__ import annotations

import os
from pathlib import Path

from backstay import cache, urls
from backstay.credentials import Credential
from backstay.errors import AuthError, ConfigError, NothingToLogInError
from backstay.grants import client, logins
from backstay.grants.grant import Grant
from backstay.grants.logins import Login
from backstay.grants.obtain import Grants
from backstay.operations.grants import (
    forget_grants,
    grants_for,
    is_server,
    logged_in,
    organization_of,
    server_of,
)
from backstay.operations.observer import Observer
from backstay.operations.options import LoginOptions, Options
from backstay.operations.resolve import project_of
from backstay.operations.results import Account
from backstay.project import Project
from backstay.project.registry_choice import credential_of, named_registry
from backstay.registry.http_api import Identity
from backstay.registry.http_connection import Connection
from backstay.registry.replicated import timestamp

LOGGED_OUT = "command requires 'atlas login'"
"""Tools compare this text."""


def login(options: LoginOptions, observer: Observer) -> Account | None:
    """Get a grant for a token, and keep both; with `grant_only` the grant alone.

    While the server is away a grant that is there and valid will do. Nothing for a registry that is no
    server: it needs neither. Raises `AuthError` for a token that the server does not know.
    """
    project = project_of(options)
    url = _named(project)
    if not url:
        raise NothingToLogInError(
            "no registry server is named, so there is nothing to log in to",
            hint="set BACKSTAY_REGISTRY_URL, or --env; with buckets alone no login is needed",
        )
    if not is_server(url):
        observer.notice(f"the registry {urls.redact(url)} is no server: it needs no login")
        return None
    credential = Credential(options.token.strip(), "--token") if options.token else _given(project)
    if not credential.text:
        raise NothingToLogInError(
            "there is no token to log in with",
            hint="give --token, or set BACKSTAY_TOKEN; there is no login in a browser",
        )
    grants = _grants(url, credential, options.organization or organization_of(project), observer)
    grants.admit(renew=True)
    if grants.current.error:
        raise grants.current.error
    account = _account(url, credential, grants)
    if not grants.grant:
        observer.notice(f"{account.server} has no signing key, and issues no grants")
    if options.output:
        _write(options.output, grants)
    if not options.grant_only:
        logins.store(Login(server_of(url), credential.text))
    return account


def logout(options: Options, observer: Observer) -> bool:
    """Forget the token that is kept here, and the grants of all that are known; was one kept?"""
    kept = logins.load()
    for secret in {_given(project_of(options)).text, kept.token if kept else ""} - {""}:
        observer.conceal(secret)
        forget_grants(secret, observer)
    logins.remove()
    return kept is not None


def whoami(options: Options, observer: Observer) -> Account:
    """Whose token this is: told by the server, or by the grant. Raises `AuthError` where there is none."""
    project = project_of(options)
    kept = logins.load()
    url = _named(project) or (kept.server if kept else "")
    credential = _given(project)
    if url and is_server(url) and not credential.text:
        credential = logged_in(url)
    if not credential.text:
        raise AuthError(LOGGED_OUT)
    if not url or not is_server(url):
        raise ConfigError(
            "no registry server is named that could know the token",
            hint="name one in atlas { cloud { url } }, or in BACKSTAY_REGISTRY_URL",
        )
    grants = _grants(url, credential, organization_of(project), observer)
    grants.admit()
    return _account(url, credential, grants)


def _named(project: Project) -> str:
    return named_registry(project.envs[0].repo if project.envs else None, project.cloud, os.environ)


def _given(project: Project) -> Credential:
    return credential_of(project.cloud, os.environ)


def _grants(url: str, credential: Credential, organization: str, observer: Observer) -> Grants:
    observer.conceal(credential.text)
    return grants_for(url, credential, organization, observer)


def _account(url: str, credential: Credential, grants: Grants) -> Account:
    server = urls.redact(url)
    if grants.grant:
        return _told_by_grant(server, grants.grant, renewed=grants.renewed)
    return _told_by_server(server, client.identity(Connection(url, credential)))


def _told_by_grant(server: str, grant: Grant, *, renewed: bool) -> Account:
    return Account(
        server=server,
        organization=grant.aud,
        token=grant.sub,
        name=grant.name,
        scopes=grant.scopes,
        repos=grant.repos,
        grant_expires=timestamp(grant.expires),
        renewed=renewed,
    )


def _told_by_server(server: str, identity: Identity) -> Account:
    return Account(
        server=server,
        organization=identity.organization,
        token=identity.token,
        name=identity.name,
        scopes=identity.scopes,
        repos=identity.repos,
        expires=identity.expires,
    )


def _write(file: str, grants: Grants) -> None:
    """Write the grant as it is kept, which nobody can read who has not the token."""
    if not grants.grant:
        raise ConfigError("there is no grant to write", hint="a server issues them with --signing-key")
    if not cache.replace(Path(file), grants.sealed, durable=True):
        raise ConfigError(f"cannot write {file}", hint="name another file with --output")
