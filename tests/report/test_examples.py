"""The examples of comments are what Backstay writes today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_examples_are_up_to_date() -> None:
    script = [sys.executable, ROOT / "scripts" / "generate_examples.py", "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)
