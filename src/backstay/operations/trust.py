"""Whose signatures count in this run, and with which key it signs: from the project and the environment.

Whoever is nearer to production decides: keys that the run's grant names count alone; else those
of `BACKSTAY_TRUSTED_KEYS`, which a project file can neither add to nor weaken; else those of the project's
`repo` block. A key that any of them revokes is revoked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backstay.credentials import LARGEST, from_environment
from backstay.errors import ConfigError
from backstay.files import UnreadableError, read_bytes
from backstay.grants.grant import Grant
from backstay.project.model import Repo
from backstay.registry.signing_keys import PublicKey, Signer, parse_id, parse_private, parse_public
from backstay.registry.trust import Trust, Unsigned

TRUSTED = "BACKSTAY_TRUSTED_KEYS"
REVOKED = "BACKSTAY_REVOKED_KEYS"
SIGNING = "BACKSTAY_SIGNING_KEY"


def trust_of(repo: Repo | None, environ: Mapping[str, str], grant: Grant | None = None) -> Trust:
    """The trust of a run. Raises `ConfigError` for what is no key, and for revoked keys alone."""
    keys, source, unsigned = _trusted(repo, environ, grant)
    revoked, revoked_source = _listed(REVOKED, environ)
    own = repo.revoked_keys if repo else ()
    granted = grant.revoked if grant else ()
    if (revoked or own) and not keys:
        raise ConfigError(
            "keys are revoked, and none is trusted: signatures are not asked for at all",
            hint=f"name the keys that count, in trusted_keys or {TRUSTED}",
        )
    return Trust(
        keys=_keys(keys, source),
        revoked=_ids(revoked, revoked_source) | _ids(own, "revoked_keys") | _ids(granted, "the grant"),
        unsigned=unsigned,
    )


def _trusted(
    repo: Repo | None, environ: Mapping[str, str], grant: Grant | None
) -> tuple[tuple[str, ...], str, Unsigned]:
    """The keys that count, where they come from, and what becomes of what nobody signed."""
    if grant and grant.keys:
        return grant.keys, "the grant", grant.unsigned
    keys, source = _listed(TRUSTED, environ)
    if not keys and repo and repo.trusted_keys:
        return repo.trusted_keys, "trusted_keys", repo.unsigned
    return keys, source, "REFUSE"


def trust_of_environment(environ: Mapping[str, str]) -> Trust:
    """What the environment says by itself: whose grants count. Raises `ConfigError` for what is no key."""
    return Trust(_keys(*_listed(TRUSTED, environ)), _ids(*_listed(REVOKED, environ)))


def signer_of(environ: Mapping[str, str], file: str = "") -> Signer | None:
    """The key in a file, else that of `BACKSTAY_SIGNING_KEY` or `BACKSTAY_SIGNING_KEY_FILE`."""
    if file:
        return parse_private(_content(file), file)
    found = from_environment([SIGNING], environ)
    return parse_private(found.text, found.source) if found.text else None


def _keys(texts: Sequence[str], source: str) -> tuple[PublicKey, ...]:
    return tuple(parse_public(text, f"key {number} of {source}") for number, text in enumerate(texts, 1))


def _ids(texts: Sequence[str], source: str) -> frozenset[str]:
    return frozenset(parse_id(text, f"key {number} of {source}") for number, text in enumerate(texts, 1))


def _content(file: str) -> str:
    try:
        return read_bytes(Path(file), LARGEST).decode()
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist", hint="name the file of a private key") from None
    except UnreadableError as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None
    except UnicodeDecodeError:
        return ""


def _listed(name: str, environ: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """The keys in a variable or its file, one a line or with commas or spaces between; `#` begins a comment.

    Raises `ConfigError` where the variable is there and names none: a slip, after which nothing is asked for.
    """
    found = from_environment([name], environ)
    lines = (line.partition("#")[0] for line in found.text.splitlines())
    keys = tuple(" ".join(lines).replace(",", " ").split())
    if not keys and (found.text or name in environ or f"{name}_FILE" in environ):
        raise ConfigError(
            f"{found.source or name} is set, and names no key",
            hint="name keys as backstay registry key show prints them, or unset the variable",
        )
    return keys, found.source
