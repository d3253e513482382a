"""Several threads may decode a kind that none has decoded before: msgspec alone crashes the interpreter."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from backstay.decoding import convert, decode
from backstay.registry.records import Pointer

PROGRAM = """
import sys, threading
from backstay.decoding import decode
from backstay.registry.records import {kind}

sys.setswitchinterval(1e-6)
begin = threading.Barrier(4)
errors = []

def run():
    begin.wait()
    try:
        decode(b"[]", {kind})
    except ValueError as error:
        errors.append(str(error))

threads = [threading.Thread(target=run) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(errors), set(errors))
"""


@pytest.mark.parametrize("kind", ["State", "PlanEntry", "VersionRecord"])
def test_threads_may_learn_a_kind_at_once(kind: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(kind=kind)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "4 {'Expected `object`, got `array`'}\n"), ran.stderr


def test_json_that_is_nested_too_deeply_is_as_wrong_as_any_other() -> None:
    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        decode("[" * 100_000, list[Any])
    with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
        decode('{"name": ' + "[" * 100_000, dict[str, object])


def test_so_is_what_is_no_utf_8() -> None:
    with pytest.raises(msgspec.DecodeError, match="not UTF-8"):
        decode(b'{"name": "\xff", "sequence": 7}', Pointer)


def test_members_become_a_kind_or_are_refused() -> None:
    assert convert({"name": "latest", "sequence": 7}, Pointer) == Pointer(name="latest", sequence=7)
    with pytest.raises(msgspec.ValidationError, match="sequence"):
        convert({"name": "latest", "sequence": "7"}, Pointer)
