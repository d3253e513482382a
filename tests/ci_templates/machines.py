"""CI systems as far as a template sees them: a fresh machine for each job, a shell, and what is kept between.

Each cache keeps what its system keeps, as their documentation tells it, and nothing else.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHA = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Ended:
    """How a job ended."""

    code: int
    log: str


@dataclass
class Machine:
    """A machine that ran nothing yet: a home, a checkout of the repository's files, the image's commands."""

    path: Path
    files: Mapping[str, str]
    checkout: Path = field(init=False)
    home: Path = field(init=False)

    def __post_init__(self) -> None:
        self.checkout, self.home = self.path / "checkout", self.path / "home"
        for directory in (self.checkout, self.home, self.path / "bin", self.path / "tmp"):
            directory.mkdir(parents=True)
        for name, text in self.files.items():
            (self.checkout / name).write_text(text)
        command = self.path / "bin" / "backstay-action"
        run = shlex.join([sys.executable, "-I", "-u", "-B", "-X", "utf8", str(ROOT / "entrypoint.py")])
        command.write_text(f'#!/bin/sh\nexec {run} "$@"\n')
        command.chmod(0o755)

    def run(self, script: Sequence[str], variables: Mapping[str, str], cwd: Path | None = None) -> Ended:
        """Run the lines one after another, as `sh -e` does, with these variables and no others."""
        environ = {
            "PATH": f"{self.path / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.path / "tmp"),
            **variables,
        }
        done = subprocess.run(
            ["sh", "-e", "-c", "\n".join(script)],
            cwd=cwd or self.checkout,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout)


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """Variables in a value, as runners expand them: `$NAME` and `${NAME}`."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], ""), text)


def copied(source: Path, target: Path) -> None:
    """Put what is at `source`, if anything, in the place of what is at `target`."""
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target)


class GitLabCache:
    """By exact keys, of paths below the checkout; the last job that saves a key wins."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def restore(self, declared: Mapping[str, object], checkout: Path) -> None:
        keys = [declared["key"], *declared.get("fallback_keys", ())]
        found = next((key for key in keys if (self._path / str(key)).is_dir()), None)
        for name in declared["paths"] if found else ():
            copied(self._path / str(found) / name, self._inside(checkout, name))

    def save(self, declared: Mapping[str, object], checkout: Path, *, succeeded: bool) -> None:
        if succeeded or declared.get("when") == "always":
            for name in declared["paths"]:
                copied(self._inside(checkout, name), self._path / str(declared["key"]) / name)

    def _inside(self, checkout: Path, name: str) -> Path:
        path = (checkout / name).resolve()
        assert path.is_relative_to(checkout.resolve()), "GitLab caches nothing outside of CI_PROJECT_DIR"
        return path


class CircleCICache:
    """By prefixes of keys, the newest first; what was saved under a key is never written again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved: list[str] = []

    def restore(self, keys: Sequence[str], home: Path, paths: Sequence[str]) -> None:
        for wanted in keys:
            for key in reversed(self._saved):
                if key.startswith(wanted):
                    for name in paths:
                        copied(self._path / key / name, Path(name.replace("~", str(home))))
                    return

    def save(self, key: str, home: Path, paths: Sequence[str]) -> None:
        key = key.replace("{{ epoch }}", str(1_800_000_000 + len(self._saved)))
        assert "{{" not in key
        if key not in self._saved:
            self._saved.append(key)
            for name in paths:
                copied(Path(name.replace("~", str(home))), self._path / key / name)


class BitbucketCache:
    """One copy of a directory by its name, saved by a step that succeeded, and only while there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def restore(self, name: str, directory: Path) -> None:
        copied(self._path / name, directory)

    def save(self, name: str, directory: Path) -> None:
        if not (self._path / name).exists() and directory.exists():
            copied(directory, self._path / name)
