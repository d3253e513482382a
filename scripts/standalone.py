"""Write the repositories with one action each: `python scripts/standalone.py DIRECTORY --image IMAGE`.

`org/schema-push@v1` is shorter than `org/backstay/schema/push@v1`, and a marketplace lists repositories with
one action at their root. Such a repository holds action.yml, README.md and LICENSE, and no workflows. Its
image is the released one, by digest: a tag could be moved behind a commit that somebody pinned.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from generate_actions import HEADER, ROOT, action_yml, checkout, tables

from backstay.action.declarations import Action
from backstay.action.manifest import ACTIONS

IMAGE = re.compile(r"[a-z0-9.-]+(?::\d+)?/[a-z0-9._/-]+@sha256:[0-9a-f]{64}")

README = """\
# {repository}

{description}. This is the action `{path}` of [Backstay]({home}) in a repository of its own, written by its
release: nothing is changed here. Please report issues and send changes [there]({home}/issues).

```yaml
- uses: {checkout}
- uses: {owner}/{repository}@{tag}
  with:
    env: ci
```

{tables}
"""


def repository_of(action: Action) -> str:
    """The name of the repository: `schema/plan/approve` -> `schema-plan-approve`."""
    return action.path.replace("/", "-")


def image_by_digest(text: str) -> str:
    """The name of an image. Raises `argparse.ArgumentTypeError` for one without its digest."""
    if not IMAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"not registry/name@sha256:…: {text}")
    return text


def released(text: str, image: str) -> str:
    """An action.yml that runs a published image in place of building one."""
    document = yaml.safe_load(text)
    document["runs"]["image"] = f"docker://{image}"
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def tree(action: Action, *, image: str, home: str, tag: str) -> dict[str, str]:
    """The files of an action's repository: path -> text. `home` is the URL of Backstay's own."""
    readme = README.format(
        checkout=checkout(),
        repository=repository_of(action),
        description=action.description,
        path=action.path,
        home=home,
        owner=home.split("/")[-2],
        tag=tag,
        tables=tables(action, "##"),
    )
    return {
        "action.yml": released(action_yml(action), image),
        "README.md": readme,
        "LICENSE": (ROOT / "LICENSE").read_text(encoding="utf-8"),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the trees of all available actions below a directory, and print their names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument(
        "--image", required=True, type=image_by_digest, help="registry/name@sha256:… of the release"
    )
    parser.add_argument("--home", required=True, help="https://github.com/OWNER/backstay")
    parser.add_argument("--tag", required=True, help="the tag that READMEs name, as v1")
    given = parser.parse_args(arguments)
    for action in ACTIONS:
        if not action.available:
            continue
        root = given.directory / repository_of(action)
        root.mkdir(parents=True, exist_ok=True)
        for name, text in tree(action, image=given.image, home=given.home, tag=given.tag).items():
            (root / name).write_text(text, encoding="utf-8")
        print(repository_of(action))
    return 0


if __name__ == "__main__":
    sys.exit(main())
