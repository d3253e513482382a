"""`docker://` URLs -> what to run."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "image", "database", "query"),
    [
        ("docker://postgres", "postgres:latest", "postgres", "sslmode=disable"),
        (
            "docker://postgres/18/dev?search_path=public",
            "postgres:18",
            "dev",
            "sslmode=disable&search_path=public",
        ),
        ("docker://pgvector/pg17/dev?v=1", "pgvector/pgvector:pg17", "dev", "sslmode=disable"),
        ("docker+postgres://_/own:1/dev", "own:1", "dev", "sslmode=disable"),
        ("docker+postgres://ghcr.io/acme/pg:1", "ghcr.io/acme/pg:1", "postgres", "sslmode=disable"),
        ("docker+postgres:///pg", "pg:latest", "postgres", "sslmode=disable"),
    ],
)
def test_images(url: str, image: str, database: str, query: str) -> None:
    container = POSTGRES.container(url)
    assert container.image == image
    assert container.environment["POSTGRES_DB"] == database
    assert container.url.format(host="h", port="1") == f"postgres://postgres:pass@h:1/{database}?{query}"


@pytest.mark.parametrize("url", ["docker://postgres/1/2/3", "docker+postgres://_/"])
def test_what_names_no_image_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        POSTGRES.container(url)
