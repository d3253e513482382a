"""With --debug one sees who was asked for what, and no secret."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.servers.scripted import Reply, scripted_server

HERE = {"BACKSTAY_DEBUG", "RUNNER_DEBUG", "BACKSTAY_LOG", "CI", "GITHUB_ACTIONS"}
"""What a CI system that runs these tests may have set."""

ASK = """
import sys, requests
from backstay.cli.output import log
from backstay.report.debug import enable
enable(log(debug=True).debug)
requests.put(sys.argv[1] + "/a/hunter2-secret/b?sig=signature", data="body", timeout=5)
"""


def given(**environ: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in HERE} | {"NO_PROXY": "*"} | environ


def ask(url: str) -> list[str]:
    environ = given(MY_TOKEN="hunter2-secret")
    command = [sys.executable, "-c", ASK, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ, timeout=60)
    return done.stderr.splitlines()


def test_a_request_is_one_line_without_what_may_be_secret() -> None:
    with scripted_server(Reply(201, b"answer")) as server:
        (line,) = ask(server.endpoint)
    assert re.fullmatch(rf"debug: PUT {server.endpoint}/a/xxxxx/b: HTTP 201 in [0-9]\.[0-9]{{3}}s", line)


def cli(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "backstay.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=given(**environ), timeout=60
    )


@pytest.mark.parametrize(
    ("flags", "environ", "lines"),
    [
        ([], {}, 0),
        (["--debug"], {}, 1),
        ([], {"BACKSTAY_DEBUG": "1"}, 1),
        ([], {"RUNNER_DEBUG": "1"}, 1),
    ],
)
def test_a_command_tells_on_stderr_where_asked_to(
    tmp_path: object, flags: list[str], environ: dict[str, str], lines: int
) -> None:
    body = json.dumps({"token": "0", "name": "ci", "organization": "acme"}).encode()
    with scripted_server(Reply(403, body, {"Content-Type": "application/json"})) as server:
        done = cli(
            *flags,
            "whoami",
            BACKSTAY_REGISTRY_URL=server.endpoint,
            BACKSTAY_TOKEN="bst_" + "t" * 43,
            BACKSTAY_CACHE_DIR=str(tmp_path),
            **environ,
        )
    told = [line for line in done.stderr.splitlines() if line.startswith("debug: GET http")]
    assert len(told) == lines, done.stderr
    assert done.stdout == ""
