"""A whole release, with repositories and the command `gh` of our own: every repository, in its order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from backstay.action.manifest import ACTIONS

ROOT = Path(__file__).resolve().parents[2]
IMAGE = f"ghcr.io/octo/backstay@sha256:{'0a' * 32}"
MIRRORS = [action.path.replace("/", "-") for action in ACTIONS if action.available]

GH = """#!/bin/sh
# The two commands that a release asks for; a release is a file.
[ "$1" = release ] || exit 2
file="$RELEASES/$(echo "$5" | tr / -)-$3"
case $2 in
  view) test -f "$file" ;;
  create) shift 5; while [ $# -gt 0 ]; do [ "$1" = --notes-file ] && cp "$2" "$file"; shift; done
    echo "$GH_TOKEN $file" >> "$RELEASES/log" ;;
esac
"""


def git(*arguments: str | Path, cwd: Path) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    done = subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A place of repositories: ours, and one for each action, each with a first commit."""
    for name in ("backstay", *MIRRORS):
        repository = tmp_path / "octo" / name
        repository.mkdir(parents=True)
        git("init", "--quiet", "--initial-branch", "main", cwd=repository)
        git(
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "Begin",
            cwd=repository,
        )
        git("checkout", "--quiet", "--detach", cwd=repository)  # so that main can be pushed to
    return tmp_path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What is checked out in a job of the release: the tree as it is here, with a section for the version."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    git("init", "--quiet", cwd=copy)
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).split("\0")
    wanted = ("scripts/", "schema/", "setup/", "action.yml", "LICENSE", ".github/", "pyproject.toml")
    for name in (name for name in listed if name.startswith(wanted) and (ROOT / name).is_file()):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
        (copy / name).chmod((ROOT / name).stat().st_mode)
    (copy / "CHANGELOG.md").write_text("# Changelog\n\n## [1.2.3] - 2026-01-01\n\n- All of it.\n")
    git("add", ".", cwd=copy)
    git(
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "commit",
        "--quiet",
        "-m",
        "Candidate",
        cwd=copy,
    )
    return copy


def release(checkout: Path, host: Path) -> subprocess.CompletedProcess[str]:
    programs, releases = host / "programs", host / "releases"
    programs.mkdir(exist_ok=True)
    releases.mkdir(exist_ok=True)
    (programs / "gh").write_text(GH)
    (programs / "gh").chmod(0o755)
    (programs / "python3").unlink(missing_ok=True)
    (programs / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python3").chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(host),
        "GITHUB_SERVER_URL": f"file://{host}",
        "GITHUB_REPOSITORY": "octo/backstay",
        "GH_TOKEN": "ours",
        "MIRRORS_TOKEN": "mirrors",
        "RELEASES": str(releases),
    }
    command = [checkout / "scripts" / "release.sh", "1.2.3", IMAGE]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def show(repository: Path, path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(git("show", f"v1.2.3:{path}", cwd=repository))
    return document


def test_every_repository_gets_the_version(checkout: Path, host: Path):
    done = release(checkout, host)
    assert done.returncode == 0, done.stderr
    ours = host / "octo" / "backstay"
    assert show(ours, "schema/push/action.yml")["runs"]["image"] == f"docker://{IMAGE}"
    assert "scripts/release.sh" in git("ls-tree", "-r", "--name-only", "v1.2.3", cwd=ours)
    assert ".github" not in git("ls-tree", "-r", "--name-only", "v1.2.3", cwd=ours)
    for name in MIRRORS:
        mirror = host / "octo" / name
        assert show(mirror, "action.yml")["runs"]["image"] == f"docker://{IMAGE}"
        assert git("rev-parse", "v1^{commit}", cwd=mirror) == git("rev-parse", "v1.2.3^{commit}", cwd=mirror)
    container = git("rev-parse", "v1.2.3^{commit}", cwd=host / "octo" / "setup-container")
    steps = show(ours, "setup/action.yml")["runs"]["steps"]
    assert steps[1]["uses"] == f"octo/setup-container@{container}"
    releases = [line.split() for line in (host / "releases" / "log").read_text().splitlines()]
    assert sorted(token for token, _ in releases) == ["mirrors"] * len(MIRRORS) + ["ours"]
    assert {Path(file).read_text() for _, file in releases} == {"- All of it.\n"}


def test_a_repository_that_fails_hinders_no_other_and_is_made_up_for(checkout: Path, host: Path):
    away = host / "octo" / "schema-push"
    away.rename(host / "away")
    done = release(checkout, host)
    assert (done.returncode, "::error::not published: schema-push\n" in done.stdout) == (1, True)
    standing = git("rev-parse", "v1.2.3", cwd=host / "octo" / "schema-apply")
    (host / "away").rename(away)
    assert release(checkout, host).returncode == 0
    assert git("rev-parse", "v1.2.3", cwd=host / "octo" / "schema-apply") == standing
    assert git("tag", cwd=away).split() == ["v1", "v1.2", "v1.2.3"]
