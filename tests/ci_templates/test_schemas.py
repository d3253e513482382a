"""The templates are what each system takes: judged by the schemas that the systems publish."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml
from scripts import generate_templates

from tests.ci_templates.machines import ROOT

TEMPLATES = ROOT / "ci-templates"
CHART = TEMPLATES / "helm" / "backstay"
HELM = ROOT / ".cache" / "emulators" / "bin" / "helm"
VERSIONS = ("1.31", "1.34", "1.37")
PLAIN = sorted(TEMPLATES.glob("kubernetes/*.yml"))


def test_what_is_generated_is_as_the_manifest_says():
    for name, text in generate_templates.files().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name} is stale: run make actions"


def judged(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("gitlab/templates/*.yml")), ids=lambda path: path.stem)
def test_gitlab(path, tmp_path):
    spec, job = yaml.safe_load_all(path.read_text())
    (tmp_path / "job.yml").write_text(yaml.safe_dump(job))
    judged("gitlab-ci", tmp_path / "job.yml")
    for declared in spec["spec"]["inputs"].values():
        assert isinstance(declared["default"], str)
        assert declared["default"] in declared.get("options", [declared["default"]])


def test_circleci():
    judged("circle-ci", TEMPLATES / "circleci" / "orb.yml")
    orb = yaml.safe_load((TEMPLATES / "circleci" / "orb.yml").read_text())
    for name, job in orb["jobs"].items():
        (given,) = [step[name] for step in job["steps"] if isinstance(step, dict) and name in step]
        assert given.keys() == orb["commands"][name]["parameters"].keys()
        for parameter in orb["commands"][name]["parameters"].values():
            assert parameter["default"] in parameter.get("enum", [parameter["default"]])


def test_bitbucket():
    judged("bitbucket-pipelines", TEMPLATES / "bitbucket" / "bitbucket-pipelines.yml")
    pipe = yaml.safe_load((TEMPLATES / "bitbucket" / "pipe.yml").read_text())
    assert {"name", "image", "description", "repository", "variables"} <= pipe.keys()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_kubernetes(path, version):
    for document in yaml.safe_load_all(path.read_text()):
        kubernetes_validate.validate(document, version, strict=True)


# The chart


def rendered(*values: str) -> list[dict]:
    """What the chart makes with these values."""
    command = [HELM, "template", "prod", CHART, "--kube-version", "1.34"]
    command += [word for value in values for word in ("--set", value)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def test_helm_finds_nothing_wrong_with_the_chart():
    done = subprocess.run([HELM, "lint", "--strict", CHART], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


FULL = [
    "image.digest=sha256:" + "0a" * 32,
    "timeZone=Etc/UTC",
    "cache.storageClass=fast",
    "imagePullSecrets[0].name=pull",
    "serviceAccountName=db",
    "podAnnotations.a=b",
    "env[0].name=BACKSTAY_COMMIT",
    "env[0].value=abc",
    "envFrom[0].secretRef.name=s3",
    "nodeSelector.disk=ssd",
    "tolerations[0].key=x",
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("values", [[], ["schedule="], FULL], ids=["usual", "once", "full"])
def test_what_the_chart_makes_is_what_kubernetes_takes(values, version):
    for document in rendered(*values):
        kubernetes_validate.validate(document, version, strict=True)


def pod_of(documents: list[dict]) -> dict:
    """The spec of the one pod that is declared."""
    (job,) = [d for d in documents if d["kind"] in ("Job", "CronJob")]
    spec = job["spec"]["jobTemplate"]["spec"] if job["kind"] == "CronJob" else job["spec"]
    return spec["template"]["spec"]


@pytest.mark.parametrize("path", [p for p in PLAIN if "apply" in p.stem], ids=lambda path: path.stem)
def test_the_chart_and_the_manifests_make_the_same_pod(path):
    plain = pod_of(list(yaml.safe_load_all(path.read_text())))
    chart = pod_of(rendered())
    names = {"backstay-schemas": "prod-schemas", "backstay-cache": "prod-cache"}
    text = json.dumps(plain)
    for ours, theirs in names.items():
        text = text.replace(f'"{ours}"', f'"{theirs}"')
    expected = json.loads(text)
    expected["containers"][0]["imagePullPolicy"] = "IfNotPresent"
    for pod in (expected, chart):
        pod["containers"][0]["env"].sort(key=lambda variable: variable["name"])
    assert chart == expected


def test_two_runs_never_share_the_volume_and_secrets_are_files():
    (cron,) = [d for d in rendered() if d["kind"] == "CronJob"]
    assert cron["spec"]["concurrencyPolicy"] == "Forbid"
    pod = pod_of([cron])
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsUser"] == 65532
    named = {v["name"]: v.get("value", "") for v in container["env"]}
    assert named["BACKSTAY_TOKEN_FILE"] == "/run/secrets/backstay/token"
    assert "BACKSTAY_TOKEN" not in named


@pytest.mark.parametrize(
    "value", ["action=schema/nothing", "image.digest=latest", "inputs.AUTO=true", "unknown=1", "user=0"]
)
def test_wrong_values_are_refused_before_anything_is_made(value):
    command = [HELM, "template", "prod", CHART, "--kube-version", "1.34", "--set-string", value]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "values don't meet the specifications of the schema" in done.stderr


def test_the_schema_of_the_values_is_one():
    jsonschema.Draft7Validator.check_schema(json.loads((CHART / "values.schema.json").read_text()))
