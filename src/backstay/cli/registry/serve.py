"""`backstay registry serve`."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from backstay.cli import output
from backstay.cli.registry.lifetime import Lifetime
from backstay.errors import ConfigError

if TYPE_CHECKING:
    from backstay.registry.trust import Unsigned


class Address(click.ParamType[tuple[str, int]]):
    """`host:port`; a port alone is one on every address of the machine. IPv6 addresses are in brackets."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(
            r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:]*)):(?P<port>[0-9]{1,5})", value
        )
        if not found or int(found["port"]) > 65535:
            self.fail(f"{value!r} is not host:port", param, ctx)
        return found["six"] or found["host"] or "0.0.0.0", int(found["port"])


storage = click.option(
    "--storage", required=True, envvar="BACKSTAY_STORAGE", help="URL of the bucket or directory."
)


@click.command()
@storage
@click.option("--listen", type=Address(), default="127.0.0.1:8080", help="host:port (127.0.0.1:8080).")
@click.option("--signing-key", default="", help="File of the key that signs what is written.")
@click.option("--organization", default="default", help="Whose registry this is, in grants (default).")
@click.option("--public-url", default="", help="The URL under which clients know it (that of the request).")
@click.option("--grant-life", type=Lifetime(), default="7d", help="How long a grant is good: 7d, 12h (7d).")
@click.option(
    "--unsigned",
    type=click.Choice(["REFUSE", "WARN"], case_sensitive=False),
    default="REFUSE",
    help="What clients do with what was pushed without a key while the server was away (REFUSE).",
)
def serve(
    storage: str,
    listen: tuple[str, int],
    signing_key: str,
    organization: str,
    public_url: str,
    grant_life: timedelta | None,
    unsigned: Unsigned,
) -> None:
    """Serve the registry in a bucket or directory over HTTP, until a signal ends it.

    The key of --signing-key, or of BACKSTAY_SIGNING_KEY, signs what is written, and grants, with which
    clients go on while the server is away. Tokens must then have been made with that key in
    BACKSTAY_SIGNING_KEY, or with one of BACKSTAY_TRUSTED_KEYS.
    """
    from backstay.grants.issue import policy
    from backstay.operations.trust import signer_of, trust_of
    from backstay.report.redact import learn_url

    learn_url(storage)
    try:
        from backstay.server.serve import serve as run
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the server needs {error.name}, which is not installed",
            hint="install it with: pip install 'backstay[server]'",
        ) from None
    host, port = listen
    run(
        storage,
        host,
        port,
        signer=signer_of(os.environ, signing_key),
        trust=trust_of(None, os.environ),
        grants=policy(organization, public_url, grant_life, unsigned),
        log=output.log(service=True),
    )
