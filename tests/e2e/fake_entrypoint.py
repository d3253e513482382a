"""An entry point whose operations do nothing but what a test of the frame around them needs.

`python -I fake_entrypoint.py schema/push`; the input `description` says what the push does.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

from backstay.action import signals
from backstay.errors import DatabaseError
from backstay.operations.results import PushResult

SAID = Path("said.txt")
"""In the workspace: what a parrot repeats, wherever it can."""


def repeat(observer):
    observer.locate(f"postgres://app:{quote(os.environ['PUT_TOGETHER'], safe='')}@db:5432/app")
    for line in SAID.read_text().splitlines():
        print(line, flush=True)
        print(line, file=sys.stderr)
        observer.notice(line)


def push(options, observer):
    doing = options.description
    if doing in ("wait", "linger"):
        try:
            print("waiting", flush=True)
            time.sleep(600)
        finally:
            print("lock released" if doing == "wait" else "lingering", flush=True)
            time.sleep(600 if doing == "linger" else 0)
    if doing == "fail":
        raise DatabaseError("connection to postgres://app:correct-horse@db failed")
    if doing == "print":
        print("::warning::from a library")
        print("password correct-horse", file=sys.stderr)
    if doing.startswith("parrot"):
        repeat(observer)
    if doing == "parrot and fail":
        raise DatabaseError(SAID.read_text(), hint=SAID.read_text())
    tags = options.tags
    return PushResult(
        repo="app", url=f"atlas://app?tag={tags[0]}", registry="", version="1", tags=tags, created=True
    )


if __name__ == "__main__":
    signals.install()
    from backstay.action.main import main

    sys.exit(main(SimpleNamespace(push=push)))
