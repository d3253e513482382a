"""Workflows as GitHub runs them: jobs in the order of their needs, matrices, conditions, outputs.

`uses:` of our actions runs them (`runner`), `run:` runs a shell, composite actions and reusable workflows of
the workspace are gone into. Keys that this does not know are a `ProtocolError`: a scenario that depends on
one would pass for the wrong reason.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.e2e.expressions import EXPRESSION, evaluate, expand, holds, to_text, truth
from tests.e2e.protocol import ProtocolError, read_file_commands

if TYPE_CHECKING:
    from tests.e2e.runner import Result, Runner

Document = Mapping[str, Any]
WORKFLOW_KEYS = {"name", "run-name", "on", True, "permissions", "env", "defaults", "concurrency", "jobs"}
JOB_KEYS = {
    *("name", "if", "needs", "runs-on", "env", "permissions", "environment", "concurrency", "outputs"),
    *("strategy", "services", "container", "defaults", "steps", "timeout-minutes", "continue-on-error"),
    *("uses", "with", "secrets"),
}
STEP_KEYS = {
    *("name", "id", "if", "uses", "with", "run", "env", "shell", "working-directory"),
    *("continue-on-error", "timeout-minutes"),
}
PREPARING = (
    "actions/checkout",
    "actions/setup-python",
    "actions/cache",
    "aws-actions/configure-aws-credentials",
)
"""Actions of others that prepare a machine; nothing to do here."""

SETTING_UP = ("ariga/setup-atlas", "ariga/atlas-action/setup")


@dataclass
class Outcome:
    """How a job, or a list of steps, went. `results` are those of our actions."""

    status: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)


def run_workflow(
    runner: Runner, text: str, env: Mapping[str, str], inputs: Document | None = None
) -> Outcome:
    """Run all jobs. `env` wins over the workflow's variables: it says where services are on this machine."""
    document = yaml.safe_load(text)
    _known(document, WORKFLOW_KEYS, "workflow")
    jobs: dict[str, Outcome] = {}
    whole = Outcome()
    for name in _ordered(document["jobs"]):
        job = document["jobs"][name]
        _known(job, JOB_KEYS, f"job {name}")
        needed = {need: jobs[need] for need in _listed(job.get("needs"))}
        contexts: dict[str, object] = {
            "inputs": inputs or {},
            "needs": {n: {"result": o.status, "outputs": o.outputs} for n, o in needed.items()},
            "status": "success" if all(o.status == "success" for o in needed.values()) else "failure",
        }
        jobs[name] = _job(runner, name, job, document, contexts, env)
        whole.results += jobs[name].results
        whole.outputs |= {f"{name}.{key}": value for key, value in jobs[name].outputs.items()}
        if jobs[name].status == "failure" and not job.get("continue-on-error"):
            whole.status = "failure"
    return whole


def _job(
    runner: Runner, name: str, job: Document, document: Document, contexts: Document, env: Mapping[str, str]
) -> Outcome:
    """One job, or each of its matrix; skipped where its condition does not hold."""
    if not holds(job.get("if", ""), {**runner.contexts, **contexts}):
        return Outcome(status="skipped")
    whole = Outcome()
    for number, combination in enumerate(_combinations(job, {**runner.contexts, **contexts})):
        machine = runner.machine(f"{name}-{number}")
        known = {**contexts, "matrix": combination, "status": "success"}
        if "uses" in job:
            one = _reused(machine, job, known, env)
        else:
            layers = (document.get("env"), job.get("env"))
            one = run_steps(
                machine, job["steps"], known, layers, env, _directory(job) or _directory(document)
            )
            one.outputs = _job_outputs(machine, job, known)
        whole.results += one.results
        whole.outputs |= one.outputs
        if one.status == "failure":
            whole.status = "failure"
            if job.get("strategy", {}).get("fail-fast", True):
                break
    return whole


def run_steps(
    machine: Runner,
    steps: Sequence[Document],
    contexts: Document,
    layers: Sequence[Document | None],
    env: Mapping[str, str],
    directory: str = "",
) -> Outcome:
    """Steps, one after another; after a failure only those whose condition asks for that."""
    outcome = Outcome()
    for step in steps:
        _known(step, STEP_KEYS, "step")
        known = {**machine.contexts, **contexts, "status": outcome.status}
        variables = {
            key: expand(to_text(value), known)
            for layer in (*layers, step.get("env"), env)
            for key, value in (layer or {}).items()
        }
        known["env"] = {**machine.exported, **variables}
        if not holds(step.get("if", ""), known):
            continue
        failed, outputs, results = _step(machine, step, known, variables, directory)
        outcome.results += results
        went_on = failed and truth(evaluate(_bare(step.get("continue-on-error", False)), known))
        machine.outputs[step.get("id", f"__{len(machine.outputs)}")] = {
            "outputs": outputs,
            "outcome": "failure" if failed else "success",
            "conclusion": "failure" if failed and not went_on else "success",
        }
        if failed and not went_on:
            outcome.status = "failure"
    return outcome


def _step(
    machine: Runner, step: Document, known: Document, variables: Mapping[str, str], directory: str
) -> tuple[bool, dict[str, str], list[Result]]:
    if "run" in step:
        where = expand(step.get("working-directory", directory), known)
        return (*_shell(machine, expand(step["run"], known), variables, where), [])
    given = {name: expand(to_text(value), known) for name, value in (step.get("with") or {}).items()}
    uses = step.get("uses", "")
    name = uses.partition("@")[0]
    if name in PREPARING:
        return False, {}, []
    if name in SETTING_UP:
        if given.get("cloud-token"):
            machine.exported["ATLAS_TOKEN"] = given["cloud-token"]
        return False, {}, []
    composite = _composite(machine, uses)
    if composite is not None:
        return _inside(machine, composite, given, known, variables)
    result = machine.uses(machine.action_of(step), given, variables)
    return result.exit_code != 0, result.outputs, [result]


def _shell(
    machine: Runner, script: str, variables: Mapping[str, str], directory: str
) -> tuple[bool, dict[str, str]]:
    files = machine.file_commands()
    hidden = ("ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_URL")
    base = {key: value for key, value in machine.environment(files).items() if key not in hidden}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=machine.workspace / directory, env={**base, **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    machine.exported |= read_file_commands(files["GITHUB_ENV"].read_text())
    return done.returncode != 0, read_file_commands(files["GITHUB_OUTPUT"].read_text())


def _composite(machine: Runner, uses: str) -> Document | None:
    """The composite action that a step names: one of the workspace, or of this repository."""
    if not uses.startswith("./"):
        return None
    path = machine.workspace / uses / "action.yml"
    document = yaml.safe_load(path.read_text()) if path.is_file() else {}
    return document if document.get("runs", {}).get("using") == "composite" else None


def _inside(
    machine: Runner, action: Document, given: Document, known: Document, variables: Mapping[str, str]
) -> tuple[bool, dict[str, str], list[Result]]:
    declared = action.get("inputs") or {}
    inputs = {name: given.get(name, (about or {}).get("default", "")) for name, about in declared.items()}
    outer, machine.outputs = machine.outputs, {}
    contexts = {"inputs": inputs, "matrix": known.get("matrix", {})}
    inner = run_steps(machine, action["runs"]["steps"], contexts, (variables,), {})
    steps = {**machine.contexts, **contexts}
    outputs = {name: expand(about["value"], steps) for name, about in (action.get("outputs") or {}).items()}
    machine.outputs = outer
    return inner.status == "failure", outputs, inner.results


def _reused(machine: Runner, job: Document, contexts: Document, env: Mapping[str, str]) -> Outcome:
    """A workflow of the workspace that the job calls. Secrets come with `inherit`, or one by one."""
    if not job["uses"].startswith("./"):
        raise ProtocolError(f"a workflow that is not in the workspace: {job['uses']}")
    known = {**machine.contexts, **contexts}
    inputs = {name: expand(to_text(value), known) for name, value in (job.get("with") or {}).items()}
    secrets = job.get("secrets") or {}
    if secrets != "inherit":
        given = {name: expand(value, known) for name, value in secrets.items()}
        machine.secrets = {"GITHUB_TOKEN": machine.secrets["GITHUB_TOKEN"], **given}
    text = (machine.workspace / job["uses"]).read_text()
    called = yaml.safe_load(text)
    declared = called.get("on", called.get(True))["workflow_call"] or {}
    inner = run_workflow(machine, text, env, inputs)
    jobs: dict[str, dict[str, dict[str, str]]] = {}
    for key, value in inner.outputs.items():
        jobs.setdefault(key.partition(".")[0], {"outputs": {}})["outputs"][key.partition(".")[2]] = value
    known = {**known, "jobs": jobs}
    inner.outputs = {n: expand(o["value"], known) for n, o in (declared.get("outputs") or {}).items()}
    return inner


def _job_outputs(machine: Runner, job: Document, contexts: Document) -> dict[str, str]:
    """As later jobs see them: one that holds a secret is dropped, with a warning that nobody reads."""
    known = {**machine.contexts, **contexts}
    found = {name: expand(to_text(value), known) for name, value in (job.get("outputs") or {}).items()}
    return {n: v for n, v in found.items() if not any(secret in v for secret in machine.masked())}


def _combinations(job: Document, known: Document) -> Iterator[dict[str, object]]:
    """The matrix: every combination, without those excluded; `include` adds to them, or more of them."""
    matrix = job.get("strategy", {}).get("matrix", {})
    if isinstance(matrix, str):
        matrix = evaluate(_bare(matrix), known)
    axes = {name: _values(of, known) for name, of in matrix.items() if name not in ("include", "exclude")}
    made = (
        [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    )
    excluded = matrix.get("exclude", [])
    made = [one for one in made if not any(not_one.items() <= one.items() for not_one in excluded)]
    for more in matrix.get("include", []):
        matching = [one for one in made if all(one.get(k, v) == v for k, v in more.items() if k in axes)]
        for one in matching:
            one |= more
        if not matching:
            made.append(dict(more))
    yield from made or [{}]


def _values(axis: object, known: Document) -> Sequence[object]:
    found = evaluate(_bare(axis), known) if isinstance(axis, str) else axis
    assert isinstance(found, list)
    return found


def _bare(text: object) -> str:
    found = EXPRESSION.fullmatch(to_text(text).strip())
    return found[1] if found else to_text(text)


def _directory(document: Document) -> str:
    """`defaults.run.working-directory`, which `uses:` does not heed."""
    found: str = document.get("defaults", {}).get("run", {}).get("working-directory", "")
    return found


def _ordered(jobs: Document) -> Iterator[str]:
    """Every job after those it needs, else as written."""
    waiting = list(jobs)
    while waiting:
        ready = next(
            (n for n in waiting if not set(_listed(jobs[n].get("needs"))) & set(waiting)),
            None,
        )
        if ready is None:
            raise ProtocolError(f"jobs that need each other: {', '.join(waiting)}")
        waiting.remove(ready)
        yield ready


def _listed(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []


def _known(document: Document, keys: set[Any], what: str) -> None:
    unknown = document.keys() - keys
    if unknown:
        raise ProtocolError(f"keys of a {what} that this runner does not know: {unknown}")
