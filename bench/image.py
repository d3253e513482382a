"""What the image holds, without an engine of containers: the Dockerfile's first stage, run in a directory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INSTALLED = "/opt/backstay"


def build(directory: Path) -> Path:
    """Replay the stage `build` on this Python, below a directory; gives what becomes /opt/backstay."""
    installed, work = directory / "backstay", directory / "work"
    work.mkdir()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for name, text in _instructions():
        text = text.replace(INSTALLED, str(installed))
        if name == "RUN":
            command = ["sh", "-c", text]
            subprocess.run(
                command, cwd=work, env={**os.environ, "PATH": path}, check=True, capture_output=True
            )
        elif name == "COPY":
            *sources, target = text.split()
            for source in sources:
                _copy(ROOT / source, work / target, into=target.endswith("/"))
    return installed


def packed(installed: Path, archive: Path) -> int:
    """Bytes of a layer with it, as it is pulled."""
    with tarfile.open(archive, "w:gz", compresslevel=6) as layer:
        layer.add(installed, INSTALLED)
    return archive.stat().st_size


def _instructions() -> Iterator[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (stage,) = re.findall(r"^FROM \S+ AS build\n(.*?)^FROM ", text, re.MULTILINE | re.DOTALL)
    stage = re.sub(r"^#.*\n", "", stage, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, stage.splitlines()):
        name, _, rest = line.partition(" ")
        yield name, rest


def _copy(source: Path, target: Path, *, into: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target / source.name if into else target)
