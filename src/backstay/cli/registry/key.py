"""`backstay registry key generate|show`: the keys that sign what is pushed. See docs/security.md."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backstay.cli import flags, output
from backstay.errors import ConfigError

if TYPE_CHECKING:
    from backstay.registry.signing_keys import Signer


@click.group()
def key() -> None:
    """Make the keys that sign what is pushed, and show their public halves."""


@key.command()
@click.option("--output", "file", required=True, help="File for the private key; it must not exist yet.")
def generate(file: str) -> None:
    """Make a pair of keys: the private one goes into a file, the public one is printed."""
    from backstay.registry.signing_keys import generate as make

    made = make()
    _keep(made, Path(file))
    output.log().info(f"key {made.public.id}: keep {file} secret, for whoever has it can sign")
    output.emit(made.public.text)


@key.command()
@click.argument("file", default="")
@flags.format_
def show(file: str, format_: str) -> None:
    """Print the public half of the key in FILE, or in BACKSTAY_SIGNING_KEY: what goes into trusted_keys."""
    from backstay.operations.trust import SIGNING, signer_of

    signer = signer_of(os.environ, file)
    if signer is None:
        raise ConfigError(f"no key is named, and {SIGNING} is not set", hint="name the file of a key")
    public = signer.public
    render = output.renderer(format_ or "{{ .Key }}")
    output.emit(render({"ID": public.id, "Key": public.text, "JWK": public.jwk}))


def _keep(signer: Signer, path: Path) -> None:
    """Write the private key, for its owner only. A key that is there is never overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(f"{path} exists already", hint="name a new file with --output") from None
    except OSError as error:
        raise ConfigError(
            f"cannot write {path}: {error.strerror}", hint="name another file with --output"
        ) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{signer.text}\n")
