"""Write every action.yml and docs/action.md from the manifest: `make actions`. `--check` only compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from backstay.action.declarations import Action, Input
from backstay.action.failure import REASONS
from backstay.action.manifest import ACTIONS

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by `make actions` from src/backstay/action/manifest.py. Edit that.\n"
BRANDING = {"icon": "database", "color": "blue"}

NOTES = """\
## In a pull request

A run belongs to a pull request when its event is `pull_request`, `pull_request_target`, one of their
reviews, a comment on it, or a `workflow_run` after one of its runs. There,

- `schema/push` leaves the tag `latest` alone, unless the input `latest` says `true`;
- `schema/plan` names plans after the pull request, so that a later push finds the same plan;
- `schema/plan/approve` refuses: approve on the branch, after the merge, and before `schema/push`;
- a line of the description that is `/atlas:nolint …` or `/atlas:txmode …` (also `/backstay:…`) is a
  directive of the plan. Those of a fork's author do not count.

A `pull_request_target` run that has a fork's commit checked out is refused, since the fork's project
file would decide what happens to your secrets; `BACKSTAY_ALLOW_UNTRUSTED_CHECKOUT=true` allows it.

### What is hidden

Before its first line a step hides, and on GitHub masks: tokens; variables whose names say that they are
secret, the files that `…_FILE` variables of that kind name, and the secret members of JSON in them;
passwords in URLs and in connection strings (`host=… password=…`); values of `vars` with a telling name;
passwords in `PGPASSFILE` and `PGSERVICEFILE`. What a project file puts together is hidden once it is
known. Each as it is, percent-encoded, in base64 (also within `user:password`), in JSON, in HTML, quoted
for a shell, and line by line. It is taken out of all that leaves: log, annotations, outputs, summary,
comment, documents. Short passwords and plain words are hidden only where they stand as passwords, since
names may be the same.

`~/.pgpass`, `~/.pg_service.conf` and `~/.netrc` are not read by steps: other steps of the job write
there, too. Name such a file by its variable (`PGPASSFILE`, `PGSERVICEFILE`, `NETRC`) where you mean it.

## Comments

A step comments on its pull request; one on a branch, in a `push` run, on the pull request that was just
merged ([examples](examples/README.md)). There is one comment for each operation, repository, env and
URLs, edited in place from run to run; it remembers what the last five runs said. A step with nothing to
say begins none, and a comment that is there always tells how things are: `no changes`, a failure, a plan
that is stale since the base has moved. A run that ends late never overwrites a later one.

Comments that Atlas' action has left on a pull request stay as they are; ours says that nobody brings them
up to date any more.

Changes are shown with their risk and the lock they take. Where the plan starts from a database, statements
that rewrite or read a whole table say about how many rows it has, as that database's statistics know it. A
push shows what the new version changes since the one before.

| Where there is no comment yet | `auto` | `on-change` | `never` |
|---|---|---|---|
| changes, made or to be made | one is begun | one is begun | – |
| a failure | one is begun | – | – |
| no changes, or the run was cancelled | – | – | – |

The token needs `permissions: {contents: read, pull-requests: write}`. Where it may not write (in pull
requests of forks and of Dependabot it never may), the summary of the step has everything, a notice says
so, and the step goes on. Where a step runs several times, as in a matrix, `comment-id` gives each its
comment.

SQL can tell more than everybody should read: comments on a public repository are public. `comment: never`
keeps it out of them.

## Databases on `localhost`

A container cannot reach the `localhost` of its host, where workflows expect the service containers of a
job. With `database-host: auto` every database URL on `localhost` (from inputs, variables and the project
file) is tried as it is, then on the host, then at the service that publishes the port; the first that
answers is used, and reports show the URL as you wrote it. `sslmode=verify-full` goes on to verify the name in
that URL.

## A grant for every branch

With a registry server, a job that starts while it is away needs a [grant](grants.md) from an earlier run.
The steps carry it in the cache of GitHub Actions. What a pull request may read there is its own and what
the default branch has, so let a daily run keep a fresh one there:

```yaml
# .github/workflows/grant.yml
name: Grant
on:
  schedule: [{cron: "17 4 * * *"}]
  workflow_dispatch:
permissions: {contents: read}
jobs:
  renew:
    runs-on: ubuntu-latest
    steps:
      - uses: CHECKOUT
      - uses: backstay/backstay/setup/container@v1
        with: {env: prod, cloud-token: "${{ secrets.BACKSTAY_TOKEN }}"}
```

`cloud-token` also reaches the later steps of that job, as `BACKSTAY_TOKEN`. Without a token, as in a pull
request of a fork, the step says so and goes on.

Where no client of the cache service is allowed but GitHub's own, `setup` in place of `setup/container` keeps
the grant with `actions/cache`, under keys that begin with `backstay-setup-`. It takes `working-directory`,
`config`, `env`, `vars` and `cloud-token`, and belongs before the other steps of a job as well, which then
have `cache: off`. It is there in versions only: on main it names no commit of the container that it runs.

## On other systems

For [GitLab](ci/gitlab.md), [CircleCI](ci/circleci.md), [Bitbucket](ci/bitbucket.md) and
[Kubernetes](ci/kubernetes.md) there are templates. Anywhere else `backstay-action schema/push` in the image
(or `BACKSTAY_ACTION=schema/push`) reads inputs from variables and prints the outputs as one line of JSON.

| Variable | Meaning |
|---|---|
| `BACKSTAY_PLATFORM` | `github`, `gitlab`, `circleci`, `bitbucket`, `kubernetes`, `plain`: found out else |
| `BACKSTAY_INPUT_<NAME>` (also `ATLAS_INPUT_<NAME>`) | an input; hyphens are underscores |
| `BACKSTAY_INPUT_<NAME>_FILE` | a file that holds the input |
| `BACKSTAY_OUTPUT_FILE` | where the outputs go, in place of stdout |
| `BACKSTAY_SUMMARY_FILE` | where the summary goes |
| `BACKSTAY_LOG` | `text` or `json` (an object a line; the default where no terminal shows the log) |
| `BACKSTAY_DEBUG` | set: show debug messages |"""


def checkout() -> str:
    """`actions/checkout` as our own workflows pin it: documents are then as current as they are."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    found = re.search(r"actions/checkout@[0-9a-f]{40} # v\S+", workflow)
    assert found is not None
    return found[0]


def files() -> dict[str, str]:
    """All generated files: path in the repository -> text."""
    made = {f"{action.path}/action.yml": action_yml(action) for action in ACTIONS}
    return made | {"action.yml": root_action_yml(), "docs/action.md": documentation()}


def action_yml(action: Action) -> str:
    """The action of a directory. Its image is built from the Dockerfile at the root."""
    up = "../" * (action.path.count("/") + 1)
    return _yaml(
        {
            "name": f"Backstay {action.path}",
            "description": _description(action),
            "author": "Backstay",
            "branding": BRANDING,
            "inputs": {i.name: _input(i, i.default) for i in action.inputs},
            "outputs": {o.name: {"description": o.description} for o in action.outputs},
            "runs": {**_runs(f"{up}Dockerfile"), "args": [action.path]},
        }
    )


def _runs(image: str) -> dict[str, object]:
    """What runs. Runners on Kubernetes do not ask the image for its entry point, so it is named."""
    return {"using": "docker", "image": image, "entrypoint": "/opt/backstay/bin/backstay-action"}


def root_action_yml() -> str:
    """The action at the root: any operation, chosen by an input; the inputs and outputs of all of them."""
    operation = Input(
        name="operation",
        kind="choice",
        description=f"What to do: {', '.join(f'`{a.operation}`' for a in ACTIONS if a.available)}.",
    )
    inputs: dict[str, list[tuple[Action, Input]]] = {}
    outputs: dict[str, list[str]] = {}
    for action in ACTIONS:
        for declared in action.inputs:
            inputs.setdefault(declared.name, []).append((action, declared))
        for output in action.outputs:
            outputs.setdefault(output.name, []).append(output.description)
    return _yaml(
        {
            "name": "Backstay",
            "description": "Ship database schemas as code, also while any one service is down",
            "author": "Backstay",
            "branding": BRANDING,
            "inputs": {"operation": _input(operation, "")} | {n: _merged(v) for n, v in inputs.items()},
            "outputs": {n: {"description": " ".join(dict.fromkeys(v))} for n, v in outputs.items()},
            "runs": _runs("Dockerfile"),
        }
    )


def documentation() -> str:
    """docs/action.md: every action with tables of its inputs and outputs."""
    parts = [
        "<!-- Written by `make actions` from src/backstay/action/manifest.py. Edit that. -->",
        "# The actions",
        "All actions run the same image. An empty input is one that is not given; lists have one item a "
        "line; booleans are `true` or `false`; durations look like `500ms`, `30s`, `1h30m`. Where an "
        "input and the project file set the same thing, the input wins.",
        *(_section(action) for action in ACTIONS),
        NOTES.replace("uses: CHECKOUT", f"uses: {checkout()}"),
        "## Why a step failed",
        "A failing step has one error annotation, exits with 1 (a cancelled one with 130 or 143) and sets "
        "`failure-reason`. Outside of GitHub it exits with 75 where the same step may go well later: a "
        "service did not answer, a lock was held, a plan waits for its approval.",
        _table(("Code", "Meaning"), ((f"`{code}`", meaning) for code, meaning in REASONS.items())),
    ]
    return "\n\n".join(parts) + "\n"


def _section(action: Action) -> str:
    return "\n\n".join((f"## `{action.path}`", f"{_description(action)}.", tables(action)))


def tables(action: Action, heading: str = "") -> str:
    """The inputs and outputs of an action in Markdown, where asked for under headings."""
    inputs = _table(
        ("Input", "Meaning", "Without it"),
        ((f"`{i.name}`", i.description, _default(i)) for i in action.inputs),
    )
    outputs = _table(("Output", "Meaning"), ((f"`{o.name}`", o.description) for o in action.outputs))
    parts = (f"{heading} Inputs", inputs, f"{heading} Outputs", outputs) if heading else (inputs, outputs)
    return "\n\n".join(parts)


def _description(action: Action) -> str:
    return action.description if action.available else f"{action.description} (not there yet: the step fails)"


def _default(declared: Input) -> str:
    return f"`{declared.default}`" if declared.default else declared.default_text


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = [tuple(head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join((lines[0], "|" + "---|" * len(cells[0]), *lines[1:]))


def _input(declared: Input, default: str) -> Mapping[str, str]:
    text = declared.description
    if declared.default_text:
        text += f" Without it: {declared.default_text}."
    return {"description": text} | ({"default": default} if default else {})


def _merged(declared: list[tuple[Action, Input]]) -> Mapping[str, str]:
    """One input of several actions: what it means in each, and the default if it is the same in all."""
    first = declared[0][1]
    if all(other == first for _, other in declared):
        return _input(first, first.default)
    texts = [f"{action.operation}: {_input(each, '')['description']}" for action, each in declared]
    default = first.default if all(each.default == first.default for _, each in declared) else ""
    return {"description": " ".join(texts)} | ({"default": default} if default else {})


def _yaml(document: Mapping[str, object]) -> str:
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def main() -> int:
    """Write, or with `--check` say which files differ; exit code 1 then."""
    differing = []
    for path, text in files().items():
        file = ROOT / path
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            continue
        differing.append(path)
        if "--check" not in sys.argv:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    for path in differing:
        print(f"{path} {'differs: run make actions' if '--check' in sys.argv else 'written'}")
    return int("--check" in sys.argv and bool(differing))


if __name__ == "__main__":
    sys.exit(main())
