"""Runs a command in the mounts of a container action: `enter_container.py HOST_TEMP HOST_WORKSPACE command…`.

To be started in new namespaces of mounts and processes. The mounts are those of the runner's `docker run`;
/tmp has nothing but what the command is run from, and the command takes the place of this process, which is
process 1. No shell is in between: shells drop variables like `INPUT_AUTO-APPROVE`.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

NOT_SHARED = ("proc", "tmp", "github", "lost+found")
REPOSITORY = Path(__file__).resolve().parents[2]


def mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


FILES = 64
"""Descriptors that a process may have open where things are scarce."""


def make_scarce() -> None:
    """Nothing can be written to the workspace or to shared memory, and few files can be open."""
    mount("-o", "remount,ro,bind", "/github/workspace")
    mount("-t", "tmpfs", "-o", "ro", "none", "/dev/shm")
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


def main(temp: Path, workspace: Path, command: list[str]) -> None:
    root = temp / "root"
    root.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "none", root)
    for entry in Path("/").iterdir():
        inside = root / entry.name
        if entry.name in NOT_SHARED:
            continue
        if entry.is_symlink():
            inside.symlink_to(entry.readlink())
        elif entry.is_dir():
            inside.mkdir()
            mount("--rbind", entry, inside)
    (root / "proc").mkdir()
    mount("-t", "proc", "proc", root / "proc")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    for needed in (REPOSITORY, Path(sys.prefix), Path(sys.base_prefix)):
        inside = root / needed.relative_to("/")
        if not inside.exists():  # It lies in a directory that is not shared.
            inside.mkdir(parents=True)
            mount("--bind", needed, inside)
    shared = {name: temp / name for name in ("home", "workflow", "file_commands", "runner_temp")}
    for name, source in {**shared, "workspace": workspace}.items():
        (root / "github" / name).mkdir(parents=True)
        mount("--bind", source, root / "github" / name)
    (root / ".dockerenv").touch()
    os.chroot(root)
    if os.environ.pop("SCARCE", ""):
        make_scarce()
    os.chdir("/github/workspace")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
