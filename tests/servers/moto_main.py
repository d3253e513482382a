"""moto's server with what S3 promises and moto alone does not: a write and its condition are one step.

Run as a program, with the arguments of `moto_server`.
"""

from __future__ import annotations

import threading
from typing import Any

from moto.s3.responses import S3Response
from moto.server import main

_writing = threading.Lock()
_put_object = S3Response.put_object


def _put_object_alone(self: S3Response) -> Any:
    with _writing:
        return _put_object(self)


if __name__ == "__main__":
    S3Response.put_object = _put_object_alone  # type: ignore[method-assign]
    main()
