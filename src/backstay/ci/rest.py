"""JSON over HTTP, for services that have no client library here. See `service` for patience and errors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from backstay import __version__
from backstay.ci.service import AgainError, Budget, ServiceError, refusal

if TYPE_CHECKING:
    from requests import Response

PAGE: Final = 100
"""Elements that are asked for at once."""


class Rest:
    """One API: `base` is its address without a slash at the end, `headers` carry the token."""

    def __init__(self, base: str, headers: Mapping[str, str], budget: Budget) -> None:
        self.budget = budget
        self._base = base
        self._headers = {**headers, "User-Agent": f"backstay/{__version__}"}

    def get(self, path: str, **query: str | int) -> Any:
        """The document at this path. Raises `ServiceError`, as all do."""
        return _document(self._patiently("GET", path, query))

    def numbered(self, path: str) -> Iterator[Any]:
        """All elements of a list whose pages are numbered (`X-Next-Page`)."""
        page = "1"
        while page:
            answer = self._patiently("GET", path, {"per_page": PAGE, "page": page})
            yield from _list(_document(answer))
            page = answer.headers.get("X-Next-Page", "")

    def linked(self, path: str) -> Iterator[Any]:
        """All elements of a list whose pages name the `next` one; never one of another service."""
        query: dict[str, str | int] = {"pagelen": PAGE}
        while path:
            document = self.get(path, **query)
            yield from _list(document.get("values") if isinstance(document, Mapping) else None)
            following = str(document.get("next") or "")
            path, query = following.removeprefix(self._base), {}
            if path == following != "":
                raise ServiceError(-1, "the next page is at another address")

    def post(self, path: str, body: object) -> Any:
        """Create something: one attempt, for a second one might create it twice."""
        return _document(self._once("POST", path, {}, body))

    def put(self, path: str, body: object) -> None:
        """Replace something."""
        self._patiently("PUT", path, {}, body)

    def delete(self, path: str) -> None:
        """Remove something."""
        self._patiently("DELETE", path, {})

    def _patiently(
        self, method: str, path: str, query: Mapping[str, str | int], body: object = None
    ) -> Response:
        return self.budget.patiently(lambda: self._once(method, path, query, body))

    def _once(self, method: str, path: str, query: Mapping[str, str | int], body: object = None) -> Response:
        import requests

        self.budget.check()
        try:
            answer = requests.request(
                method,
                self._base + path,
                params=query,
                json=body,
                headers=self._headers,
                timeout=self.budget.request_seconds,
                allow_redirects=False,
                verify=os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or True,
            )
        except requests.RequestException as error:
            raise AgainError(0, f"the service did not answer ({type(error).__name__})", 0) from error
        if answer.status_code >= 300:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            raise refusal(answer.status_code, _message(answer), headers)
        return answer


def _document(answer: Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise ServiceError(-1, "the service's answer makes no sense") from error


def _list(document: object) -> list[Any]:
    if not isinstance(document, list):
        raise ServiceError(-1, "the service's answer makes no sense")
    return document


def _message(answer: Response) -> str:
    """What the service says: GitLab in `message`, Bitbucket in `error.message`."""
    try:
        document = answer.json()
    except ValueError:
        return ""
    found = document.get("message") or document.get("error") if isinstance(document, Mapping) else ""
    found = found.get("message", "") if isinstance(found, Mapping) else found
    return str(found or "")[:500]
