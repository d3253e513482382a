"""What tokens and grants allow: scopes, in repositories that globs name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, Literal, get_args

Scope = Literal["read", "push", "plan", "approve", "apply", "admin"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""Each of them includes `read`; `admin` includes all."""

ID_DIGITS: Final = 16


def covers(globs: Sequence[str], repo: str) -> bool:
    """Does one of the globs, in which `*` also stands for `/`, name the repository?"""
    return any(fnmatchcase(repo, glob) for glob in globs)


def includes(scopes: Sequence[Scope], scope: Scope) -> bool:
    """Do the scopes include what this one stands for?"""
    return scope == "read" or scope in scopes or "admin" in scopes


def token_digest(secret: str) -> str:
    """The SHA-256 of a token, in hexadecimal digits; the first `ID_DIGITS` of them are its id."""
    return hashlib.sha256(secret.encode()).hexdigest()
