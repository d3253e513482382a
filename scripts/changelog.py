"""A version's section of the changelog: `python scripts/changelog.py 1.2.0`, which a release has as its text.

`--cut 1.2.0 DATE` turns what is unreleased into that version, before its candidate is tagged.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"
UNRELEASED = "Unreleased"


def section(changelog: str, version: str) -> str:
    """The text under a version's heading. Raises `ValueError` where there is no such heading, or no text."""
    heading = rf"^## \[{re.escape(version)}\].*\n"
    found = re.search(rf"{heading}(?P<text>(?:(?!^## \[).*\n?)*)", changelog, re.MULTILINE)
    if not found or not found["text"].strip():
        raise ValueError(f"CHANGELOG.md says nothing about {version}")
    return found["text"].strip() + "\n"


def cut(changelog: str, version: str, date: str) -> str:
    """The changelog with what was unreleased under a version, and nothing unreleased."""
    section(changelog, UNRELEASED)
    if f"## [{version}]" in changelog:
        raise ValueError(f"CHANGELOG.md has a section {version} already")
    heading = f"## [{UNRELEASED}]\n"
    return changelog.replace(heading, f"{heading}\n## [{version}] - {date}\n", 1)


def main(arguments: list[str] | None = None) -> int:
    """Print a section, or write the changelog anew."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version")
    parser.add_argument("date", nargs="?")
    parser.add_argument("--cut", action="store_true")
    given = parser.parse_args(arguments)
    text = CHANGELOG.read_text(encoding="utf-8")
    try:
        if given.cut:
            CHANGELOG.write_text(cut(text, given.version, given.date), encoding="utf-8")
        else:
            print(section(text, given.version), end="")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
