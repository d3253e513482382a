"""What Azure Blob Storage or the way to it said, as one of our errors.

Codes: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes.
"""

from __future__ import annotations

from typing import Final

from azure.core import exceptions as azure

from backstay.errors import AuthError, ConfigError, NotFoundError
from backstay.storage import failures, http
from backstay.storage.azure import NOT_AZURE
from backstay.storage.failures import Failure, Meaning

NO_CONTAINER = Meaning(
    NotFoundError, "the container does not exist", "create it, or correct its name in the URL"
)
WRONG_KEY = Meaning(AuthError, "the credentials are refused", "check the account and its key")

CODES: Final[dict[str, Meaning]] = {
    "BlobNotFound": failures.NO_OBJECT,
    "ContainerNotFound": NO_CONTAINER,
    "ContainerBeingDeleted": NO_CONTAINER,
    "BlobAlreadyExists": failures.LOST,
    "ConditionNotMet": failures.LOST,
    "AuthenticationFailed": WRONG_KEY,
    "InvalidAuthenticationInfo": WRONG_KEY,
    "NoAuthenticationInformation": WRONG_KEY,
    "AuthorizationFailure": failures.DENIED,
    "AuthorizationPermissionMismatch": failures.DENIED,
    "AccountIsDisabled": Meaning(AuthError, "the account is disabled", "see the portal"),
    "InvalidResourceName": Meaning(
        ConfigError, "the name of the container is not valid", "correct it in the URL"
    ),
    "Md5Mismatch": failures.GARBLED_UPLOAD,
    "OperationTimedOut": failures.LATE_UPLOAD,
    "ServerBusy": failures.BUSY,
}
DEFINITE: Final = frozenset({"BlobAlreadyExists", "ContainerBeingDeleted", "AccountIsDisabled"})
"""Codes of a 409 that stays one."""
EXCEPTIONS: Final[tuple[tuple[type[Exception], Meaning], ...]] = (
    (azure.ServiceRequestTimeoutError, failures.NO_CONNECTION),
    (azure.ServiceResponseTimeoutError, failures.NO_ANSWER),
    (azure.IncompleteReadError, failures.CUT_SHORT),
    (azure.DecodeError, NOT_AZURE),
    (azure.ServiceRequestError, failures.UNREACHABLE),
    (azure.ServiceResponseError, failures.CLOSED),
    (azure.ClientAuthenticationError, WRONG_KEY),
    (azure.AzureError, NOT_AZURE),
    (ValueError, NOT_AZURE),
    (AttributeError, NOT_AZURE),  # Of a list that is a web page.
)
"""The first that fits counts."""


def failure(error: Exception) -> Failure | None:
    """What an exception of the library stands for."""
    if isinstance(error, azure.HttpResponseError) and (error.status_code or 200) >= 300:
        return _refusal(error)
    cause = error.inner_exception if isinstance(error, azure.AzureError) else error
    if cause is not None and (found := http.failure(cause)):
        return found
    meaning = next((meaning for kind, meaning in EXCEPTIONS if isinstance(error, kind)), None)
    return meaning and Failure(meaning=meaning, transient=meaning in http.TRANSIENT)


def _refusal(error: azure.HttpResponseError) -> Failure:
    status = error.status_code or 0
    code = code_of(error)
    said = f" {code}" if code else ""
    is_transient = status in failures.TRANSIENT and code not in DEFINITE
    return Failure(
        meaning=_meaning(error, status, code),
        detail="" if code in CODES else f"HTTP {status}{said}",
        transient=is_transient or code == "Md5Mismatch",
    )


def _meaning(error: azure.HttpResponseError, status: int, code: str) -> Meaning:
    details = getattr(error, "additional_info", None) or {}
    if code == "AuthenticationFailed" and "Date header" in str(details.get("authenticationerrordetail")):
        return failures.WRONG_CLOCK
    return CODES.get(code) or failures.of_status(status)


def code_of(error: azure.HttpResponseError) -> str:
    """The service's code for a refusal; empty where somebody else refuses."""
    code = getattr(error, "error_code", None) or ""
    return str(getattr(code, "value", code))
