"""Acts as the GitHub runner, with processes in place of containers, or with namespaces (`container`).

It reads an action.yml (or a workflow that uses it), makes the environment and the files that the runner
makes, runs `entrypoint.py` as the image does, and reads the answer strictly (`protocol`). A secret that
shows up anywhere in the answer is a `ProtocolError`.

    runner = Runner(workspace, secrets={"DATABASE_URL": "postgres://…"}, temp=tmp_path)
    result = runner.uses("schema/push", {"env": "ci"}, {"DATABASE_URL": "${{ secrets.DATABASE_URL }}"})
    assert result.exit_code == 0 and result.outputs["slug"] == "app"
"""

from __future__ import annotations

import atexit
import copy
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from tests.e2e.container import Container
from tests.e2e.expressions import expand
from tests.e2e.protocol import Annotation, Log, ProtocolError, read_file_commands, read_log, read_summary
from tests.e2e.workflow import run_workflow
from tests.servers.github import fake_github

ROOT = Path(__file__).resolve().parents[2]
SHA = "0123456789abcdef0123456789abcdef01234567"
LISTED = 131_072
"""Bytes that Linux takes for one variable, its name included."""


@dataclass(frozen=True)
class Result:
    """What a step left behind."""

    uses: str
    exit_code: int
    outputs: dict[str, str]
    summary: str
    log: Log
    raw: str

    @property
    def annotations(self) -> list[Annotation]:
        return self.log.annotations

    def messages(self, level: str) -> list[str]:
        """The annotations of one level."""
        return [a.message for a in self.annotations if a.level == level]


@dataclass(frozen=True)
class Running:
    """A step under way: `process` can be sent signals; `finish` waits for it and reads its answer."""

    runner: Runner
    uses: str
    process: subprocess.Popen[bytes]
    files: Mapping[str, Path]

    def finish(self, timeout: float = 120) -> Result:
        """Wait, then read log, outputs and summary."""
        stdout, _ = self.process.communicate(timeout=timeout)
        raw = stdout.decode()
        result = Result(
            uses=self.uses,
            exit_code=self.process.returncode,
            outputs=read_file_commands(self.files["GITHUB_OUTPUT"].read_text()),
            summary=read_summary(self.files["GITHUB_STEP_SUMMARY"].read_bytes()),
            log=read_log(raw),
            raw=raw,
        )
        exported = read_file_commands(self.files["GITHUB_ENV"].read_text())
        if "NODE_OPTIONS" in exported:
            raise ProtocolError("NODE_OPTIONS cannot be set through GITHUB_ENV")
        self.runner.exported |= exported
        self.runner.check(result)
        return result


class Runner:
    """One job. Steps share the workspace, the home directory and the variables they export.

    GitHub's API knows of no pull request, unless `github` says where another one is. `foreign` are texts that
    may look like commands in the log, as long as the runner does not obey them. In a `container` steps have
    the mounts, the network and the process 1 of container actions.
    """

    def __init__(
        self,
        workspace: Path,
        *,
        temp: Path,
        secrets: Mapping[str, str] | None = None,
        event: str = "push",
        payload: Mapping[str, object] | None = None,
        github: Mapping[str, str] | None = None,
        repository: str = "octo/app",
        entrypoint: Path = ROOT / "entrypoint.py",
        foreign: Sequence[str] = (),
        container: Container | None = None,
    ) -> None:
        self.workspace = workspace
        self.temp = temp
        self.secrets = {"GITHUB_TOKEN": "ghs_0123456789abcdefghij", **(secrets or {})}
        self.entrypoint = entrypoint
        self.foreign = foreign
        self.container = container
        self.exported: dict[str, str] = {}
        self.outputs: dict[str, dict[str, dict[str, str]]] = {}
        self._steps = 0
        self._event = dict(payload or {})
        self._github = {
            "event_name": event,
            "repository": repository,
            "sha": SHA,
            "ref": "refs/heads/main",
            "ref_name": "main",
            "actor": "mona",
            "actor_id": "583231",
            "run_id": "4242",
            "run_attempt": "1",
            "run_number": "17",
            "job": "schema",
            "workflow": "Schema",
            "ref_type": "branch",
            "ref_protected": "true",
            "repository_owner": repository.partition("/")[0],
            "repository_id": "1296269",
            "retention_days": "90",
            "triggering_actor": "mona",
            "head_ref": "",
            "base_ref": "",
            "server_url": "https://github.com",
            "graphql_url": "https://api.github.com/graphql",
            "api_url": _empty_github(),
            **(github or {}),
        }
        self._prepare()

    @property
    def contexts(self) -> dict[str, object]:
        """What expressions can refer to."""
        token = self.secrets["GITHUB_TOKEN"]
        return {
            "github": {
                **self._github,
                "token": token,
                "workspace": self._host_workspace,
                "event": self._event,
            },
            "secrets": self.secrets,
            "env": self.exported,
            "steps": self.outputs,
            "vars": {},
        }

    def uses(
        self,
        action: str,
        with_: Mapping[str, object] | None = None,
        env: Mapping[str, object] | None = None,
        *,
        id: str = "",
        timeout: float = 120,
    ) -> Result:
        """Run the action of a directory of this repository to its end."""
        result = self.start(action, with_, env).finish(timeout)
        if id:
            self.outputs[id] = {"outputs": result.outputs}
        return result

    def start(
        self, action: str, with_: Mapping[str, object] | None = None, env: Mapping[str, object] | None = None
    ) -> Running:
        """Start a step."""
        manifest = yaml.safe_load((ROOT / action / "action.yml").read_text())
        files = self.file_commands()
        environment = {
            **self.environment(files),
            **{name: expand(_scalar(value), self.contexts) for name, value in (env or {}).items()},
            **self._inputs(manifest, with_ or {}),
        }
        environment = {name: self._translated(value) for name, value in environment.items()}
        for name, value in environment.items():
            if len(f"{name}={value}".encode(errors="surrogateescape")) >= LISTED:
                raise ProtocolError(f"Argument list too long: {name}")
        arguments = [str(argument) for argument in manifest["runs"].get("args", [])]
        command = [sys.executable, "-I", "-u", "-B", "-X", "utf8", str(self.entrypoint), *arguments]
        if self.container:
            command = self.container.command(self.temp, self.workspace, command)
            inside = partial(self.container.inside, self.temp, self.workspace)
            environment = {name: inside(value) for name, value in environment.items()}
        process = subprocess.Popen(
            command,
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return Running(self, action, process, files)

    def workflow(self, text: str, env: Mapping[str, str] | None = None) -> list[Result]:
        """Run a workflow; what our actions answered. `env` wins over the workflow's variables."""
        return run_workflow(self, text, env or {}).results

    def machine(self, name: str) -> Runner:
        """Another machine for another job of the same run: a home of its own, the same checkout."""
        machine = copy.copy(self)
        machine.temp = self.temp / name
        machine.exported, machine.outputs = dict(self.exported), {}
        machine._prepare()
        return machine

    def check(self, result: Result) -> None:
        """Raise `ProtocolError` for a secret in the answer, or a command of ours that is not obeyed."""
        shown = [line for line in result.raw.splitlines() if not line.startswith("::add-mask::")]
        for name, secret in self._secret_texts():
            places = {"log": "\n".join(shown), "summary": result.summary, **result.outputs}
            for place, text in places.items():
                if secret in text:
                    raise ProtocolError(f"secret {name} is to be seen in {place}")
        for line in result.log.suppressed:
            if not any(text in line for text in self.foreign):
                raise ProtocolError(f"a command between stop and resume: {line!r}")

    def masked(self) -> list[str]:
        """What the runner takes for a secret."""
        return [text for _, text in self._secret_texts()]

    def action_of(self, step: Mapping[str, object]) -> str:
        """The directory of our action that a step uses."""
        return action_of(step)

    def _prepare(self) -> None:
        for directory in ("home", "runner_temp", "workflow", "file_commands"):
            (self.temp / directory).mkdir(parents=True, exist_ok=True)
        (self.temp / "workflow" / "event.json").write_text(json.dumps(self._event))

    @property
    def _host_workspace(self) -> str:
        name = self._github["repository"].rpartition("/")[2]
        return f"/home/runner/work/{name}/{name}"

    def _secret_texts(self) -> list[tuple[str, str]]:
        """What must not show. Of a URL without a password nothing is secret; the real runner masks it."""
        texts: list[tuple[str, str]] = []
        for name, value in self.secrets.items():
            password = urlsplit(value).password if "://" in value else value
            if password:
                texts += [(name, value), (f"password of {name}", password)]
        return [(name, text) for name, text in texts if len(text) >= 6]

    def file_commands(self) -> dict[str, Path]:
        """New files for outputs, summary, variables, state and path of a step."""
        self._steps += 1
        names = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_PATH")
        files = {name: self.temp / "file_commands" / f"{name.lower()}_{self._steps}" for name in names}
        for path in files.values():
            path.touch()
        return files

    def environment(self, files: Mapping[str, Path]) -> dict[str, str]:
        """The variables that every step gets."""
        github = {f"GITHUB_{name.upper()}": value for name, value in self._github.items()}
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.temp / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            **github,
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(self.temp / "workflow" / "event.json"),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_NAME": "GitHub Actions 1",
            "RUNNER_ENVIRONMENT": "github-hosted",
            "RUNNER_TEMP": str(self.temp / "runner_temp"),
            "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
            "RUNNER_WORKSPACE": str(Path(self._host_workspace).parent),
            "ACTIONS_RUNTIME_TOKEN": "runtime-0123456789abcdef",
            **{name: str(path) for name, path in files.items()},
            **self.exported,
        }

    def _translated(self, value: str) -> str:
        """A value that is, or begins with, the host's path of the workspace gets the container's."""
        if value == self._host_workspace or value.startswith(f"{self._host_workspace}/"):
            return str(self.workspace) + value[len(self._host_workspace) :]
        return value

    def _inputs(self, manifest: Mapping[str, object], given: Mapping[str, object]) -> dict[str, str]:
        declared = manifest.get("inputs") or {}
        assert isinstance(declared, dict)
        unknown = given.keys() - declared.keys()
        if unknown:
            raise ProtocolError(f"inputs that the action does not declare: {', '.join(sorted(unknown))}")
        values = {name: given.get(name, about.get("default", "")) for name, about in declared.items()}
        return {
            "INPUT_" + name.replace(" ", "_").upper(): expand(_scalar(value), self.contexts)
            for name, value in values.items()
        }


@cache
def _empty_github() -> str:
    """The URL of an API that knows no comments, for all jobs that do not bring their own."""
    servers = ExitStack()
    atexit.register(servers.close)
    return servers.enter_context(fake_github()).url


def action_of(step: Mapping[str, object]) -> str:
    """The directory of the action that a step of a workflow uses."""
    uses = str(step.get("uses", "")).partition("@")[0]
    directory = uses.removeprefix("./") if uses.startswith("./") else "/".join(uses.split("/")[2:])
    if not uses or not (ROOT / directory / "action.yml").is_file():
        raise ProtocolError(f"a step this runner cannot run: {step}")
    return directory


def _scalar(value: object) -> str:
    """A YAML value as the runner puts it into a variable."""
    return str(value).lower() if isinstance(value, bool) else str(value)
