"""`backstay registry token create|list|revoke`: written to the storage itself, by who may write there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from backstay.cli import flags, output
from backstay.cli.registry.lifetime import Lifetime
from backstay.cli.registry.serve import storage

if TYPE_CHECKING:
    from backstay.server.tokens import Token, Tokens

COLUMNS = ("ID", "Name", "Status", "Scopes", "Repos", "Created", "Expires")


@click.group()
def token() -> None:
    """Make, list and revoke the tokens of a registry server."""


@token.command()
@storage
@click.option("--name", required=True, help="What it is called, in lists and logs.")
@flags.csv_option("--scope", "scopes", help="What it may do: read, push, plan, approve, apply, admin (read).")
@flags.csv_option("--repo", "repos", help="Repositories, with * and ? (all).")
@click.option("--expires", type=Lifetime(), default="90d", help="90d, 12h or never (90d).")
def create(
    storage: str, name: str, scopes: tuple[str, ...], repos: tuple[str, ...], expires: timedelta | None
) -> None:
    """Make a token and print it: this once, for the storage keeps only its digest.

    A server that signs takes only tokens that were made with its key in BACKSTAY_SIGNING_KEY.
    """
    now = datetime.now(UTC)
    made, secret = _tokens(storage).create(
        name, scopes or ("read",), repos or ("*",), now=now, expires=now + expires if expires else None
    )
    output.log().info(f'token {made.id} "{name}": {_terms(made)}; keep it safe, it is not shown again')
    output.emit(secret)


@token.command("list")
@storage
@flags.format_
def list_(storage: str, format_: str) -> None:
    """List all tokens, revoked and expired ones too."""
    now = datetime.now(UTC)
    rows = [_row(each, now) for each in _tokens(storage).all()]
    if format_:
        output.emit(output.renderer(format_)([dict(zip(COLUMNS, row, strict=True)) for row in rows]))
    else:
        from backstay.report.table import table

        output.emit(table(COLUMNS, rows))


@token.command()
@storage
@click.argument("name")
def revoke(storage: str, name: str) -> None:
    """Revoke the token NAME, or that of an id. Every server knows it within seconds."""
    revoked = _tokens(storage).revoke(name, now=datetime.now(UTC))
    output.log().info(f'token {revoked.id} "{revoked.name}" is revoked since {revoked.revoked}')


def _tokens(storage: str) -> Tokens:
    from backstay.operations.trust import signer_of
    from backstay.report.redact import learn_url
    from backstay.server.tokens import Tokens
    from backstay.storage.open import open_store

    return Tokens(open_store(learn_url(storage)), signer_of(os.environ))


def _terms(token: Token) -> str:
    return f"{', '.join(token.scopes)} in {', '.join(token.repos)} until {token.expires or 'it is revoked'}"


def _row(token: Token, now: datetime) -> tuple[str, ...]:
    listed = (", ".join(token.scopes), ", ".join(token.repos))
    return (token.id, token.name, token.status(now), *listed, token.created, token.expires or "never")
