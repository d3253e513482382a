"""What an S3 server or the way to it said, as one of our errors: tables by error code, status, exception.

Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. A code decides before the
status, because one status (403) stands for a wrong key, a missing right and a wrong clock.
"""

from __future__ import annotations

from typing import NamedTuple

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
)


class Meaning(NamedTuple):
    """The class of our error, in what words, and what to do about it."""

    kind: type[BackstayError]
    text: str
    hint: str = ""
    reason: str = ""


NO_BUCKET = Meaning(NotFoundError, "the bucket does not exist", "create it, or correct its name in the URL")
WRONG_REGION = Meaning(ConfigError, "the bucket is in another region", "name it in the URL: ?region=…")
WRONG_KEY = Meaning(AuthError, "the credentials are refused", "check the access key and its secret")
EXPIRED = Meaning(AuthError, "the session has expired", "log in again, or renew the temporary credentials")
LOST = Meaning(ConflictError, "somebody else wrote first")
GARBLED = Meaning(NetworkError, "the upload was garbled on its way", "check the proxies in between")
NOT_S3 = Meaning(CorruptError, "the answer is not that of an S3 server", "check the endpoint")
BUSY = Meaning(NetworkError, "the service is overloaded")

CODES: dict[str, Meaning] = {
    "NoSuchBucket": NO_BUCKET,
    "NoSuchKey": Meaning(NotFoundError, "no such object"),
    "AccessDenied": Meaning(
        AuthError, "access is denied", "allow these credentials to list, read and write this prefix"
    ),
    "InvalidAccessKeyId": WRONG_KEY,
    "SignatureDoesNotMatch": WRONG_KEY,
    "ExpiredToken": EXPIRED,
    "ExpiredTokenException": EXPIRED,
    "InvalidToken": EXPIRED,
    "TokenRefreshRequired": EXPIRED,
    "RequestTimeTooSkewed": Meaning(
        AuthError,
        "the clock of this machine is wrong",
        "set the clock (the credentials may be right)",
        "clock",
    ),
    "RequestExpired": Meaning(
        AuthError,
        "the clock of this machine is wrong",
        "set the clock (the credentials may be right)",
        "clock",
    ),
    "PermanentRedirect": WRONG_REGION,
    "TemporaryRedirect": WRONG_REGION,
    "AuthorizationHeaderMalformed": WRONG_REGION,
    "IllegalLocationConstraintException": WRONG_REGION,
    "InvalidBucketName": Meaning(ConfigError, "the name of the bucket is not valid", "correct it in the URL"),
    "KeyTooLongError": Meaning(ConfigError, "a key is too long", "shorten the prefix or the name"),
    "PreconditionFailed": LOST,
    "ConditionalRequestConflict": LOST,
    "OperationAborted": LOST,
    "BadDigest": GARBLED,
    "IncompleteBody": GARBLED,
    "RequestTimeout": Meaning(NetworkError, "the upload did not arrive in time"),
    "SlowDown": BUSY,
    "ServiceUnavailable": BUSY,
}
STATUSES: dict[int, Meaning] = {
    301: WRONG_REGION,
    307: WRONG_REGION,
    401: WRONG_KEY,
    403: CODES["AccessDenied"],
    404: CODES["NoSuchKey"],
    408: CODES["RequestTimeout"],
    409: LOST,
    412: LOST,
    429: BUSY,
}
EXCEPTIONS: tuple[tuple[type[Exception], Meaning], ...] = (
    (boto.ConnectTimeoutError, Meaning(NetworkError, "no connection in time")),
    (boto.ReadTimeoutError, Meaning(NetworkError, "no answer in time")),
    (boto.SSLError, Meaning(NetworkError, "TLS failed", "check the certificate, or set AWS_CA_BUNDLE")),
    (boto.ProxyConnectionError, Meaning(NetworkError, "the proxy cannot be reached", "check HTTPS_PROXY")),
    (boto.EndpointConnectionError, Meaning(NetworkError, "cannot be reached")),
    (boto.ConnectionClosedError, Meaning(NetworkError, "the connection was closed")),
    (boto.IncompleteReadError, Meaning(CorruptError, "the answer was cut short")),
    (boto.ResponseStreamingError, Meaning(NetworkError, "the connection broke off")),
    (boto.HTTPClientError, Meaning(NetworkError, "the connection failed")),
    (RecursionError, WRONG_REGION),  # boto follows a server that redirects every question about the region.
    (boto.ChecksumError, Meaning(CorruptError, "the answer does not have its checksum")),
    (boto.FlexibleChecksumError, Meaning(CorruptError, "the answer does not have its checksum")),
    (
        ResponseParserError,
        Meaning(CorruptError, "the answer is not that of an S3 server", "check the endpoint"),
    ),
    (
        boto.NoCredentialsError,
        Meaning(AuthError, "there are no credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    ),
    (
        boto.PartialCredentialsError,
        Meaning(AuthError, "the credentials are incomplete", "set the access key and its secret"),
    ),
    (boto.CredentialRetrievalError, Meaning(AuthError, "the credentials cannot be had", "log in again")),
    (boto.TokenRetrievalError, Meaning(AuthError, "the credentials cannot be had", "log in again")),
    (boto.SSOError, Meaning(AuthError, "the single sign-on session is not valid", "log in again")),
    (boto.ProfileNotFound, Meaning(ConfigError, "no such profile", "correct ?profile= or AWS_PROFILE")),
    (
        boto.BotoCoreError,
        Meaning(ConfigError, "the settings are not usable", "check the parameters of the URL"),
    ),
    (ValueError, Meaning(ConfigError, "the settings are not usable", "check the parameters of the URL")),
)
"""The first that fits counts."""

ABOUT_A_KEY = (NotFoundError, CorruptError, ConflictError)
"""Errors of one object; all others are of the place."""

RETRIED_CODES = frozenset({"RequestTimeout", "SlowDown", "BadDigest", "IncompleteBody"})
RETRIED_STATUSES = frozenset({408, 409, 429, 500, 502, 503, 504})
RETRIED_EXCEPTIONS = (
    boto.ReadTimeoutError,
    boto.ConnectionClosedError,
    boto.ResponseStreamingError,
    boto.IncompleteReadError,
)
"""Worth another try. A server that cannot be reached at all is not: another copy answers sooner."""


def is_transient(error: Exception) -> bool:
    """Is it worth asking again?"""
    if isinstance(error, boto.ClientError):
        return _code(error) in RETRIED_CODES or _status(error) in RETRIED_STATUSES
    return isinstance(error, RETRIED_EXCEPTIONS)


def explain(error: Exception, *, place: str, key: str, credentials: str) -> BackstayError:
    """Our error for one of boto's. `place` names bucket and server, `credentials` their kind."""
    meaning = _meaning(error)
    text = f"{place}: {meaning.text}"
    if key and meaning.kind in ABOUT_A_KEY and meaning is not NO_BUCKET:
        text += f": {key}"
    if isinstance(error, boto.ClientError) and _code(error) not in CODES:
        code = "" if _code(error).isdigit() else f" {_code(error)}"
        text += f" (HTTP {_status(error)}{code})"
    if meaning.kind is AuthError and credentials:
        text += f" (credentials from {credentials})"
    return meaning.kind(text, hint=meaning.hint, reason=meaning.reason)


def _meaning(error: Exception) -> Meaning:
    if not isinstance(error, boto.ClientError):
        return next(meaning for kind, meaning in EXCEPTIONS if isinstance(error, kind))
    status, code = _status(error), _code(error)
    if code in CODES:
        return CODES[code]
    if status == 404 and error.operation_name == "ListObjectsV2":  # A gateway whose service is gone.
        return NOT_S3
    server_failed = Meaning(NetworkError, "the service failed")
    refused = Meaning(ConfigError, "the request was refused", "check the parameters of the URL")
    return STATUSES.get(status) or (server_failed if status >= 500 else refused)


def _code(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
