"""`backstay registry verify|sync|restore|log|prune` over directories: output, JSON, exit codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from backstay.report.progress import BarProgress, PlainProgress
from tests.cli.conftest import Ran, Run
from tests.logs import log_to

PROJECT = """
env "e" {
  url = "sqlite://app.db"
  schema {
    src = "file://schema.lt.sql"
    repo {
      name   = "app"
      url    = "file://primary"
      backup = ["file://one", "file://two"]
    }
  }
}
"""
JSON = ("--format", "{{ json . }}")


class Site:
    """A project with a registry and two backups, each a directory that can be taken away."""

    def __init__(self, run: Run, root: Path) -> None:
        self.run, self.root = run, root
        (root / "atlas.hcl").write_text(PROJECT)

    def push(self, name: str, *more: str) -> Ran:
        (self.root / "schema.lt.sql").write_text(f"CREATE TABLE {name} (id integer);")
        pushed = self.run("schema", "push", "app", "--env", "e", *more)
        assert pushed.code == 0, pushed.err
        return pushed

    def push_without(self, away: tuple[str, ...], name: str, *more: str) -> None:
        """A file stands where these directories were."""
        for place in away:
            (self.root / place).rename(self.root / f"{place}.away")
            (self.root / place).write_text("")
        self.push(name, *more)
        for place in away:
            (self.root / place).unlink()
            (self.root / f"{place}.away").rename(self.root / place)

    def registry(self, command: str, *more: str) -> Ran:
        return self.run("registry", command, "--env", "e", *more)

    def fork(self) -> None:
        self.push("common", "--tag", "latest")
        self.push_without(("two",), "ours", "--tag", "ours")
        self.push_without(("primary", "one"), "theirs", "--tag", "theirs", "--allow-stale")


@pytest.fixture
def site(run: Run, tmp_path: Path) -> Site:
    return Site(run, tmp_path)


def test_verify_says_that_all_is_well(site: Site) -> None:
    site.push("a", "--tag", "v1")
    ran = site.registry("verify")
    assert ran.code == 0
    assert [line.split()[:3] for line in ran.out.splitlines()[3:6]] == [
        ["file://primary", "ok", "1"],
        ["file://one", "ok", "1"],
        ["file://two", "ok", "1"],
    ]
    assert ran.out.endswith("\nNo problems.\n")
    assert "app: file://primary: 4 of 4" in ran.err


def test_verify_names_what_is_wrong_and_fails(site: Site) -> None:
    site.push("a")
    (state,) = (site.root / "one/app/states").iterdir()
    state.write_bytes(b"{}")
    site.push_without(("two",), "b")
    ran = site.registry("verify", *JSON)
    assert ran.code == 1
    (app,) = ran.json()["Repositories"]
    assert ran.json()["OK"] is False
    assert [(c["URL"], c["Status"], c["Head"]) for c in app["Copies"]] == [
        ("file://primary", "ok", 2),
        ("file://one", "damaged", 2),
        ("file://two", "behind", 1),
    ]
    assert [(p["URL"], p["Kind"], p.get("Object", "")) for p in app["Problems"]] == [
        ("file://one", "corrupt", f"states/{state.name}"),
        ("file://two", "behind", ""),
    ]
    text = site.registry("verify")
    assert text.code == 1
    assert f"corrupt: states/{state.name} " in text.out


def test_verify_looks_at_all_repositories_of_given_targets(site: Site) -> None:
    site.push("a")
    (site.root / "atlas.hcl").write_text(PROJECT.replace('"app"', '"My App"'))
    assert site.run("schema", "push", "--env", "e").code == 0
    ran = site.run("registry", "verify", "-u", "file://primary,file://one", *JSON)
    assert ran.code == 0, ran.err
    assert [report["Repo"] for report in ran.json()["Repositories"]] == ["My App", "app"]


def test_verify_without_a_registry_or_a_repository_says_what_to_do(site: Site) -> None:
    ran = site.run("registry", "verify", "-u", "file://nowhere")
    assert (ran.code, ran.out) == (1, "")
    assert "nowhere" in ran.err
    ran = site.run("registry", "verify", "-u", "http://127.0.0.1:9")
    assert ran.code == 1
    assert "name one with --repo" in ran.err


def test_sync_brings_a_lagging_target_up_to_date(site: Site) -> None:
    site.push("a")
    site.push_without(("primary",), "b")
    assert site.registry("verify").code == 1
    dry = site.registry("sync", "--dry-run", *JSON)
    assert dry.code == 0
    assert dry.json()["DryRun"] is True
    assert [step["Text"] for step in dry.json()["Steps"]][-1] == "copy entry 2"
    assert site.registry("verify").code == 1, "a dry run changes nothing"
    ran = site.registry("sync")
    assert ran.code == 0
    assert "copy entry 2" in ran.out
    assert site.registry("verify").code == 0
    assert site.registry("sync").out == "All targets agree, there is nothing to repair.\n"


def test_a_fork_is_shown_and_settled_by_choice(site: Site) -> None:
    site.fork()
    shown = site.registry("sync")
    assert shown.code == 1
    assert "forked after entry 1" in shown.out
    assert site.registry("sync", "--keep", "file://elsewhere").code == 1
    settled = site.registry("sync", "--keep", "file://two", "--branch", "ours")
    assert settled.code == 0, settled.out
    assert site.registry("verify").code == 0
    assert "Branch ours is kept in file://primary" in site.registry("verify").out
    main = site.registry("log", *JSON).json()
    assert [entry.get("Tags") for entry in main["Entries"]] == [["theirs"], ["latest"]]
    branch = site.registry("log", "--branch", "ours", *JSON).json()
    assert [entry["Tags"] for entry in branch["Entries"]] == [["ours"]]
    assert branch["Branch"] == "ours"
    missing = site.registry("log", "--branch", "none")
    assert missing.code == 1
    assert 'no branch "none"' in missing.err


def test_the_log_tells_who_when_which_tags_and_who_missed_it(site: Site) -> None:
    context = json.dumps({"username": "ada", "commit": "0123456789abcdef", "branch": "main"})
    site.push("a", "--tag", "v1", "--context", context, "--desc", "first\u001b[31m\nversion")
    site.push_without(("two",), "b", "--tag", "v2")
    ran = site.registry("log")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].split() == [
        "ENTRY",
        "VERSION",
        "TIME",
        "BY",
        "COMMIT",
        "TAGS",
        "MISSED",
        "BY",
        "DESCRIPTION",
    ]
    assert lines[1].split()[0] == "2"
    assert lines[1].split()[3:] == ["v2", "file://two"]
    assert " ada  0123456789ab  v1 " in lines[2]
    assert lines[2].endswith("first\\u{1B}[31m version")
    assert len(lines) == 3
    one = site.registry("log", "--limit", "1", *JSON).json()
    assert [entry["Sequence"] for entry in one["Entries"]] == [2]
    assert one["Entries"][0]["Missed"] == ["file://two"]
    assert (
        site.registry("log", "--format", "{{ range .Entries }}{{ .Version }} {{ end }}").out.count(" ") == 2
    )


def test_the_log_is_read_from_a_backup_when_the_registry_is_away(site: Site) -> None:
    site.push("a")
    shutil.rmtree(site.root / "primary")
    (site.root / "primary").write_text("")
    ran = site.registry("log", *JSON)
    assert ran.code == 0, ran.err
    assert ran.json()["Source"] == "file://one"


def test_a_registry_is_restored_from_a_backup(site: Site) -> None:
    for name in "ab":
        site.push(name, "--tag", name)
    before = contents(site.root / "primary")
    shutil.rmtree(site.root / "primary")
    dry = site.run("registry", "restore", "--from", "file://one", "--to", "file://primary", "--dry-run")
    assert dry.code == 0, dry.err
    assert not (site.root / "primary/app").exists()
    ran = site.run("registry", "restore", "--from", "file://one", "--to", "file://primary", *JSON)
    assert (ran.code, ran.json()["OK"]) == (0, True)
    assert contents(site.root / "primary") == before
    again = site.run("registry", "restore", "--from", "file://one", "--to", "file://primary", *JSON)
    assert (again.code, again.json()["Steps"]) == (0, [])


def contents(root: Path) -> dict[str, bytes]:
    files = [path for path in root.rglob("*") if path.is_file() and path.name != ".lock"]
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in files if "/.tmp/" not in str(path)
    }


REFUSED: dict[str, tuple[Callable[[Site], object], str]] = {
    "a destination that is forked": (lambda site: None, "holds something of app"),
    "a source that is damaged": (
        lambda site: next((site.root / "one/app/log").iterdir()).write_text("{"),
        "is not whole",
    ),
    "a source without the repository": (lambda site: shutil.rmtree(site.root / "one/app"), "file://one"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_restore_that_could_lose_something_is_refused(site: Site, name: str) -> None:
    site.fork()
    prepare, expected = REFUSED[name]
    prepare(site)
    before = contents(site.root / "two")
    ran = site.run("registry", "restore", "--from", "file://one", "--to", "file://two", "--repo", "app")
    assert ran.code == 1
    assert expected in ran.err
    assert contents(site.root / "two") == before


def test_a_restore_onto_itself_is_refused(site: Site) -> None:
    ran = site.run("registry", "restore", "--from", "file://one", "--to", "file://one")
    assert ran.code == 1
    assert "the same place" in ran.err


def test_old_versions_are_pruned_from_every_target(site: Site) -> None:
    for name in "abc":
        site.push(name)
    dry = site.registry("prune", "--keep", "1", "--dry-run")
    assert dry.code == 0
    assert dry.out.endswith("Dry run: nothing was removed.\n")
    assert len(list((site.root / "two/app/states").iterdir())) == 3
    ran = site.registry("prune", "--keep", "1", *JSON)
    assert ran.code == 0, ran.err
    assert [(target["URL"], target["States"]) for target in ran.json()["Targets"]] == [
        ("file://primary", 2),
        ("file://one", 2),
        ("file://two", 2),
    ]
    assert site.registry("verify").code == 0
    assert "2 states pruned" in site.registry("verify").out
    version = ran.json()["Versions"][0]
    read = site.run("schema", "inspect", "--env", "e", "-u", f"atlas://app?version={version}")
    assert read.code == 1
    assert "was pruned at" in read.err
    assert site.registry("prune", "--keep", "1").out.startswith("There is nothing to prune in app")


def test_what_only_tags_of_a_kind_point_at_is_pruned_when_asked_for(site: Site) -> None:
    for name in "abc":
        site.push(name, "--tag", f"sha-{name}")
    assert "nothing to prune" in site.registry("prune", "--keep", "1").out
    young = site.registry("prune", "--keep", "1", "--let-go", "sha-*", "--older-than", "12h")
    assert "nothing to prune" in young.out
    assert site.registry("prune", "--keep", "1", "--commit-tags").out.startswith("There is nothing to prune")
    ran = site.registry("prune", "--keep", "1", "--let-go", "sha-*")
    assert (ran.code, "States: 2 of old versions" in ran.out) == (0, True)
    assert site.registry("verify").code == 0


def test_older_than_never_is_no_age(site: Site) -> None:
    site.push("a")
    site.push("b")
    ran = site.registry("prune", "--keep", "1", "--older-than", "never")
    assert (ran.code, ran.out) == (1, "")
    assert "'never' is not a lifetime: write 90d or 12h" in ran.err
    assert len(list((site.root / "primary/app/states").iterdir())) == 2


def test_nothing_is_pruned_while_anything_is_wrong(site: Site) -> None:
    for name in "ab":
        site.push(name)
    site.push_without(("two",), "c")
    ran = site.registry("prune", "--keep", "1")
    assert (ran.code, ran.out) == (1, "")
    assert "registry sync" in ran.err
    assert len(list((site.root / "primary/app/states").iterdir())) == 3
    assert site.registry("prune", "--keep", "0").code == 1


def test_a_wrong_template_is_found_before_any_work(site: Site) -> None:
    ran = site.registry("verify", "--format", "{{ .")
    assert ran.code == 1
    assert "app:" not in ran.err


def test_progress_is_a_line_for_each_quarter_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    observer = PlainProgress(log_to(sys.stderr))
    for done in range(1, 401):
        observer.progress("task", done, 400)
        observer.progress("short", min(done, 3), 3)
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("task")] == [
        f"task: {n} of 400" for n in (100, 200, 300, 400)
    ]


def test_progress_is_a_bar_on_a_terminal() -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    with BarProgress(log_to(screen), screen) as observer:
        observer.progress("[red]task", 5, 10)
    assert "[red]task" in screen.getvalue()
