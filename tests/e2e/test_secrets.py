"""Whatever a secret is and however it is quoted, it shows nowhere: a table of secrets, forms and places."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.runner import Runner
from tests.e2e.scenarios import event
from tests.servers.github import fake_github

FAKE = Path(__file__).with_name("fake_entrypoint.py")

ENVIRON: Mapping[str, tuple[str, str]] = {
    "API_TOKEN": ("of-a-token/1+&<x>", "{}"),
    "DATABASE": ("of a url/2+&<x>", "postgres://app:{url}@db/app"),
    "DSN": ("of-keywords/3+&<x>", "host=db password='{}' user=app"),
    "SIGNING_KEY": ("of-several-lines/4+&<x>", "-----BEGIN KEY-----\n{}\n-----END KEY-----"),
    "CLOUD_CREDENTIALS": ("of-json/5+&<x>", '{{"client": {{"private_key": "{}"}}}}'),
    "PUT_TOGETHER": ("of-a-project/6+&<x>", "{}"),
    "PGPASSFILE": ("of-a-password-file/7+&<x>", "db:5432:*:app:{}"),
    "PGSERVICEFILE": ("of-a-service/8+&<x>", "[app]\npassword='{}'"),
    "MOUNTED_TOKEN_FILE": ("of-a-file/9+&<x>", "{}"),
}
"""Secrets, and what the variable, or the file that it names, holds."""

VARS = "of-vars/10+&<x>"

FORMS: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "in base64": lambda secret: base64.b64encode(f"app:{secret}".encode()).decode(),
    "in JSON": json.dumps,
    "in HTML": html.escape,
}


def environ(directory: Path) -> dict[str, str]:
    variables = {}
    for name, (secret, text) in ENVIRON.items():
        value = text.format(secret, url=quote(secret, safe=""))
        if name.endswith("FILE"):
            (directory / name).write_text(value)
            value = str(directory / name)
        variables[name] = value
    return variables


@pytest.mark.parametrize(("doing", "code"), [("parrot", 0), ("parrot and fail", 1)])
def test_no_form_of_a_secret_shows_anywhere(tmp_path: Path, doing: str, code: int) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    secrets = [*(secret for secret, _ in ENVIRON.values()), VARS]
    said = [form(secret) for form in FORMS.values() for secret in secrets]
    (workspace / "said.txt").write_text("\n".join(said))
    name, payload = event("pull_request", "")
    with fake_github() as github:
        urls = {"api_url": github.url}
        runner = Runner(workspace, temp=tmp_path, event=name, payload=payload, github=urls, entrypoint=FAKE)
        inputs = {"description": doing, "tag": "v1", "vars": json.dumps({"db_password": VARS})}
        result = runner.uses("schema/push", inputs, environ(tmp_path))
        comments = list(github.bodies)
    assert result.exit_code == code
    log = [line for line in result.raw.splitlines() if not line.startswith("::add-mask::")]
    told = {"log": "\n".join(log), "summary": result.summary, "comment": "".join(comments), **result.outputs}
    hidden = {place for place, text in told.items() if "xxxxx" in text}
    assert hidden >= ({"log", "summary", "comment"} if code else {"log", "summary"})
    assert [(place, text) for place in told for text in said if text in told[place]] == []
