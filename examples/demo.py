"""The main job, end to end: `make demo`.

Runs `entrypoint.py` as the GitHub runner does for push, plan, approve and apply, on an embedded PostgreSQL
server and a local S3 server with two buckets. Then the bucket of the registry is cut off, and apply goes on
from the backup. What is left in `demo-output/` is what a run on GitHub would leave.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e.runner import Result, Runner  # noqa: E402
from tests.servers.forward import forwarder  # noqa: E402
from tests.servers.s3 import moto_server  # noqa: E402

from backstay.dialects.registry import dialect_named  # noqa: E402

OUTPUT = ROOT / "demo-output"
REGISTRY, BACKUP = "shop-registry", "shop-backup"
NEW_COLUMN = """  column "note" {
    type = text
    null = true
  }
  primary_key {"""


class Demo:
    """The steps of a job on one workspace, told as they run."""

    def __init__(self, runner: Runner, env: Mapping[str, str]) -> None:
        self.runner = runner
        self.env = env
        self.count = 0

    def step(self, title: str, action: str, **inputs: str) -> Result:
        """Run one action; ends the demo where it fails."""
        self.count += 1
        print(f"\n=== {self.count}. {title}: uses {action}", flush=True)
        begin = time.perf_counter()
        with_ = {name.replace("_", "-"): value for name, value in inputs.items()}
        result = self.runner.uses(action, {"config": "file://atlas.hcl", **with_}, self.env)
        for annotation in result.annotations:
            print(f"  [{annotation.level}] {annotation.message}")
        for name, value in result.outputs.items():
            print(f"  {name} = {value if len(value) <= 160 else value[:160] + '…'}")
        summary = OUTPUT / f"{self.count:02d}-{action.replace('/', '-')}.md"
        summary.write_text(result.summary)
        print(f"  summary: {summary.relative_to(ROOT)}  ({time.perf_counter() - begin:.1f} s)")
        if result.exit_code:
            print(result.raw)
            raise SystemExit(f"step {self.count} failed")
        return result


def main() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    workspace = OUTPUT / "workspace"
    shutil.copytree(ROOT / "examples" / "shop", workspace)
    with ExitStack() as stack:
        print("starting an embedded PostgreSQL server and a local S3 server with two buckets", flush=True)
        database = stack.enter_context(dialect_named("postgres").embedded())
        s3 = stack.enter_context(moto_server())
        s3.create_buckets(REGISTRY, BACKUP)
        line = stack.enter_context(forwarder("127.0.0.1", int(s3.endpoint.rpartition(":")[2])))
        env = {
            **s3.environment,
            "DATABASE_URL": f"{database}&search_path=public",
            "REGISTRY_URL": f"s3://{REGISTRY}/schemas?region=us-east-1&endpoint=http://127.0.0.1:{line.port}",
            "BACKUP_URL": s3.url(BACKUP, "schemas"),
        }
        demo = Demo(Runner(workspace, temp=OUTPUT / "runner"), env)
        everyday(demo, workspace)
        print(f"\n--- the registry (bucket {REGISTRY}) is cut off ---")
        line.cut()
        outage(demo, workspace)
    print(f"\nDone: {demo.count} steps. Summaries: {OUTPUT.relative_to(ROOT)}/*.md")


def everyday(demo: Demo, workspace: Path) -> None:
    """Main changes: push and apply. A pull request: plan, approve, push, apply."""
    demo.step("Push the schema", "schema/push", env="ci", tag="v1")
    demo.step("Deploy it", "schema/apply", env="prod", auto_approve="true")
    change(workspace)
    planned = demo.step("Plan a change", "schema/plan", env="ci", **{"from": "env://url"})
    plan = json.loads((workspace / planned.outputs["plan-file"]).read_text())
    print("  the plan:\n" + "\n".join(f"    {line}" for line in json.dumps(plan, indent=2).splitlines()))
    demo.step("Approve the plan", "schema/plan/approve", env="ci", plan=planned.outputs["plan"])
    demo.step("Push the change", "schema/push", env="ci", tag="v2")
    demo.step("Deploy the approved plan", "schema/apply", env="prod")


def outage(demo: Demo, workspace: Path) -> None:
    """Without the registry: deploys are read from the backup, pushes go to it."""
    demo.step("Deploy from the backup", "schema/apply", env="prod", auto_approve="true")
    change(workspace, "reason")
    demo.step("Push to the backup alone", "schema/push", env="ci", tag="v3")
    demo.step("Deploy what only the backup has", "schema/apply", env="prod", auto_approve="true")


def change(workspace: Path, column: str = "note") -> None:
    """One more column in the schema."""
    schema = workspace / "schema.hcl"
    text = schema.read_text()
    head, _, tail = text.rpartition("  primary_key {")
    schema.write_text(head + NEW_COLUMN.replace("note", column) + tail)


if __name__ == "__main__":
    main()
