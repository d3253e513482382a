"""Several threads may decode a kind that none has decoded before: msgspec alone crashes the interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
