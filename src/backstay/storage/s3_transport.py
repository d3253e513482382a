"""Bounds what boto reads: its own transport takes any answer that is not an object whole, and unpacks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from urllib3 import exceptions as urllib3

from backstay.storage.body import CHUNK, collect


class BoundedTransport:
    """In the place of boto's HTTP session: lists and errors are read within the limits of `body`."""

    def __init__(self, session: Any, place: str) -> None:
        self._session = session
        self._place = place

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        is_object = request.stream_output
        request.stream_output = True  # Leaves the reading to us.
        response: AWSResponse = self._session.send(request)
        if not is_object or response.status_code >= 300:
            response.raw = _Whole(self._read(response))
        return response

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
