"""Bounds what boto reads: its own transport takes any answer that is not an object whole, and unpacks it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from urllib3 import exceptions as urllib3

from backstay.storage.body import CHUNK, collect

REDIRECTS = 2
"""Answers in a row that lead elsewhere, to one thread that asks where a bucket is."""


class BoundedTransport:
    """In the place of boto's HTTP session: lists and errors are read within the limits of `body`.

    Where a server redirects, boto asks it for the bucket's region, and again where that is redirected too,
    until the stack is full. That is a `RecursionError` here as there, and sooner.
    """

    def __init__(self, session: Any, place: str) -> None:
        self._session = session
        self._place = place
        self._redirected = threading.local()

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        is_object = request.stream_output
        request.stream_output = True  # Leaves the reading to us.
        response: AWSResponse = self._session.send(request)
        self._count_redirects(request, response)
        if not is_object or response.status_code >= 300:
            response.raw = _Whole(self._read(response))
        return response

    def _count_redirects(self, request: AWSPreparedRequest, response: AWSResponse) -> None:
        is_one = request.method == "HEAD" and 300 < response.status_code < 400 and response.status_code != 304
        count = self._redirected.count = getattr(self._redirected, "count", 0) + 1 if is_one else 0
        if count > REDIRECTS:
            raise RecursionError(f"{self._place} redirects every question about the region")

    def close(self) -> None:
        self._session.close()

    def _read(self, response: AWSResponse) -> bytes:
        """As it is on the wire: nobody asked for a compressed answer."""
        try:
            return collect(
                f"{self._place}: an answer", iter(lambda: response.raw.read(CHUNK, decode_content=False), b"")
            )
        except urllib3.ReadTimeoutError as error:
            raise ReadTimeoutError(endpoint_url=response.url, error=error) from error
        except urllib3.IncompleteRead as error:
            raise IncompleteReadError(actual_bytes=error.partial, expected_bytes=error.expected) from error
        except urllib3.HTTPError as error:
            raise ResponseStreamingError(error=error) from error


class _Whole:
    """What boto takes for a body that is still to be read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> Iterator[bytes]:
        yield self._data
