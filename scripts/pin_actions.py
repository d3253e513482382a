"""Pin a tree's actions: `python scripts/pin_actions.py TREE --image IMAGE --setup OWNER/REPOSITORY@COMMIT`.

On main an action builds its image from the Dockerfile. In a release it runs the published one, by its digest,
and `setup`, which is made of other actions, names by commit the one that runs in a container.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from generate_actions import files
from standalone import image_by_digest, released

SETUP = Path("setup", "action.yml")
UNPINNED = re.compile(r"[\w.-]+/setup-container@0{40}")
PINNED = re.compile(r"[\w.-]+/setup-container@[0-9a-f]{40}")


def pinned_setup(text: str, reference: str) -> str:
    """The composite action with the commit in place of zeros. Raises `ValueError` where it has none."""
    if not PINNED.fullmatch(reference) or UNPINNED.fullmatch(reference):
        raise ValueError(f"not OWNER/setup-container@COMMIT: {reference}")
    pinned, count = UNPINNED.subn(reference, text)
    if count != 1:
        raise ValueError(f"{SETUP} names setup-container {count} times")
    return pinned


def pin(tree: Path, image: str, reference: str) -> None:
    """Write every action.yml of a tree anew."""
    for path, text in files().items():
        if path.endswith("action.yml"):
            (tree / path).write_text(released(text, image), encoding="utf-8")
    setup = tree / SETUP
    setup.write_text(pinned_setup(setup.read_text(encoding="utf-8"), reference), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("--image", required=True, type=image_by_digest)
    parser.add_argument("--setup", required=True)
    given = parser.parse_args()
    pin(given.tree, given.image, given.setup)
