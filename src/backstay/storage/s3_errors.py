"""What an S3 server or the way to it said, as one of our errors: tables by error code, status, exception.

Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. A code decides before the
status, because one status (403) stands for a wrong key, a missing right and a wrong clock.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from backstay.errors import AuthError, ConfigError, NetworkError, UnsupportedError
from backstay.storage import certificates, failures
from backstay.storage.failures import Failure, Meaning
from backstay.storage.http import causes_of

WRONG_REGION = Meaning(ConfigError, "the bucket is in another region", "name it in the URL: ?region=…")
EXPIRED = Meaning(AuthError, "the session has expired", "log in again, or renew the temporary credentials")
NO_CREDENTIALS = Meaning(AuthError, "the credentials cannot be had", "log in again")
NOT_S3 = failures.foreign("an S3 server")
WEB_IDENTITY = Meaning(
    AuthError,
    "the web identity is refused",
    "check AWS_ROLE_ARN, who may assume that role, and the token in AWS_WEB_IDENTITY_TOKEN_FILE",
)
NO_FILE = Meaning(
    ConfigError,
    "a file with credentials cannot be read",
    "check AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE",
)

NOT_IMPLEMENTED = Meaning(
    UnsupportedError, "the server does not implement this request", "use another server, or update this one"
)

CODES: dict[str, Meaning] = {
    "NoSuchBucket": failures.NO_BUCKET,
    "NoSuchKey": failures.NO_OBJECT,
    "AccessDenied": failures.DENIED,
    "InvalidAccessKeyId": failures.WRONG_KEY,
    "SignatureDoesNotMatch": failures.WRONG_KEY,
    "ExpiredToken": EXPIRED,
    "ExpiredTokenException": EXPIRED,
    "InvalidToken": EXPIRED,
    "TokenRefreshRequired": EXPIRED,
    "RequestTimeTooSkewed": failures.WRONG_CLOCK,
    "RequestExpired": failures.WRONG_CLOCK,
    "PermanentRedirect": WRONG_REGION,
    "TemporaryRedirect": WRONG_REGION,
    "AuthorizationHeaderMalformed": WRONG_REGION,
    "IllegalLocationConstraintException": WRONG_REGION,
    "InvalidBucketName": Meaning(ConfigError, "the name of the bucket is not valid", "correct it in the URL"),
    "KeyTooLongError": Meaning(ConfigError, "a key is too long", "shorten the prefix or the name"),
    "PreconditionFailed": failures.LOST,
    "ConditionalRequestConflict": failures.LOST,
    "OperationAborted": failures.LOST,
    "BadDigest": failures.GARBLED_UPLOAD,
    "XAmzContentChecksumMismatch": failures.GARBLED_UPLOAD,
    "IncompleteBody": failures.GARBLED_UPLOAD,
    "RequestTimeout": failures.LATE_UPLOAD,
    "SlowDown": failures.BUSY,
    "ServiceUnavailable": failures.BUSY,
    "NotImplemented": NOT_IMPLEMENTED,
    "KMS.DisabledException": Meaning(ConfigError, "the encryption key is disabled", "check ?sse_kms_key_id="),
    "KMS.NotFoundException": Meaning(ConfigError, "no such encryption key", "check ?sse_kms_key_id="),
}
REDIRECTS = (301, 302, 307, 308)
EXCEPTIONS: tuple[tuple[type[Exception], Meaning], ...] = (
    (boto.ConnectTimeoutError, failures.NO_CONNECTION),
    (boto.ReadTimeoutError, failures.NO_ANSWER),
    (boto.SSLError, failures.NO_TLS._replace(hint="check the certificate, or set AWS_CA_BUNDLE")),
    (boto.ProxyConnectionError, failures.NO_PROXY),
    (boto.EndpointConnectionError, failures.UNREACHABLE),
    (boto.ConnectionClosedError, failures.CLOSED),
    (boto.IncompleteReadError, failures.CUT_SHORT),
    (boto.ResponseStreamingError, failures.BROKE_OFF),
    (boto.HTTPClientError, Meaning(NetworkError, "the connection failed")),
    (RecursionError, WRONG_REGION),  # boto follows a server that redirects every question about the region.
    (boto.ChecksumError, failures.WRONG_CHECKSUM),
    (boto.FlexibleChecksumError, failures.WRONG_CHECKSUM),
    (ResponseParserError, NOT_S3),
    (
        boto.NoCredentialsError,
        Meaning(AuthError, "there are no credentials", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    ),
    (
        boto.PartialCredentialsError,
        Meaning(AuthError, "the credentials are incomplete", "set the access key and its secret"),
    ),
    (boto.CredentialRetrievalError, NO_CREDENTIALS),
    (boto.TokenRetrievalError, NO_CREDENTIALS),
    (boto.SSOError, Meaning(AuthError, "the single sign-on session is not valid", "log in again")),
    (boto.ProfileNotFound, Meaning(ConfigError, "no such profile", "correct ?profile= or AWS_PROFILE")),
    (boto.BotoCoreError, failures.UNUSABLE),
    (ValueError, failures.UNUSABLE),
    (OSError, NO_FILE),
)
"""The first that fits counts."""

RETRIED_CODES = frozenset(
    {"RequestTimeout", "SlowDown", "BadDigest", "XAmzContentChecksumMismatch", "IncompleteBody"}
)
RETRIED_EXCEPTIONS = (
    boto.ReadTimeoutError,
    boto.ConnectionClosedError,
    boto.ResponseStreamingError,
    boto.IncompleteReadError,
    boto.FlexibleChecksumError,  # A gateway over files may answer the old checksum with the new content.
)


def failure(error: Exception) -> Failure | None:
    """What an exception of boto stands for."""
    if isinstance(error, boto.ClientError):
        return _refusal(error)
    meaning = next((meaning for kind, meaning in EXCEPTIONS if isinstance(error, kind)), None)
    return meaning and Failure(
        meaning=meaning, detail=_doubt(error), transient=isinstance(error, RETRIED_EXCEPTIONS)
    )


def _doubt(error: Exception) -> str:
    """What is wrong with the server's certificate, where that is what boto was told."""
    told = error.kwargs.get("error") if isinstance(error, boto.SSLError) else None
    return certificates.doubt(causes_of(told)) if isinstance(told, Exception) else ""


def is_not_implemented(error: boto.ClientError) -> bool:
    """Is it a header, or the request as a whole, that the server does not know?"""
    return _code(error) == "NotImplemented"


def _refusal(error: boto.ClientError) -> Failure:
    status, code = _status(error), _code(error)
    said = "" if code.isdigit() else f" {code}"
    return Failure(
        meaning=_meaning(error),
        detail=_skew(error) if code in CODES else f"HTTP {status}{said}",
        transient=code in RETRIED_CODES or status in failures.TRANSIENT,
    )


def _meaning(error: boto.ClientError) -> Meaning:
    status, code = _status(error), _code(error)
    if error.operation_name == "AssumeRoleWithWebIdentity" and status < 500:
        return WEB_IDENTITY
    if code in CODES:
        return CODES[code]
    if status in REDIRECTS:
        return WRONG_REGION
    if status == 404 and error.operation_name == "ListObjectsV2":  # A gateway whose service is gone.
        return NOT_S3
    return failures.of_status(status)


def _skew(error: boto.ClientError) -> str:
    """By how much the clock is wrong, from the `Date` of the answer (RFC 9110, 6.6.1)."""
    if CODES[_code(error)] is not failures.WRONG_CLOCK:
        return ""
    headers = error.response["ResponseMetadata"].get("HTTPHeaders", {})
    try:
        ahead = datetime.now(UTC) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return ""
    minutes = round(ahead.total_seconds() / 60)
    return f"{abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'} the server"


def _code(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
