"""The HTTP of the server: its own description, entity tags, pages, conditions, logs and metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace
from openapi_spec_validator import OpenAPIV31SpecValidator

from backstay.registry import chain, http_api
from backstay.registry.records import PlanEntry
from backstay.schema.canonical import encode
from backstay.server import openapi
from backstay.server.routes import OPERATIONS
from backstay.storage.memory import MemoryStore
from tests.registry.simulator import plan
from tests.server.asking import IF_ABSENT, PLAN, PLAN_PATH, STATE, ask, filled, next_entry
from tests.servers.registry import RegistryServer, registry_server

DEPLOYMENT = {
    "target": "prod",
    "address": "postgres://db.example/app",
    "from_hash": "a",
    "to_hash": "b",
    "plan": "add-email",
    "result": "APPLIED",
    "context": {"commit": "c0ffee", "url": "https://ci.example/1"},
}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[RegistryServer, str]]:
    with registry_server(MemoryStore()) as server:
        filled(server, 3)
        yield server, server.token()


def described(server: RegistryServer) -> Any:
    return ask(server, "GET", "/openapi.json", "").json()


def test_the_description_is_openapi_and_names_every_operation(running: tuple[RegistryServer, str]) -> None:
    document = described(running[0])
    OpenAPIV31SpecValidator(document).validate()
    said = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    extra = {(path, "GET") for path in ("/healthz", "/readyz", "/.well-known/jwks.json")}
    assert said == {(operation.path, operation.method) for operation in OPERATIONS} | extra
    ids = [method["operationId"] for methods in document["paths"].values() for method in methods.values()
           if "operationId" in method]  # fmt: skip
    assert len(ids) == len(set(ids)) == len(OPERATIONS)


def exchanges() -> list[tuple[str, str, str, bytes | None]]:
    """One request for each operation: its path template, method, path and body."""
    repo, state_path = http_api.repository("app"), http_api.state("app", chain.digest(STATE))
    newest = next_entry(next_entry(next_entry(None, "latest"), "latest"), "latest")
    return [
        ("/head", "GET", f"{repo}/head", None),
        ("/log", "GET", f"{repo}/log", None),
        ("/log/{sequence}", "GET", f"{repo}/log/1", None),
        ("/log/{sequence}", "PUT", f"{repo}/log/4", next_entry(newest).data),
        ("/log", "POST", f"{repo}/log", next_entry(next_entry(newest)).data),
        ("/states/{digest}", "GET", state_path, None),
        ("/states/{digest}", "PUT", state_path, STATE),
        ("/tags", "GET", f"{repo}/tags", None),
        ("/tags/{tag}", "GET", f"{repo}/tags/latest", None),
        ("/versions", "GET", f"{repo}/versions", None),
        ("/versions/{version}", "GET", f"{repo}/versions/v1", None),
        ("/plans", "GET", f"{repo}/plans", None),
        ("/plans/{from}/{to}/{name}", "GET", PLAN_PATH, None),
        ("/plans/{from}/{to}/{name}", "PUT", PLAN_PATH, encode(PLAN)),
        ("/plans/{from}/{to}/{name}", "POST", PLAN_PATH, encode(PLAN)),
        ("/plans/{from}/{to}/{name}/approvals", "POST", f"{PLAN_PATH}/approvals", b'{"username":"ada"}'),
        ("/plans/{from}/{to}/{name}/approvals", "GET", f"{PLAN_PATH}/approvals", None),
        ("/prunings", "GET", f"{repo}/prunings", None),
        ("/deployments", "POST", f"{repo}/deployments", json.dumps(DEPLOYMENT).encode()),
        ("/deployments", "GET", f"{repo}/deployments", None),
    ]


def test_every_answer_is_as_described(running: tuple[RegistryServer, str]) -> None:
    server, token = running
    document = described(server)
    seen = set()
    requests = exchanges()
    for template, method, path, body in requests:
        answer = ask(
            server,
            method,
            path,
            token,
            body,
            headers=IF_ABSENT if method == "PUT" and "/log/" in path else {},
        )
        assert answer.status_code in (200, 201), (method, path, answer.text)
        check(document, f"/v1/repos/{{repo}}{template}", method, answer)
        seen.add((template, method))
        if (template, method) == ("/deployments", "POST"):
            one = ask(server, "GET", answer.headers["Location"], token)
            check(document, "/v1/repos/{repo}/deployments/{id}", "GET", one)
            seen.add(("/deployments/{id}", "GET"))
    assert len(seen) == len([operation for operation in OPERATIONS if operation.scopes])


def test_every_refusal_is_as_described(running: tuple[RegistryServer, str]) -> None:
    server, token = running
    document = described(server)
    stranger = server.token("read", repo="other")
    for template, method, path, body in exchanges():
        where = f"/v1/repos/{{repo}}{template}"
        check(document, where, method, ask(server, method, path, "nobody", body))
        check(document, where, method, ask(server, method, path, stranger, body))
        check(document, where, method, ask(server, method, f"{path}?x=1", token, body))


def check(document: Any, path: str, method: str, answer: Any) -> None:
    """Raises unless the answer has a status, a content type and a body that the description names."""
    responses = document["paths"][path][method.lower()]["responses"]
    assert str(answer.status_code) in responses, (path, method, answer.status_code)
    ((kind, content),) = responses[str(answer.status_code)]["content"].items()
    assert answer.headers["Content-Type"] == kind
    schema = {**content["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer.json())


def test_statuses_of_an_operation_are_described_once() -> None:
    for operation in OPERATIONS:
        found = openapi.statuses(operation)
        assert len(found) == len(set(found))


def test_an_answer_that_is_known_is_not_sent_again(running: tuple[RegistryServer, str]) -> None:
    server, token = running
    for path in (
        http_api.entry("app", 1),
        http_api.tag("app", "latest"),
        f"{http_api.repository('app')}/log",
    ):
        tag = ask(server, "GET", path, token).headers["ETag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = ask(server, "GET", path, token, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
        assert ask(server, "GET", path, token, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_tag_of_an_entry_is_its_digest(running: tuple[RegistryServer, str]) -> None:
    server, token = running
    answer = ask(server, "GET", http_api.entry("app", 1), token)
    assert answer.headers["ETag"] == http_api.etag(chain.digest(answer.content))
    head = ask(server, "HEAD", http_api.entry("app", 1), token)
    assert (head.headers["ETag"], head.content) == (answer.headers["ETag"], b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-None-Match": '"other"'}, 200),
    ],
)
def test_a_plan_is_written_on_condition(server: RegistryServer, headers: dict[str, str], status: int) -> None:
    filled(server)
    assert ask(server, "PUT", PLAN_PATH, server.token(), encode(PLAN), headers=headers).status_code == status


def test_a_plan_that_is_not_there_matches_nothing(server: RegistryServer) -> None:
    token = server.token()
    assert ask(server, "PUT", PLAN_PATH, token, encode(PLAN), headers={"If-Match": "*"}).status_code == 412
    new = ask(server, "PUT", PLAN_PATH, token, encode(PLAN), headers=IF_ABSENT)
    assert (new.status_code, new.headers["Location"]) == (201, PLAN_PATH)
    same = {"If-Match": new.headers["ETag"]}
    assert ask(server, "PUT", PLAN_PATH, token, encode(PLAN), headers=same).status_code == 200


def walked(server: RegistryServer, token: str, path: str, limit: int) -> list[Any]:
    """All items of a list, page by page."""
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask(server, "GET", path, token, params={"limit": limit, **cursor}).json()
        assert len(page["items"]) <= limit
        items += page["items"]
        if "next" not in page:
            return items
        cursor = {"after": page["next"]}


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_lists_come_in_pages_without_gaps(server: RegistryServer, limit: int) -> None:
    filled(server, 7)
    token = server.token()
    for number in range(6):
        server.replica(token).merge_plan(PlanEntry(plan=plan(f"p{number}")))
        ask(server, "POST", http_api.deployments("app"), token, json.dumps(DEPLOYMENT).encode())
    repo = http_api.repository("app")
    assert [e["sequence"] for e in walked(server, token, f"{repo}/log", limit)] == [7, 6, 5, 4, 3, 2, 1]
    assert walked(server, token, f"{repo}/versions", limit) == [f"v{n}" for n in range(1, 8)]
    assert [p["name"] for p in walked(server, token, f"{repo}/plans", limit)] == [
        "add-email", *(f"p{n}" for n in range(6))]  # fmt: skip
    found = walked(server, token, f"{repo}/deployments", limit)
    assert len({each["id"] for each in found}) == 6
    assert [each["id"] for each in found] == sorted(each["id"] for each in found)


def test_a_deployment_says_who_reported_it_and_when(server: RegistryServer) -> None:
    token = server.token("apply", name="deployer")
    given = {**DEPLOYMENT, "token": "somebody else", "time": "1999", "id": "1"}
    answer = ask(server, "POST", http_api.deployments("app"), token, json.dumps(given).encode()).json()
    assert answer["token"] == "deployer"
    assert answer["time"].startswith("20")
    assert ask(server, "GET", f"{http_api.deployments('app')}/{answer['id']}", token).json() == answer


def test_an_approval_says_when_and_from_which_run(server: RegistryServer) -> None:
    filled(server)
    token = server.token("approve")
    body = b'{"username":"ada","url":"https://ci.example/1"}'
    for _ in range(2):  # The second time it is approved already.
        answer = ask(server, "POST", f"{PLAN_PATH}/approvals", token, body)
        assert (answer.status_code, answer.json()["plan"]["status"]) == (200, "APPROVED")
    (approval,) = ask(server, "GET", f"{PLAN_PATH}/approvals", token).json()["items"]
    assert approval["context"] == {"username": "ada", "url": "https://ci.example/1"}
    assert approval["time"].startswith("20")


def test_a_removed_plan_is_approved_by_nobody(server: RegistryServer) -> None:
    filled(server)
    server.replica().merge_plan(replace(PLAN, removed="2026-01-02T00:00:00Z"))
    answer = ask(server, "POST", f"{PLAN_PATH}/approvals", server.token(), b"{}")
    assert answer.status_code == 409


def test_the_log_says_who_asked_what_and_how_it_ended(server: RegistryServer) -> None:
    token = server.token("read", name="reader")
    answer = ask(server, "GET", http_api.head("app"), token, params={"token": "hush"})
    event = next(e for e in server.events if e["request"] == answer.headers["X-Request-Id"])
    assert (event["token"], event["method"], event["status"]) == ("reader", "GET", 400)
    assert (event["path"], event["address"]) == ("/v1/repos/app/head", "127.0.0.1")
    assert event["bytes"] == len(answer.content)
    said = json.dumps(server.events)
    assert token not in said
    assert "hush" not in said


def test_metrics_count_by_route_and_not_by_name(server: RegistryServer) -> None:
    token = server.token()
    for name in ("one", "two"):
        ask(server, "GET", http_api.head(name), token)
    ask(server, "GET", "/nowhere", token)
    ask(server, "GET", http_api.head("one"), "nobody")
    text = ask(server, "GET", "/metrics", "").text
    head = 'route="/v1/repos/{repo}/head"'
    assert f'backstay_requests_total{{method="GET",{head},status="404"}} 2\n' in text
    assert f"backstay_request_seconds_count{{{head}}} 3\n" in text
    assert f'backstay_request_seconds_bucket{{{head},le="+Inf"}} 3\n' in text
    assert 'backstay_requests_total{method="GET",route="unknown",status="404"} 1\n' in text
    assert 'backstay_failures_total{reason="auth"} 1\n' in text
    assert "one" not in text.replace("one ", "")
