"""The repositories with one action each, as the release writes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from backstay.action.manifest import ACTIONS

ROOT = Path(__file__).resolve().parents[2]
IMAGE = f"ghcr.io/octo/backstay@sha256:{'0a' * 32}"
AVAILABLE = [action for action in ACTIONS if action.available]


def write(directory: Path, image: str = IMAGE) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, ROOT / "scripts" / "standalone.py", directory]
    more = ["--image", image, "--home", "https://github.com/octo/backstay", "--tag", "v1"]
    return subprocess.run([*script, *more], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("standalone")
    done = write(directory)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [action.path.replace("/", "-") for action in AVAILABLE]
    return directory


@pytest.mark.parametrize("action", AVAILABLE, ids=lambda action: action.path)
def test_a_repository_is_the_action_of_the_directory_with_the_published_image(written: Path, action):
    tree = written / action.path.replace("/", "-")
    assert sorted(path.name for path in tree.iterdir()) == ["LICENSE", "README.md", "action.yml"]
    alone = yaml.safe_load((tree / "action.yml").read_text())
    shared = yaml.safe_load((ROOT / action.path / "action.yml").read_text())
    assert alone.pop("runs") == {**shared.pop("runs"), "image": f"docker://{IMAGE}"}
    assert alone == shared


@pytest.mark.parametrize("action", AVAILABLE, ids=lambda action: action.path)
def test_its_readme_tells_how_it_is_used_and_where_issues_go(written: Path, action):
    name = action.path.replace("/", "-")
    readme = (written / name / "README.md").read_text()
    assert f"- uses: octo/{name}@v1" in readme
    assert "https://github.com/octo/backstay/issues" in readme
    assert all(f"`{each.name}`" in readme for each in (*action.inputs, *action.outputs))


@pytest.mark.parametrize(
    "image", ["ghcr.io/octo/backstay:v1", "ghcr.io/octo/backstay@sha256:abc", "backstay"]
)
def test_an_image_that_could_be_moved_is_refused(tmp_path: Path, image: str):
    done = write(tmp_path / "out", image)
    assert done.returncode == 2
    assert "not registry/name@sha256:" in done.stderr
    assert not (tmp_path / "out").exists()
