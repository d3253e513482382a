"""A store in an object service: bounded attempts, and what a lost answer means. A service is one class.

Its library's own retries are off: ours know which write may have arrived, and give up on a dead host at
once, because another copy answers sooner.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from backstay.errors import AuthError, BackstayError, ConflictError, NotFoundError
from backstay.storage.failures import Failure
from backstay.storage.store import Object

T = TypeVar("T")

CONNECT_SECONDS = 3
READ_SECONDS = 6
PAUSES = (0.2, 0.8)
"""Seconds before the second and the third attempt, give or take a half."""
DEADLINE_SECONDS = 5
"""No further attempt begins after this: who says no is asked again, who says nothing is not."""


class Page(msgspec.Struct, frozen=True):
    """Some keys of a list, and what asks for the next ones; empty at the end."""

    keys: tuple[str, ...]
    token: str = ""


class Service(Protocol):
    """An object service: one request each. What fails is an exception of its library, or one of ours."""

    place: str
    """Bucket and server, as shown to people."""

    @property
    def credentials(self) -> str:
        """Where the credentials come from, never what they are; may be empty."""

    def read(self, key: str) -> Object:
        """The object, checked as far as the service lets us, within the limits of `body`."""

    def write(self, key: str, data: bytes, expected: str | None) -> str:
        """Write, and return the etag. `expected` is the one that must be there: "" for no object at all,
        `None` for anything."""

    def page(self, prefix: str, token: str) -> Page:
        """The keys that start with `prefix`, from where `token` says."""

    def remove(self, key: str) -> None:
        """Delete the object, if it is there."""

    def failure(self, error: Exception) -> Failure | None:
        """What an exception stands for; `None` for one that is a bug."""


class RemoteStore:
    """The objects of a service. `conditional` is what is known of it: see `Store`."""

    def __init__(self, service: Service, url: str, *, conditional: bool | None) -> None:
        self.url = url
        self.conditional = conditional
        self._service = service

    def get(self, key: str) -> Object:
        return self._ask(key, partial(self._service.read, key))

    def put(self, key: str, data: bytes) -> str:
        return self._ask(key, partial(self._service.write, key, data, None))

    def create(self, key: str, data: bytes) -> str:
        try:
            return self._ask(key, partial(self._service.write, key, data, ""))
        except ConflictError:  # Perhaps lost to ourselves: the first answer may not have arrived.
            found = self.get(key)
            if found.data != data:
                raise
            return found.etag

    def replace(self, key: str, data: bytes, etag: str) -> str:
        try:
            return self._ask(key, partial(self._service.write, key, data, etag))
        except NotFoundError:
            raise ConflictError(f"{key} in {self.url} was removed by somebody else") from None

    def list(self, prefix: str) -> Iterator[str]:
        token = ""
        while True:
            page = self._ask(prefix, partial(self._service.page, prefix, token))
            # Some servers answer in the order of their file system, and with its folders.
            yield from sorted(key for key in page.keys if key and not key.endswith("/"))
            token = page.token
            if not token:
                return

    def delete(self, key: str) -> None:
        self._ask(key, partial(self._service.remove, key))

    def _ask(self, key: str, request: Callable[[], T]) -> T:
        """Send a request, again where that may help; whatever goes wrong is one of our errors."""
        begun = time.monotonic()
        pauses = iter(PAUSES)
        while True:
            try:
                return request()
            except BackstayError:
                raise
            except Exception as error:
                failure = self._service.failure(error)
                if failure is None:
                    raise
                pause = next(pauses, None) if failure.transient else None
                if pause is None or time.monotonic() - begun > DEADLINE_SECONDS:
                    raise self._error(key, failure) from error
            time.sleep(pause * random.uniform(0.5, 1.5))

    def _error(self, key: str, failure: Failure) -> BackstayError:
        credentials = self._service.credentials if failure.meaning.kind is AuthError else ""
        return failure.error(place=self._service.place, key=key, credentials=credentials)
