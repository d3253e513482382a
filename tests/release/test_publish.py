"""Versions and floating tags of a repository, in repositories of git on this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def git(*arguments: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPTS / name, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "releases")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "releases@example.com")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A repository with one commit on main."""
    bare, clone = tmp_path / "remote.git", tmp_path / "clone"
    git("init", "--quiet", "--bare", "--initial-branch", "main", bare)
    git("clone", "--quiet", bare, clone)
    (clone / "old.txt").write_text("of before")
    git("add", ".", cwd=clone)
    git("commit", "--quiet", "--message", "Begin", cwd=clone)
    git("push", "--quiet", "origin", "HEAD:main", cwd=clone)
    return bare


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files to publish."""
    root = tmp_path / "tree"
    (root / "schema").mkdir(parents=True)
    (root / "action.yml").write_text("image: docker://…@sha256:1\n")
    (root / "schema" / ".gitignore").write_text("*\n")
    return root


def publish(tree: Path, remote: Path, version: str) -> subprocess.CompletedProcess[str]:
    return script("publish.sh", tree, remote, "main", version)


def published(remote: Path, version: str) -> str:
    """The commit that a tag stands on."""
    return git("rev-parse", f"{version}^{{commit}}", cwd=remote)


def test_the_files_become_a_commit_with_a_tag(tree: Path, remote: Path):
    before = git("rev-parse", "main", cwd=remote)
    done = publish(tree, remote, "v1.2.3")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == published(remote, "v1.2.3") == git("rev-parse", "main", cwd=remote)
    files = git("ls-tree", "-r", "--name-only", "v1.2.3", cwd=remote)
    assert files.split() == ["action.yml", "schema/.gitignore"]
    assert git("rev-parse", "main^", cwd=remote) == before
    assert git("cat-file", "-t", "v1.2.3", cwd=remote) == "tag"


def test_publishing_again_changes_nothing(tree: Path, remote: Path):
    first = publish(tree, remote, "v1.2.3").stdout
    assert publish(tree, remote, "v1.2.3").stdout == first
    assert git("rev-list", "--count", "main", cwd=remote) == "2"


def test_a_version_is_never_moved(tree: Path, remote: Path):
    first = publish(tree, remote, "v1.2.3").stdout.strip()
    (tree / "action.yml").write_text("image: docker://…@sha256:2\n")
    done = publish(tree, remote, "v1.2.3")
    assert (done.returncode, done.stderr) == (1, "v1.2.3 is published with other files\n")
    assert published(remote, "v1.2.3") == first


def test_what_is_unchanged_gets_its_version_all_the_same(tree: Path, remote: Path):
    publish(tree, remote, "v1.2.3")
    assert publish(tree, remote, "v1.2.4").returncode == 0
    assert published(remote, "v1.2.4") != published(remote, "v1.2.3")


@pytest.mark.parametrize("version", ["1.2.3", "v1.2", "v1.2.3-rc1", "v1.2.3;id", "--all"])
@pytest.mark.parametrize("name", ["publish.sh", "float.sh"])
def test_what_is_no_version_is_refused(tree: Path, remote: Path, name: str, version: str):
    arguments = (tree, remote, "main", version) if name == "publish.sh" else (remote, version)
    done = script(name, *arguments)
    assert (done.returncode, done.stderr) == (2, f"not a version: {version}\n")


def test_floating_tags_follow_the_newest_of_their_line(tree: Path, remote: Path):
    def release(version: str) -> list[str]:
        assert publish(tree, remote, version).returncode == 0
        done = script("float.sh", remote, version)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    assert release("v1.9.0") == ["v1 is v1.9.0", "v1.9 is v1.9.0"]
    assert release("v1.10.0") == ["v1 is v1.10.0", "v1.10 is v1.10.0"]
    assert release("v1.9.1") == ["v1 stays: v1.10.0 is newer", "v1.9 is v1.9.1"]
    assert release("v2.0.0") == ["v2 is v2.0.0", "v2.0 is v2.0.0"]
    standing = {line: published(remote, line) for line in ("v1", "v1.9", "v1.10", "v2")}
    versions = {"v1": "v1.10.0", "v1.9": "v1.9.1", "v1.10": "v1.10.0", "v2": "v2.0.0"}
    assert standing == {line: published(remote, version) for line, version in versions.items()}
