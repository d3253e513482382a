"""A release's actions name what they run by digest and by commit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from scripts.pin_actions import SETUP, pin, pinned_setup

ROOT = Path(__file__).resolve().parents[2]
IMAGE = f"ghcr.io/octo/backstay@sha256:{'0a' * 32}"
COMMIT = "1b" * 20


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of every action.yml here."""
    for file in (ROOT / "action.yml", *ROOT.glob("schema/**/action.yml"), *ROOT.glob("setup/**/action.yml")):
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    return tmp_path


def test_every_container_runs_the_published_image(tree: Path):
    pin(tree, IMAGE, f"octo/setup-container@{COMMIT}")
    for file in tree.rglob("action.yml"):
        before = yaml.safe_load((ROOT / file.relative_to(tree)).read_text())
        after = yaml.safe_load(file.read_text())
        if before["runs"]["using"] == "docker":
            assert after["runs"].pop("image") == f"docker://{IMAGE}"
            del before["runs"]["image"]
            assert after == before


def test_setup_names_the_commit_of_its_container(tree: Path):
    pin(tree, IMAGE, f"octo/setup-container@{COMMIT}")
    steps = yaml.safe_load((tree / SETUP).read_text())["runs"]["steps"]
    commits = [step["uses"].partition("@") for step in steps]
    names = ["actions/cache/restore", "octo/setup-container", "actions/cache/save"]
    assert [name for name, _, _ in commits] == names
    assert all(len(commit) == 40 and int(commit, 16) for _, _, commit in commits)


@pytest.mark.parametrize(
    "reference",
    ["octo/setup-container@v1", f"octo/setup@{COMMIT}", f"octo/setup-container@{'0' * 40}", ""],
)
def test_what_is_no_commit_is_refused(tree: Path, reference: str):
    with pytest.raises(ValueError, match="not OWNER/setup-container@COMMIT"):
        pin(tree, IMAGE, reference)


@pytest.mark.parametrize("times", [0, 2])
def test_a_setup_that_was_changed_is_noticed(times: int):
    text = f"uses: octo/setup-container@{'0' * 40}\n" * times
    with pytest.raises(ValueError, match=f"names setup-container {times} times"):
        pinned_setup(text, f"octo/setup-container@{COMMIT}")


def test_restore_and_save_of_setup_agree():
    """GitHub hashes the text of the paths: an entry saved under another is never found."""
    restore, container, save = yaml.safe_load((ROOT / SETUP).read_text())["runs"]["steps"]
    assert restore["with"]["path"] == save["with"]["path"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])
    declared = yaml.safe_load((ROOT / "setup" / "container" / "action.yml").read_text())["inputs"]
    assert container["with"].keys() <= declared.keys()
