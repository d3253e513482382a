"""Push, plan, apply with a registry server, and without it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backstay import operations
from backstay.errors import AuthError, BackstayError
from backstay.operations import resolve
from backstay.operations.options import ApplyOptions, PlanOptions, PushOptions
from backstay.operations.results import ApplyResult, PushResult
from backstay.registry import http_api
from backstay.registry.records import RunContext
from backstay.storage.memory import MemoryStore
from tests.operations.conftest import Project
from tests.operations.test_story import Listener
from tests.registry.simulator import FaultyStore, refuse
from tests.server.asking import ask
from tests.servers.registry import RegistryServer, registry_server

ONE = "CREATE TABLE users (id integer NOT NULL, PRIMARY KEY (id));\n"
TWO = ONE + "CREATE TABLE posts (id integer NOT NULL, PRIMARY KEY (id));\n"

PROJECT = """
atlas {{
  cloud {{
    url = "{url}"
  }}
}}
env "ci" {{
  url = "sqlite://app.db"
  dev = "sqlite://dev?mode=memory"
  schema {{
    src = "file://schema.sql"
    repo {{
      name   = "app"
      backup = ["file://{path}/backup"]
    }}
  }}
}}
env "prod" {{
  url = "sqlite://app.db"
  schema {{
    src = "atlas://app"
    repo {{
      name   = "app"
      backup = ["file://{path}/backup"]
    }}
  }}
}}
"""


@pytest.fixture
def faulty() -> FaultyStore:
    return FaultyStore(MemoryStore())


@pytest.fixture
def server(
    faulty: FaultyStore, project: Project, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RegistryServer]:
    with registry_server(faulty) as running:
        (project.path / "atlas.hcl").write_text(PROJECT.format(url=running.url, path=project.path))
        resolve.forget_projects()
        monkeypatch.setenv("BACKSTAY_TOKEN", running.token("push", "plan", "approve", "apply"))
        yield running


def push() -> PushResult:
    return operations.push(PushOptions(env="ci"), Listener())


def apply(observer: Listener) -> ApplyResult:
    options = ApplyOptions(env="prod", auto_approve=True, context=RunContext(commit="c0ffee"))
    (result,) = operations.apply(options, observer)
    return result


def deployments(server: RegistryServer) -> list[dict[str, object]]:
    items = ask(server, "GET", http_api.deployments("app"), server.token("read")).json()["items"]
    assert isinstance(items, list)
    return items


def test_an_apply_is_reported_to_the_server(server: RegistryServer, project: Project) -> None:
    project.desire(ONE)
    assert [target.error for target in push().targets] == ["", ""]
    listener = Listener()
    result = apply(listener)
    assert (result.error, project.tables(), listener.notices) == ("", {"users"}, [])
    (told,) = deployments(server)
    assert result.plan
    assert (told["from_hash"], told["to_hash"]) == (result.plan.file.from_hash, result.plan.file.to_hash)
    assert (told["target"], told["address"], told["result"]) == ("prod", "sqlite://app.db", "APPLIED")
    assert told["context"] == {"commit": "c0ffee"}
    apply(listener)
    assert len(deployments(server)) == 1  # There was nothing to apply.


def test_a_failed_apply_is_reported_too(server: RegistryServer, project: Project) -> None:
    configured = (project.path / "atlas.hcl").read_text()
    (project.path / "atlas.hcl").write_text("diff {\n  probe = false\n}\n" + configured)
    resolve.forget_projects()
    project.execute(
        "CREATE TABLE users (id integer, name text); INSERT INTO users VALUES (1, 'x'), (2, 'x');"
    )
    project.desire("CREATE TABLE users (id integer, name text);\nCREATE UNIQUE INDEX u ON users (name);\n")
    push()
    result = apply(Listener())
    assert result.applied
    (told,) = deployments(server)
    assert (told["result"], told["reason"]) == ("FAILED", result.reason)
    assert result.reason


def test_an_approved_plan_on_the_server_is_what_is_applied(server: RegistryServer, project: Project) -> None:
    project.desire(ONE)
    push()
    apply(Listener())
    project.desire(TWO)
    made = operations.plan(PlanOptions(env="ci", name="posts", auto_approve=True), Listener())
    assert [target.error for target in made.targets] == ["", ""]
    push()
    apply(Listener())
    assert deployments(server)[0]["plan"] == "posts"
    assert project.tables() == {"users", "posts"}


def test_deployments_go_on_while_the_server_has_no_storage(
    server: RegistryServer, project: Project, faulty: FaultyStore
) -> None:
    project.desire(ONE)
    push()
    faulty.fail(refuse)
    listener = Listener()
    assert apply(listener).error == ""
    assert project.tables() == {"users"}
    assert any("did not hear of this apply" in notice for notice in listener.notices)


def test_a_token_without_the_scope_may_apply_and_not_report(
    server: RegistryServer, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.desire(ONE)
    push()
    monkeypatch.setenv("BACKSTAY_TOKEN", server.token("read"))
    resolve.forget_projects()
    listener = Listener()
    assert apply(listener).error == ""
    (notice,) = listener.notices
    assert "lacks the scope apply" in notice


@pytest.mark.parametrize("token", ["", "bst_" + "x" * 43])
def test_without_a_token_that_is_known_no_backup_answers(
    server: RegistryServer, project: Project, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    project.desire(ONE)
    push()
    monkeypatch.setenv("BACKSTAY_TOKEN", token)
    with pytest.raises(AuthError) as caught:
        apply(Listener())
    assert "BACKSTAY_TOKEN" in caught.value.message + caught.value.hint
    assert not token or token not in caught.value.message
    assert isinstance(caught.value, BackstayError)
