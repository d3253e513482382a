"""Which runs may not be trusted with the secrets they have.

`pull_request_target` runs with the secrets of the base repository. Once such a run checks the pull
request of a fork out, the author of the fork decides what the project file makes us do with them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from backstay.ci.base import Trigger
from backstay.errors import ConfigError

ALLOW = "BACKSTAY_ALLOW_UNTRUSTED_CHECKOUT"


def refuse_untrusted_checkout(trigger: Trigger, workspace: Path, environ: Mapping[str, str]) -> None:
    """Raise `ConfigError` where a fork's commit is checked out in a run that has secrets."""
    request = trigger.pull_request
    if trigger.event != "pull_request_target" or request is None or not request.fork:
        return
    if environ.get(ALLOW) == "true" or head(workspace) not in {request.head_sha, request.merge_sha} - {""}:
        return
    raise ConfigError(
        "the workspace holds a fork's commit, and a pull_request_target run has the repository's secrets",
        hint=f"run on pull_request instead, or set {ALLOW}=true if you trust every author of a fork",
    )


def head(workspace: Path) -> str:
    """The commit that is checked out, read from git's files; empty where that is not to be seen."""
    git = workspace / ".git"
    try:
        text = (git / "HEAD").read_text(encoding="utf-8").strip()
        reference = text.removeprefix("ref: ")
        if reference == text:
            return text
        loose = git / reference
        if loose.is_file():
            return loose.read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(rf"^([0-9a-f]+) {re.escape(reference)}$", packed, re.MULTILINE)
    return found[1] if found else ""
