"""An entry point whose operations do nothing but what a test of the frame around them needs.

`python -I fake_entrypoint.py schema/push`; the input `description` says what the push does.
"""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

from backstay.action import signals
from backstay.errors import DatabaseError
from backstay.operations.results import PushResult


def push(options, observer):
    doing = options.description
    if doing == "wait":
        try:
            print("waiting", flush=True)
            time.sleep(60)
        finally:
            print("lock released", flush=True)
    if doing == "fail":
        raise DatabaseError("connection to postgres://app:correct-horse@db failed")
    if doing == "print":
        print("::warning::from a library")
        print("password correct-horse", file=sys.stderr)
    tags = options.tags
    return PushResult(
        repo="app", url=f"atlas://app?tag={tags[0]}", registry="", version="1", tags=tags, created=True
    )


if __name__ == "__main__":
    signals.install()
    from backstay.action.main import main

    sys.exit(main(SimpleNamespace(push=push)))
