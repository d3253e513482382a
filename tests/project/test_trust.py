"""Keys in a `repo` block, and the slips after which nobody would ask for signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.errors import HCLError
from backstay.project import Project, Repo, load


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def project(repo: str, **environ: str) -> Project:
    Path("atlas.hcl").write_text(f'env "dev" {{\n  schema {{\n    repo {{\n{repo}\n    }}\n  }}\n}}\n')
    return load("file://atlas.hcl", "dev", environ=environ)


def test_keys_and_what_becomes_of_unsigned_objects() -> None:
    loaded = project('name = "app"\ntrusted_keys = ["a", "b"]\nrevoked_keys = ["c"]\nunsigned = WARN')
    assert loaded.envs[0].repo == Repo(
        name="app", trusted_keys=("a", "b"), revoked_keys=("c",), unsigned="WARN"
    )
    assert project('name = "app"').envs[0].repo == Repo(name="app")
    assert project('name = "app"\ntrusted_keys = null').envs[0].repo == Repo(name="app")
    assert project('name = "app"\ntrusted_keys = getenv("K")', K="a").envs[0].repo == Repo(
        name="app", trusted_keys=("a",)
    )


@pytest.mark.parametrize("value", ["[]", '""', 'getenv("UNSET")', 'compact([getenv("UNSET")])'])
def test_a_list_of_no_keys_is_refused(value: str) -> None:
    with pytest.raises(HCLError, match='"trusted_keys" names no key') as caught:
        project(f'name = "app"\ntrusted_keys = {value}')
    assert "environment variable" in caught.value.hint


@pytest.mark.parametrize("value", ["ALLOW", '"warn"', "true"])
def test_unsigned_knows_two_words(value: str) -> None:
    with pytest.raises(HCLError, match="must be one of REFUSE, WARN"):
        project(f'name = "app"\nunsigned = {value}')


def test_a_misspelt_attribute_is_told() -> None:
    (warning,) = project('name = "app"\ntrusted_key = "a"').warnings
    assert '"schema.repo.trusted_key" is unknown and has no effect' in warning
