"""Actions change into their working directory; tests come back from it."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _come_back(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
