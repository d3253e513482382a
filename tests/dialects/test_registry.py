"""URLs and families find their dialect; what there is not is named."""

from __future__ import annotations

import pytest

from backstay.dialects.registry import dialect_for, dialect_named, dialect_of_files, is_database
from backstay.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "family"),
    [
        ("postgres://h/d", "postgres"),
        ("PostgreSQL://h/d", "postgres"),
        ("sqlite://f.db", "sqlite"),
        ("sqlite3://f.db", "sqlite"),
        ("docker://postgres/18/dev", "postgres"),
        ("docker://pgvector/pg17/dev", "postgres"),
        ("docker+postgres://_/image:1/dev", "postgres"),
    ],
)
def test_a_url_finds_its_dialect(url: str, family: str) -> None:
    assert dialect_for(url).family == family
    assert dialect_named(family) is dialect_for(url)
    assert is_database(url) is not url.startswith("docker")


@pytest.mark.parametrize("url", ["oracle://h/d", "docker://oracle/1", "file://x.sql"])
def test_an_unknown_driver_is_named_with_what_is_supported(url: str) -> None:
    with pytest.raises(ConfigError, match="unknown driver") as caught:
        dialect_for(url)
    assert "postgres" in caught.value.hint


@pytest.mark.parametrize(
    ("names", "family"),
    [(["a.pg.hcl"], "postgres"), (["a.hcl", "b.lt.hcl"], "sqlite"), (["a.hcl"], None), ([], None)],
)
def test_the_ending_of_a_schema_file_says_what_it_is_for(names: list[str], family: str | None) -> None:
    found = dialect_of_files(names)
    assert (found.family if found else None) == family
