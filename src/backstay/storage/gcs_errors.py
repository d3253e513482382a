"""What Google Cloud Storage or the way to it said, as one of our errors.

Codes: https://cloud.google.com/storage/docs/json_api/v1/status-codes.
"""

from __future__ import annotations

from google.api_core.exceptions import GoogleAPICallError
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption

from backstay.errors import AuthError, NetworkError
from backstay.storage import failures, http
from backstay.storage.failures import Failure, Meaning
from backstay.storage.gcs import NOT_GCS

NO_CREDENTIALS = Meaning(
    AuthError,
    "there are no credentials",
    "set GOOGLE_APPLICATION_CREDENTIALS to a key file or a workload identity configuration",
)
REFUSED_CREDENTIALS = Meaning(
    AuthError, "the credentials are refused", "check GOOGLE_APPLICATION_CREDENTIALS, or log in again"
)
NO_TOKEN = Meaning(NetworkError, "the service that gives out credentials does not answer")
NO_BUCKET_TEXT = "The specified bucket does not exist"
"""What the service says in a 404 that is about the bucket. There is no code for it."""
WRONG_CLOCK_TEXT = "reasonable timeframe"
"""What it says of a token that this machine seems to have signed yesterday, or tomorrow."""


def failure(error: Exception) -> Failure | None:
    """What an exception of the library stands for."""
    if isinstance(error, GoogleAPICallError):
        return _refusal(error)
    if isinstance(error, DataCorruption):
        return Failure(meaning=failures.WRONG_CHECKSUM, transient=True)
    if isinstance(error, auth.GoogleAuthError):
        return _unauthorized(error)
    if isinstance(error, ConnectionError):  # Fewer bytes than the object has.
        return Failure(meaning=failures.CUT_SHORT, transient=True)
    if found := http.failure(error):
        return found
    return Failure(meaning=NOT_GCS) if isinstance(error, ValueError) else None


def _refusal(error: GoogleAPICallError) -> Failure:
    status = int(error.code or 0)
    meaning = failures.of_status(status)
    if status == 401:
        meaning = REFUSED_CREDENTIALS
    elif status == 404 and NO_BUCKET_TEXT in str(error):
        meaning = failures.NO_BUCKET
    detail = "" if status in (404, 412) else f"HTTP {status}"
    return Failure(meaning=meaning, detail=detail, transient=status in failures.TRANSIENT)


def _unauthorized(error: auth.GoogleAuthError) -> Failure:
    if isinstance(error, auth.DefaultCredentialsError):
        return Failure(meaning=NO_CREDENTIALS)
    if isinstance(error, auth.TransportError) or error.retryable:
        cause = next((http.failure(found) for found in error.args if isinstance(found, Exception)), None)
        return cause or Failure(meaning=NO_TOKEN)
    if WRONG_CLOCK_TEXT in str(error):
        return Failure(meaning=failures.WRONG_CLOCK)
    return Failure(meaning=REFUSED_CREDENTIALS)
