"""The action `setup/container`: a grant for later runs, and for later steps the token.

A daily run on the default branch keeps an entry in the cache that every branch and pull request can read.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from backstay import __version__, cache
from backstay.action.step import Step
from backstay.errors import NothingToLogInError
from backstay.operations.options import LoginOptions


def setup(step: Step) -> None:
    """Ask the server for a new grant; while it is away the one that is kept will do."""
    step.output(renewed=False, cache_day="")
    _compare_versions(step)
    token = step.inputs.text("cloud-token")
    if token:
        step.platform.export("BACKSTAY_TOKEN", token)
    try:
        account = step.operations.login(step.options(LoginOptions, grant_only=True), step.observer)
    except NothingToLogInError as error:  # In pull requests of forks there are no secrets.
        step.observer.notice(f"no grant was asked for: {error.message}")
        return
    _hand_over(cache.directory() / "grants")
    if account and account.grant_expires:
        step.output(renewed=account.renewed, cache_day=account.grant_expires.partition("T")[0])
        done = "has a new grant" if account.renewed else "has a grant"
        step.platform.log(f"{account.server}: {account.name} {done}, good until {account.grant_expires}")


def _hand_over(grants: Path) -> None:
    """Give grants to whom the home belongs: root writes them, `setup` reads them outside of containers."""
    home = Path.home()
    if os.geteuid() != 0 or not grants.is_relative_to(home):
        return
    with contextlib.suppress(OSError):  # The grant then serves this job alone.
        owner = home.stat()
        for path in (grants, *grants.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _compare_versions(step: Step) -> None:
    """Workflows name a version to install; here it comes with the image, and can only be checked."""
    wanted = step.inputs.text("version").removeprefix("v")
    for name in ("flavor", "token"):
        if step.inputs.given(name):
            step.platform.debug(f"the input {name} has no effect: everything is in the image")
    if wanted not in ("", "latest", __version__):
        step.observer.notice(
            f"this is Backstay {__version__}, not {wanted}: the action's own version decides"
        )
