"""Whose keys count, and a project that lives with signatures: from key to apply."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay import operations
from backstay.errors import (
    BadSignatureError,
    ConfigError,
    NotApprovedError,
    RevokedKeyError,
    UnknownKeyError,
    UnsignedError,
)
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions, PlanOptions, PlanURLOptions, PushOptions
from backstay.operations.trust import signer_of, trust_of
from backstay.project import Repo
from backstay.registry.signing_keys import Signer
from backstay.registry.trust import Trust, Unsigned
from tests.grants.making import claims
from tests.operations.conftest import Project

OURS, NEXT, THEIRS = (Signer(bytes([number]) * 32) for number in (1, 2, 3))
REPO = Repo(name="app", trusted_keys=(OURS.public.text,), unsigned="WARN")


class TestWhoseKeysCount:
    def test_without_any_nothing_is_asked(self) -> None:
        assert trust_of(None, {}) == trust_of(Repo(name="app"), {}) == Trust()
        assert signer_of({}) is None

    def test_those_of_the_project(self) -> None:
        assert trust_of(REPO, {}) == Trust((OURS.public,), unsigned="WARN")

    def test_those_of_the_environment_before_them(self) -> None:
        environ = {"BACKSTAY_TRUSTED_KEYS": f"{NEXT.public.text},\n{THEIRS.public.text} # theirs"}
        assert trust_of(REPO, environ) == Trust((NEXT.public, THEIRS.public), unsigned="REFUSE")

    def test_those_of_a_file(self, tmp_path: Path) -> None:
        keys = tmp_path / "keys"
        keys.write_text(f"# of the release team\n{NEXT.public.text}\n\n")
        assert trust_of(REPO, {"BACKSTAY_TRUSTED_KEYS_FILE": str(keys)}).keys == (NEXT.public,)

    @pytest.mark.parametrize("unsigned", ["REFUSE", "WARN"])
    def test_those_of_the_grant_before_all_others(self, unsigned: Unsigned) -> None:
        environ = {"BACKSTAY_TRUSTED_KEYS": NEXT.public.text}
        grant = claims(keys=(THEIRS.public.text,), revoked=(OURS.public.id,), unsigned=unsigned)
        assert trust_of(REPO, environ, grant) == Trust(
            (THEIRS.public,), frozenset({OURS.public.id}), unsigned
        )

    def test_revoked_ones_are_revoked_by_whomever(self) -> None:
        repo = Repo(name="app", revoked_keys=(OURS.public.id,))
        environ = {"BACKSTAY_TRUSTED_KEYS": NEXT.public.text, "BACKSTAY_REVOKED_KEYS": THEIRS.public.text}
        assert trust_of(repo, environ).revoked == {OURS.public.id, THEIRS.public.id}

    @pytest.mark.parametrize(
        ("repo", "environ", "words"),
        [
            (None, {"BACKSTAY_TRUSTED_KEYS": ""}, "names no key"),
            (None, {"BACKSTAY_TRUSTED_KEYS": " # later\n"}, "names no key"),
            (
                None,
                {"BACKSTAY_TRUSTED_KEYS": f"{OURS.public.text} hunter2"},
                "key 2 of BACKSTAY_TRUSTED_KEYS",
            ),
            (None, {"BACKSTAY_REVOKED_KEYS": OURS.public.id}, "none is trusted"),
            (Repo(name="app", revoked_keys=(OURS.public.id,)), {}, "none is trusted"),
            (Repo(name="app", trusted_keys=("hunter2",)), {}, "key 1 of trusted_keys is not"),
            (Repo(name="app", trusted_keys=(OURS.text,)), {}, "key 1 of trusted_keys is not"),
        ],
    )
    def test_a_slip_is_an_error(self, repo: Repo | None, environ: dict[str, str], words: str) -> None:
        with pytest.raises(ConfigError, match=words) as caught:
            trust_of(repo, environ)
        assert "hunter2" not in caught.value.message
        assert OURS.text not in f"{caught.value.message}{caught.value.hint}"

    def test_the_signing_key_may_lie_in_a_file(self, tmp_path: Path) -> None:
        key = tmp_path / "key"
        key.write_text(f"{OURS.text}\n")
        found = signer_of({"BACKSTAY_SIGNING_KEY_FILE": str(key)})
        assert found
        assert found.public == OURS.public


class Seen(Observer):
    """Keeps the notices, and approves of nothing."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)


class Signed:
    """The project, its keys in the environment, and its commands."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.registry = project.path / "registry" / "app"
        self._monkeypatch = monkeypatch
        self.trust(OURS, NEXT)
        self.sign_with(OURS)

    def sign_with(self, signer: Signer | None) -> None:
        self._monkeypatch.setenv("BACKSTAY_SIGNING_KEY", signer.text if signer else "")

    def trust(self, *signers: Signer, revoked: str = "") -> None:
        keys = " ".join(signer.public.text for signer in signers)
        self._monkeypatch.setenv("BACKSTAY_TRUSTED_KEYS", keys)
        if revoked:
            self._monkeypatch.setenv("BACKSTAY_REVOKED_KEYS", revoked)

    def push(self, sql: str) -> Seen:
        seen = Seen()
        self.project.desire(sql)
        operations.push(PushOptions(env="ci"), seen)
        return seen

    def apply(self, **options: object) -> Seen:
        seen = Seen()
        fields = {"auto_approve": True, **options}
        for result in operations.apply(ApplyOptions(env="prod", **fields), seen):  # type: ignore[arg-type]
            assert not result.error
        return seen

    def plan(self, mode: str) -> str:
        options = PlanOptions(env="prod", mode=mode, name="step", auto_approve=True)
        return operations.plan(options, Seen()).file.url

    def edit(self, part: str, old: str, new: str) -> int:
        """Change text in the objects with this part in their key, in the registry and its backup."""
        edited = 0
        for place in ("registry", "backup"):
            for path in (self.project.path / place / "app").rglob("*.json"):
                text = path.read_text()
                if part in str(path) and old in text:
                    path.write_text(text.replace(old, new))
                    edited += 1
        return edited


@pytest.fixture
def signed(project: Project, monkeypatch: pytest.MonkeyPatch) -> Signed:
    return Signed(project, monkeypatch)


USERS = "CREATE TABLE users (id integer);"
BOTH = f"{USERS} CREATE TABLE pets (id integer);"


def test_what_is_signed_is_applied(signed: Signed) -> None:
    assert signed.push(USERS).notices == []
    assert signed.apply().notices == []
    assert signed.project.tables() == {"users"}


def test_what_nobody_signed_is_not(signed: Signed) -> None:
    signed.sign_with(None)
    (notice,) = signed.push(USERS).notices
    assert "is not signed" in notice
    with pytest.raises(UnsignedError):
        signed.apply()
    assert signed.project.tables() == set()
    signed.sign_with(OURS)
    signed.push(USERS)
    signed.apply()
    assert signed.project.tables() == {"users"}


def test_keys_are_rotated_and_revoked(signed: Signed) -> None:
    signed.push(USERS)
    signed.sign_with(NEXT)
    signed.push(BOTH)
    signed.apply()
    signed.trust(OURS, NEXT, revoked=NEXT.public.id)
    with pytest.raises(RevokedKeyError):
        signed.apply()
    signed.trust(THEIRS)
    with pytest.raises(RevokedKeyError):
        signed.apply()


def test_a_stranger_does_not_get_in(signed: Signed) -> None:
    signed.trust(THEIRS)
    signed.sign_with(THEIRS)
    signed.push(USERS)
    signed.trust(OURS)
    with pytest.raises(UnknownKeyError, match=OURS.public.id):
        signed.apply()


def test_a_plan_is_not_approved_by_editing_it(signed: Signed) -> None:
    signed.push(USERS)
    url = signed.plan("pending")
    assert signed.edit("plans/", '"status":"PENDING"', '"status":"APPROVED"') == 2
    with pytest.raises(NotApprovedError):
        signed.apply(plan=url)
    assert signed.project.tables() == set()
    operations.approve_plan(PlanURLOptions(env="prod", url=url), Seen())
    signed.apply(plan=url)
    assert signed.project.tables() == {"users"}


def test_the_sql_of_an_approved_plan_is_the_sql_that_was_approved(signed: Signed) -> None:
    signed.push(USERS)
    url = signed.plan("push")
    assert signed.edit("plans/", "CREATE TABLE", "DROP TABLE") == 2
    with pytest.raises(BadSignatureError):
        signed.apply(plan=url)
    with pytest.raises(BadSignatureError):
        signed.apply()
    assert signed.project.tables() == set()
