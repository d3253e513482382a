"""In each CI system the grant survives from run to run: a job goes on while the registry server is away.

The first job pushes the schema while the server answers. The second, on a fresh machine, migrates the
database while it does not. One whose cache is empty stops, with the exit code of what may be over later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci_templates.conftest import Project
from tests.ci_templates.machines import (
    ROOT,
    SHA,
    BitbucketCache,
    CircleCICache,
    Ended,
    GitLabCache,
    Machine,
    copied,
    expanded,
)

TEMPLATES = ROOT / "ci-templates"


class GitLab:
    """Jobs of the component, in branch pipelines of the default branch."""

    def __init__(self, project: Project, path: Path) -> None:
        self.project, self.path = project, path
        self.cache = GitLabCache(path / "cache")
        self.outputs = ""

    def job(self, action: str, **inputs: str) -> Ended:
        machine = Machine(self.path / f"job-{action.replace('/', '-')}", self.project.files)
        spec, text = (TEMPLATES / f"gitlab/templates/{action}.yml").read_text().split("\n---\n")
        declared = yaml.safe_load(spec)["spec"]["inputs"]
        defaults = {name: one["default"] for name, one in declared.items()}
        assert inputs.keys() <= defaults.keys()
        for name, value in (defaults | inputs).items():
            text = text.replace(f"$[[ inputs.{name} ]]", str(value))
        assert "$[[" not in text
        (job,) = yaml.safe_load(text).values()
        known = {
            "GITLAB_CI": "true",
            "CI_PROJECT_DIR": str(machine.checkout),
            "CI_PROJECT_PATH": "octo/app",
            "CI_PROJECT_URL": "https://gitlab.example/octo/app",
            "CI_PROJECT_ID": "42",
            "CI_PIPELINE_SOURCE": "push",
            "CI_COMMIT_SHA": SHA,
            "CI_COMMIT_REF_NAME": "main",
            **self.project.variables,
        }
        variables = known | {name: expanded(value, known) for name, value in job["variables"].items()}
        self.cache.restore(job["cache"], machine.checkout)
        ended = machine.run(job["script"], variables)
        self.cache.save(job["cache"], machine.checkout, succeeded=ended.code == 0)
        self.outputs = (machine.checkout / job["artifacts"]["reports"]["dotenv"]).read_text()
        return ended

    def push(self) -> Ended:
        return self.job("schema-push", env="ci")

    def apply(self) -> Ended:
        return self.job("schema-apply", env="prod", **{"auto-approve": "true"})


class CircleCI:
    """Jobs of the orb."""

    def __init__(self, project: Project, path: Path) -> None:
        self.project, self.path = project, path
        self.cache = CircleCICache(path / "cache")
        self.orb = yaml.safe_load((TEMPLATES / "circleci/orb.yml").read_text())
        self.outputs = ""

    def job(self, name: str, **given: str) -> Ended:
        machine = Machine(self.path / f"job-{name}", self.project.files)
        command = self.orb["commands"][name]
        parameters = {p: declared["default"] for p, declared in command["parameters"].items()} | given
        restore, run, save = command["steps"]
        kept = save["save_cache"]
        self.cache.restore(restore["restore_cache"]["keys"], machine.home, kept["paths"])
        environment = {
            variable: re.sub(r"<< parameters\.([a-z-]+) >>", lambda found: str(parameters[found[1]]), value)
            for variable, value in run["run"]["environment"].items()
        }
        bash_env = machine.path / "bash_env"
        known = {
            "CIRCLECI": "true",
            "CIRCLE_PROJECT_USERNAME": "octo",
            "CIRCLE_PROJECT_REPONAME": "app",
            "CIRCLE_BRANCH": "main",
            "CIRCLE_SHA1": SHA,
            "BASH_ENV": str(bash_env),
            **self.project.variables,
        }
        ended = machine.run([run["run"]["command"]], known | environment)
        if ended.code == 0 or kept.get("when") == "always":
            self.cache.save(kept["key"], machine.home, kept["paths"])
        self.outputs = bash_env.read_text()
        return ended

    def push(self) -> Ended:
        return self.job("push", env="ci")

    def apply(self) -> Ended:
        return self.job("apply", env="prod", **{"auto-approve": "true"})


class Bitbucket:
    """Steps of the pipeline on `main`."""

    def __init__(self, project: Project, path: Path) -> None:
        self.project, self.path = project, path
        self.cache = BitbucketCache(path / "cache")
        self.pipeline = yaml.safe_load((TEMPLATES / "bitbucket/bitbucket-pipelines.yml").read_text())
        self.outputs = ""

    def job(self, name: str) -> Ended:
        steps = (item["step"] for item in self.pipeline["pipelines"]["branches"]["main"])
        step = next(step for step in steps if any(name in line for line in step["script"]))
        machine = Machine(self.path / f"job-{name.replace('/', '-')}", self.project.files)
        caches = {cache: self.pipeline["definitions"]["caches"][cache] for cache in step["caches"]}
        for cache, directory in caches.items():
            self.cache.restore(cache, machine.checkout / directory)
        known = {
            "BITBUCKET_BUILD_NUMBER": "12",
            "BITBUCKET_CLONE_DIR": str(machine.checkout),
            "BITBUCKET_REPO_FULL_NAME": "octo/app",
            "BITBUCKET_BRANCH": "main",
            "BITBUCKET_COMMIT": SHA,
            **self.project.variables,
        }
        ended = machine.run(step["script"], known)
        for cache, directory in caches.items() if ended.code == 0 else ():
            self.cache.save(cache, machine.checkout / directory)
        self.outputs = (machine.checkout / ".backstay" / "outputs.sh").read_text()
        return ended

    def push(self) -> Ended:
        return self.job("schema/push")

    def apply(self) -> Ended:
        return self.job("schema/apply")


class Kubernetes:
    """Pods of the job's manifest, whose volumes are directories below the machine of each."""

    manifest: Path = TEMPLATES / "kubernetes/apply-job.yml"

    def __init__(self, project: Project, path: Path) -> None:
        self.project, self.path = project, path
        self.claim = path / "claim"
        self.claim.mkdir()
        self.outputs = ""

    def pod(self, machine: Machine, **inputs: str) -> Ended:
        template = yaml.safe_load(self.manifest.read_text())["spec"]["template"]["spec"]
        (container,) = template["containers"]
        mounts = {
            mount["mountPath"]: machine.path / f"volumes{mount['mountPath']}"
            for mount in container["volumeMounts"]
        }
        contents = {"/schemas": self.project.files, "/run/secrets/backstay": self.secrets}
        for place, directory in mounts.items():
            directory.mkdir(parents=True)
            for name, text in contents.get(place, {}).items():
                (directory / name).write_text(text)
        claimed = mounts["/var/cache/backstay"]
        copied(self.claim, claimed)
        known = {variable["name"]: _mounted(variable["value"], mounts) for variable in container["env"]}
        known |= inputs | {"HOME": "/", "TMPDIR": str(mounts["/tmp"]), "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
        termination = machine.path / "termination-log"
        termination.touch()
        known["BACKSTAY_TERMINATION_LOG"] = str(termination)
        action = known.pop("ACTION", container["args"][0])
        ended = machine.run([f"backstay-action {action}"], known, mounts[container["workingDir"]])
        copied(claimed, self.claim)
        self.outputs = termination.read_text()
        return ended

    @property
    def secrets(self) -> Mapping[str, str]:
        return {"token": self.project.token, "url": self.project.database}

    def push(self) -> Ended:
        """Somebody else's: a pod that pushes, with the same token and claim."""
        machine = Machine(self.path / "job-push", self.project.files)
        source = f"file://{machine.checkout}/schema.sql"
        inputs = {"BACKSTAY_INPUT_ENV": "ci", "BACKSTAY_INPUT_URL": source, "BACKSTAY_INPUT_URL_FILE": ""}
        return self.pod(machine, ACTION="schema/push", BACKSTAY_INPUT_TAG="v1", **inputs)

    def apply(self) -> Ended:
        return self.pod(Machine(self.path / "job-apply", self.project.files))


def _mounted(text: str, mounts: Mapping[str, Path]) -> str:
    """A value with the places of mounts as they are on the machine."""
    places = "|".join(map(re.escape, mounts))
    return re.sub(rf"^((?:file://)?)({places})(?=/|$)", lambda found: f"{found[1]}{mounts[found[2]]}", text)


SYSTEMS: tuple[Any, ...] = (GitLab, CircleCI, Bitbucket, Kubernetes)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_job_goes_on_with_the_grant_of_the_one_before(system, project, tmp_path):
    jobs = system(project, tmp_path)
    pushed = jobs.push()
    assert pushed.code == 0, pushed.log
    project.stop()
    applied = jobs.apply()
    assert applied.code == 0, applied.log
    assert "this goes on without" in applied.log
    assert project.tables() == {"users"}
    assert project.token not in pushed.log + applied.log + jobs.outputs
    assert "1" in jobs.outputs


@pytest.mark.parametrize("system", SYSTEMS)
def test_without_a_grant_it_stops_as_what_may_be_over_later(system, project, tmp_path):
    project.stop()
    jobs = system(project, tmp_path)
    stopped = jobs.apply()
    assert stopped.code == 75, stopped.log
    assert "there is no grant to go on without it" in stopped.log
    assert project.tables() == set()


def test_what_is_wrong_for_good_ends_with_1(project, tmp_path):
    jobs = GitLab(project, tmp_path)
    ended = jobs.job("schema-apply", env="nowhere")
    assert ended.code == 1, ended.log
    assert "BACKSTAY_OUTPUT_SCHEMA_APPLY_FAILURE_REASON=config\n" in jobs.outputs


def test_no_grant_is_among_the_artifacts_of_gitlab():
    for template in (TEMPLATES / "gitlab/templates").glob("*.yml"):
        _, jobs = yaml.safe_load_all(template.read_text())
        (job,) = jobs.values()
        assert job["artifacts"]["paths"] == ["backstay-plans/"]
