"""What a CI system offers, whatever its name: inputs, the event that started the run, and where to speak.

The action knows this protocol only. A new CI system is a new module beside `github` and `plain`, and
one line in `detect`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from backstay.grants.stores import GrantStore
from backstay.registry.records import RunContext

Level = Literal["error", "warning", "notice"]

Scrub = Callable[[str], str]
"""Takes the secrets out of a text. Every platform passes all that it prints or writes through it."""


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The pull (or merge) request a run belongs to.

    `head_sha` is the commit under review, empty where the event does not tell; `merge_sha` the commit
    that would result from merging it. `fork`: the head is (or may be) in another repository than the base.
    """

    number: int
    url: str = ""
    head_sha: str = ""
    head_ref: str = ""
    merge_sha: str = ""
    body: str = ""
    fork: bool = False


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """What started the run. `sha` is the commit the run is about (on a pull request the temporary merge).

    `repository` is `owner/name`, `repository_url` its page and `run_url` the page of this run. Of two runs
    the later one has the greater `run`: its id, its number, its attempt. `docs_url` is the directory of the
    documentation that belongs to the action that runs. `commit_page` and `line_page` are templates of what is
    below the repository's page: a commit, and a line of a file at it.
    """

    event: str = ""
    sha: str = ""
    repository: str = ""
    repository_url: str = ""
    commit_page: str = "commit/{sha}"
    line_page: str = "blob/{sha}/{path}#L{line}"
    run_url: str = ""
    docs_url: str = ""
    run: tuple[int, ...] = ()
    context: RunContext = RunContext()
    pull_request: PullRequest | None = None


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a file of the repository; the path as the user wrote it, line and column from 1."""

    file: str
    line: int = 1
    column: int = 0


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that is kept up to date in place, whichever run writes it.

    The one to edit is ours and begins with `mark`. `write` gets the texts of those that are there (normally
    one at most, the oldest first), and the addresses of those which another tool has left with the same
    token, whose last line begins with `left_mark`. It answers the new text; empty to leave things as they
    are. It may be called again, when others write at the same time. All of it is to be done in `seconds`.
    """

    mark: str
    write: Callable[[Sequence[str], Sequence[str]], str]
    left_mark: str = ""
    seconds: float = 30.0


class Platform(Protocol):
    """One CI system, for one run."""

    name: str

    workspace: Path
    """The checked-out repository."""

    retry_code: int
    """The exit code of a step that failed and may go well when it is repeated as it is."""

    def input(self, name: str) -> str:
        """The raw text of an input; empty where it is not given."""

    def trigger(self) -> Trigger:
        """What started the run. Raises `ConfigError` when the event cannot be read."""

    def log(self, text: str) -> None:
        """Print text, whoever wrote it: nothing in it acts on the CI system."""

    def debug(self, text: str) -> None:
        """Print text that only people who look for a fault want to see."""

    def annotate(self, level: Level, message: str, *, title: str = "", at: Location | None = None) -> None:
        """Mark the run, or a line of a file, with a message. Beyond the system's limit it is logged only."""

    def fail(self, message: str, *, title: str = "", at: Location | None = None) -> None:
        """The one error annotation that says why the step failed. Never dropped for a limit."""

    def group(self, title: str) -> AbstractContextManager[None]:
        """Fold what is logged inside. Not to be nested."""

    def mask(self, value: str) -> None:
        """Ask the system to hide this secret in all that follows."""

    def write_outputs(self, outputs: Mapping[str, str], action: str = "") -> None:
        """Hand outputs to later steps; where steps share names, with `action` (its path) in each name."""

    def export(self, name: str, value: str) -> None:
        """Give later steps of the job a variable, where the system can."""

    def write_summary(self, markdown: str) -> None:
        """Add to the page that shows the outcome of the run."""

    def comment(self, comment: Comment) -> str:
        """Write the comment on the pull request of the run, or edit it; its address.

        Empty where there is no pull request, nothing to say, or no way: the last is told once and fails
        nothing.
        """

    def grant_stores(self, key_id: str, *, read_only: bool) -> Sequence[GrantStore]:
        """Where the system keeps grants from run to run, in the order to be asked.

        None where it has nothing but the cache directory for that. `read_only`: nothing is to be saved.
        """
