"""Which registry a run works with."""

from __future__ import annotations

import pytest

from backstay.credentials import NOBODY, Credential
from backstay.errors import ConfigError
from backstay.project import Cloud, Repo, choose_registry

CI = {"CI": "true"}
B1, B2 = "s3://b1/p", "s3://b2/p"
CLOUD = Cloud(url="https://cloud")

CASES: list[tuple[str, Repo | None, Cloud | None, str, str, tuple[str, ...]]] = [
    ("the env's own registry", Repo(name="a", url="s3://r", backup=(B1,)), CLOUD, "x://e", "s3://r", (B1,)),
    ("the server of the file", Repo(name="a", backup=(B1, B2)), CLOUD, "x://e", "https://cloud", (B1, B2)),
    ("the environment", Repo(name="a", backup=(B1,)), Cloud(token="t"), "https://e", "https://e", (B1,)),
    ("the first backup", Repo(name="a", backup=(B1, B2)), None, "", B1, (B2,)),
    ("not a repository at all", None, None, "https://e", "https://e", ()),
    ("a backup that is the registry", Repo(name="a", url=B1, backup=(B1, B2, B2)), None, "", B1, (B2,)),
]  # fmt: skip


@pytest.mark.parametrize(("_", "repo", "cloud", "environment", "primary", "backups"), CASES)
def test_choice(
    _: str, repo: Repo | None, cloud: Cloud | None, environment: str, primary: str, backups: tuple[str, ...]
) -> None:
    choice = choose_registry(
        repo, cloud, environ={**CI, "BACKSTAY_REGISTRY_URL": environment}, directory="/p"
    )
    assert (choice.primary, choice.backups) == (primary, backups)


def test_a_backup_that_serves_as_the_registry_is_told_without_its_secret() -> None:
    repo = Repo(name="a", backup=("s3://b1/p?secret=hush",))
    choice = choose_registry(repo, None, environ=CI, directory="/p")
    assert choice.primary == "s3://b1/p?secret=hush"
    assert choice.notices == (
        "no registry is configured: the first backup, s3://b1/p?secret=xxxxx, serves as the registry",
    )


def test_outside_ci_a_directory_beside_the_project_file_serves() -> None:
    choice = choose_registry(Repo(name="a"), None, environ={}, directory="/p")
    assert choice.primary == "file:///p/.backstay/registry"
    assert len(choice.notices) == 1


def test_in_ci_somebody_must_say_which() -> None:
    with pytest.raises(ConfigError, match="no registry is configured") as caught:
        choose_registry(Repo(name="a"), None, environ=CI, directory="/p")
    assert "BACKSTAY_REGISTRY_URL" in caught.value.hint


def test_a_registry_is_named_by_a_url() -> None:
    with pytest.raises(ConfigError, match="has no scheme"):
        choose_registry(Repo(name="a", url="bucket"), None, environ=CI, directory="/p")


IN_FILE = "atlas { cloud { token } }"
TOKENS: list[tuple[str, Cloud | None, dict[str, str], Credential]] = [
    ("the project file's", Cloud(token="f"), {"BACKSTAY_TOKEN": "e"}, Credential("f", IN_FILE)),
    ("ours", CLOUD, {"BACKSTAY_TOKEN": "e", "ATLAS_TOKEN": "a"}, Credential("e", "BACKSTAY_TOKEN")),
    ("one that is there already", None, {"ATLAS_TOKEN": "a"}, Credential("a", "ATLAS_TOKEN")),
    ("its other name", None, {"ATLAS_CLOUD_TOKEN": " c\n"}, Credential("c", "ATLAS_CLOUD_TOKEN")),
    ("none", CLOUD, {"BACKSTAY_TOKEN": ""}, NOBODY),
]  # fmt: skip


@pytest.mark.parametrize(("_", "cloud", "environ", "credential"), TOKENS)
def test_tokens(_: str, cloud: Cloud | None, environ: dict[str, str], credential: Credential) -> None:
    choice = choose_registry(None, cloud, environ=environ, directory="/p")
    assert choice.credential == credential


def test_a_token_is_not_shown_by_whoever_prints_it() -> None:
    assert "hush" not in repr(Credential("hush", "BACKSTAY_TOKEN"))
