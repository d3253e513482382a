"""URLs as people give them: parse, redact, and take apart the query.

Database and store URLs carry credentials. Whatever a person may see (messages, JSON, logs, summaries)
goes through `redact` first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from backstay.errors import ConfigError

SECRET_PARAMETER = re.compile(r"pass(word|wd)?|secret|token|key|credential|signature", re.IGNORECASE)
HIDDEN = "xxxxx"


def scheme(url: str) -> str:
    """The part before `://`, in lower case; an error that says what is missing if there is none."""
    head, separator, _ = url.partition("://")
    if not separator or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", head):
        raise ConfigError(
            f'missing scheme in URL "{redact(url)}"',
            hint="write it as scheme://…, for instance file://schema.hcl or postgres://host/database",
        )
    return head.lower()


def split(url: str) -> SplitResult:
    """`urllib.parse.urlsplit` that answers bad URLs with a `ConfigError` and never quotes them."""
    scheme(url)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError(
            f'cannot parse the {scheme(url)} URL "{redact(url)}"',
            hint="percent-encode special characters in user, password and path (@ is %40, : is %3A)",
        ) from None
    return parts


def query(url: str) -> dict[str, str]:
    """Query parameters, last one wins."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def without_query(url: str, *names: str) -> str:
    """The URL without these query parameters (without any query, when no name is given)."""
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, True) if names and k not in names]
    return _joined(parts._replace(query=urlencode(kept)))


def redact(url: str) -> str:
    """The URL with its password and secret-looking query parameters replaced by `xxxxx`.

    What cannot be taken apart safely is reduced to its scheme.
    """
    head, separator, rest = url.partition("://")
    if not separator:
        return url if "@" not in url else HIDDEN
    if _is_unclear(rest):
        return f"{head}://{HIDDEN}"
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        has_password = parts.password is not None
    except ValueError:
        return f"{head}://{HIDDEN}"
    netloc = parts.netloc
    if has_password:
        userinfo, _, host = netloc.rpartition("@")
        netloc = f"{userinfo.partition(':')[0]}:{HIDDEN}@{host}"
    query_text = parts.query
    if any(SECRET_PARAMETER.search(name) for name, _ in pairs):
        query_text = urlencode(
            [(name, HIDDEN if SECRET_PARAMETER.search(name) else value) for name, value in pairs]
        )
    return _joined(parts._replace(netloc=netloc, query=query_text))


def secrets_of_url(url: str) -> Iterator[str]:
    """The password and the secret parameters of a URL, as written and decoded.

    A password that is also the user, host or database of the URL hides nothing.
    """
    try:
        parts = urlsplit(url)
        password, host = parts.password or "", parts.hostname or ""
    except ValueError:
        return
    visible = {parts.scheme, parts.username or "", host, parts.path.strip("/")}
    if password not in visible:
        yield from (password, unquote(password))
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if value and SECRET_PARAMETER.search(name):
            yield from (value, *(decoded for _, decoded in parse_qsl(pair)))


def _is_unclear(rest: str) -> bool:
    """May a password reach past the host, because a `/`, `?` or `#` in it was not percent-encoded?"""
    host_end = re.search(r"[/?#]", rest)
    before, at, _ = rest.rpartition("@")
    return bool(at and host_end and host_end.start() < len(before) and ":" in before)


def _joined(parts: SplitResult) -> str:
    """The URL of these parts, always with `://`, which `urlunsplit` leaves out in front of an empty host."""
    query_text = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query_text}{fragment}"
