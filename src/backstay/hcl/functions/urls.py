"""Functions that edit URLs. A URL may carry a password, so no message quotes one."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qs, quote, quote_plus, urlencode, urlsplit, urlunsplit

from backstay.hcl.functions.convert import FunctionError, string
from backstay.hcl.functions.signature import Table
from backstay.hcl.values import Value

TABLE = Table()
USERINFO_SAFE = "$&+,;="
PATH_SAFE = "/$&+,:;=@!*'()"


@TABLE.define(string)
def urlescape(text: str) -> Value:
    return quote_plus(text, safe="~")


@TABLE.define(string, string, string)
def urlqueryset(url: str, key: str, value: str) -> Value:
    parts = _parts(url)
    query = parse_qs(parts.query, keep_blank_values=True) | {key: [value]}
    return _text(parts._replace(query=urlencode(sorted(query.items()), doseq=True)))


@TABLE.define(string, string)
def urlsetpath(url: str, path: str) -> Value:
    parts = _parts(url)
    rooted = "/" + path if parts.netloc and path and not path.startswith("/") else path
    return _text(parts._replace(path=quote(rooted, safe=PATH_SAFE)))


@TABLE.define(string, string, string, optional=1)
def urluserinfo(url: str, user: str, password: str | None = None) -> Value:
    parts = _parts(url)
    secret = "" if password is None else ":" + quote(password, safe=USERINFO_SAFE)
    host = parts.netloc.rpartition("@")[2]
    return _text(parts._replace(netloc=f"{quote(user, safe=USERINFO_SAFE)}{secret}@{host}"))


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise FunctionError("the text is not a URL") from None
    return parts


def _text(parts: SplitResult) -> str:
    """The URL's text; `scheme://` stays even where nothing follows it but a path or query."""
    text = urlunsplit(parts)
    if parts.scheme and not text.startswith(f"{parts.scheme}://") and not parts.netloc:
        return text.replace(f"{parts.scheme}:", f"{parts.scheme}://", 1)
    return text
