"""The text of a release is its section of the changelog."""

from __future__ import annotations

import pytest
from scripts.changelog import CHANGELOG, UNRELEASED, cut, section

TEXT = """\
# Changelog

## [Unreleased]

### Fixed

- What was broken.

## [1.10.0] - 2026-03-01

### Added

- More.

## [1.1.0] - 2026-01-01

- The first.
"""


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("Unreleased", "### Fixed\n\n- What was broken.\n"),
        ("1.10.0", "### Added\n\n- More.\n"),
        ("1.1.0", "- The first.\n"),
    ],
)
def test_a_section_ends_where_the_next_begins(version: str, text: str):
    assert section(TEXT, version) == text


@pytest.mark.parametrize("version", ["1.1", "1.1.0] - 2026", "1x1.0", "2.0.0", ""])
def test_a_version_without_a_section_is_told(version: str):
    with pytest.raises(ValueError, match="says nothing about"):
        section(TEXT, version)


def test_what_is_unreleased_becomes_a_version():
    changed = cut(TEXT, "1.11.0", "2026-04-01")
    assert section(changed, "1.11.0") == section(TEXT, UNRELEASED)
    headings = [changed.index(f"## [{name}") for name in ("Unreleased]", "1.11.0] - 2026-04-01", "1.10.0]")]
    assert headings == sorted(headings)
    with pytest.raises(ValueError, match="says nothing about Unreleased"):
        cut(changed, "1.12.0", "2026-04-02")


def test_a_version_is_cut_once():
    with pytest.raises(ValueError, match=r"has a section 1\.10\.0 already"):
        cut(TEXT, "1.10.0", "2026-04-01")


def test_our_own_changelog_has_what_is_unreleased_at_its_top():
    text = CHANGELOG.read_text(encoding="utf-8")
    assert section(text, UNRELEASED)
    assert text.index(f"## [{UNRELEASED}]") == text.index("## [")
