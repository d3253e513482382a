"""`atlas://` URLs: what reports print is what commands read again.

Names are percent-encoded, since a tag or a plan may be called `feature/x`, `1.0+build` or `a b`.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from backstay import urls
from backstay.errors import ConfigError


def repo_url(repo: str, tag: str = "") -> str:
    """`atlas://repo`, or `atlas://repo?tag=…`."""
    query = f"?tag={quote(tag, safe='/:@')}" if tag else ""
    return f"atlas://{quote(repo, safe='')}{query}"


def plan_url(repo: str, name: str) -> str:
    """`atlas://repo/plans/name`."""
    return f"{repo_url(repo)}/plans/{quote(name, safe=':@')}"


def repository_of(url: str) -> str:
    """The slug in an `atlas://slug?tag=…` URL."""
    name = unquote(urls.split(url).netloc)
    if not name:
        raise ConfigError(f'"{url}" names no repository', hint="write atlas://app or atlas://app?tag=v1")
    return name


def plan_address(url: str) -> tuple[str, str]:
    """Repository and name in `atlas://repo/plans/name` (or `atlas://org/schema/repo/plans/name`)."""
    parts = [unquote(part) for part in urls.split(url).path.split("/") if part]
    if urls.scheme(url) == "atlas":
        if len(parts) == 2 and parts[0] == "plans":
            return repository_of(url), parts[1]
        if len(parts) == 4 and parts[0] == "schema" and parts[2] == "plans":
            return parts[1], parts[3]
    raise ConfigError(f'"{urls.redact(url)}" is not the URL of a plan', hint="write atlas://app/plans/name")


def slug(repo: str) -> str:
    """`app` of `app` or `atlas://app`. Raises `ConfigError` for what names something else."""
    if "://" not in repo:
        return repo
    parts = urls.split(repo)
    if parts.scheme != "atlas" or parts.path.strip("/"):
        raise ConfigError(
            f'"{urls.redact(repo)}" is not the URL of a repository', hint="write app or atlas://app"
        )
    return repository_of(repo)
