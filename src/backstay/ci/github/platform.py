"""The GitHub runner, spoken to through its log and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec

from backstay.ci.base import Comment, Scrub, Trigger
from backstay.ci.comments import Comments, Writer
from backstay.ci.github.commands import block, command, legible
from backstay.ci.github.event import trigger
from backstay.ci.github.log import Commands
from backstay.ci.service import Budget, ServiceError
from backstay.ci.speaker import Speaker
from backstay.decoding import decode
from backstay.errors import ConfigError
from backstay.grants.stores import GrantStore
from backstay.log import Log

if TYPE_CHECKING:
    from backstay.ci.github.api import Api

SUMMARY_LIMIT = 1024 * 1024
"""Bytes of a step's summary; one more and the runner drops all of it."""


class GitHub(Speaker):
    """A step of a GitHub workflow. `stream` is the log: one stream, so that its lines keep their order."""

    name = "github"
    retry_code = 1  # a workflow knows no other failure

    def __init__(self, environ: Mapping[str, str], stream: TextIO, scrub: Scrub) -> None:
        self.workspace = Path(environ.get("GITHUB_WORKSPACE") or ".")
        self._environ = environ
        super().__init__(Log(lambda: stream, Commands, scrub, debug=True))
        self._stream = stream
        self._scrub = scrub
        self._token = _token(environ)
        self._runtime_token = environ.get("ACTIONS_RUNTIME_TOKEN", "")
        self._grant_stores: dict[str, GrantStore] = {}
        self._comments = Writer(scrub, self._explain)

    def input(self, name: str) -> str:
        """`INPUT_<NAME>`: upper case, spaces to underscores, hyphens kept."""
        return legible(self._environ.get("INPUT_" + name.replace(" ", "_").upper(), ""))

    def trigger(self) -> Trigger:
        """From the environment and the event's payload."""
        environ = {name: legible(text) for name, text in self._environ.items()}
        return trigger(environ, self._payload())

    def mask(self, value: str) -> None:
        """`add-mask`: the one command that carries the secret itself."""
        self._stream.write(legible(command("add-mask", value)) + "\n")
        self._stream.flush()

    def write_outputs(self, outputs: Mapping[str, str], action: str = "") -> None:
        """Append to `GITHUB_OUTPUT`, in block form."""
        self._append("GITHUB_OUTPUT", "".join(block(k, self._scrub(v)) for k, v in outputs.items()))

    def export(self, name: str, value: str) -> None:
        """Append to `GITHUB_ENV`. What is secret in it has to be masked before."""
        self._append("GITHUB_ENV", block(name, value))

    def write_summary(self, markdown: str) -> None:
        """Append to `GITHUB_STEP_SUMMARY`, cut before the runner would drop it."""
        self._append("GITHUB_STEP_SUMMARY", _cut(self._scrub(markdown).rstrip("\n") + "\n"))

    def comment(self, comment: Comment) -> str:
        """Through the REST API, with the token given, else the job's; on a branch where that was merged.

        Where GitHub refuses (read-only tokens of forks, limits, an outage) no more is tried in this step.
        """
        trigger = self.trigger()
        if not (self._token and trigger.repository):
            return ""

        def find(budget: Budget) -> tuple[Comments, int] | None:
            from backstay.ci.github.api import Api

            api = Api(self._environ, self._token, budget)
            number = trigger.pull_request.number if trigger.pull_request else self._merged(api, trigger)
            return (api, number) if number else None

        return self._comments.write(comment, find)

    def grant_stores(self, key_id: str, *, read_only: bool) -> Sequence[GrantStore]:
        """The cache of GitHub Actions, the same for the whole step: it is asked once."""
        if not self._runtime_token:
            return ()
        if key_id not in self._grant_stores:
            from backstay.ci.github.cache import CacheStore, rights, speakers

            mode = self._environ.get("ACTIONS_CACHE_MODE", "")
            self._grant_stores[key_id] = CacheStore(
                key_id,
                rights(self.trigger(), self._runtime_token, mode, read_only=read_only),
                self._runtime_token,
                speakers(self._environ, self.mask),
                self._report_cache,
            )
        return (self._grant_stores[key_id],)

    def _report_cache(self, why: str, actionable: bool) -> None:
        """A warning for what people can mend; no step is worse for the rest."""
        text = f"the cache of GitHub Actions is not used for grants: {why}"
        if actionable:
            self.annotate("warning", text)
        else:
            self.debug(text)

    def _merged(self, api: Api, trigger: Trigger) -> int | None:
        return api.merged_pull_request(trigger.sha) if trigger.event == "push" and trigger.sha else None

    def _explain(self, error: ServiceError) -> None:
        """Why there is no comment: as a notice; on a branch, where few expect one, in the log."""
        message = f"no comment was written: {error.text}. The summary of this run has everything."
        if error.status in (403, 404) and "locked" not in error.text:
            message += (
                " To let this job comment, give it `permissions: {contents: read, pull-requests: write}`;"
                " in pull requests of forks and of Dependabot its token can only read."
            )
        if self.trigger().pull_request is None:
            self.log(message)
        else:
            self.annotate("notice", message, title="No comment on the pull request")

    def _payload(self) -> Mapping[str, object]:
        path = self._environ.get("GITHUB_EVENT_PATH")
        if not path:
            return {}
        try:
            return decode(Path(path).read_bytes(), dict[str, object])
        except (OSError, msgspec.MsgspecError) as error:
            raise ConfigError(
                f"cannot read the event of this run from GITHUB_EVENT_PATH: {error}",
                hint="run the step on a GitHub runner, or point GITHUB_EVENT_PATH to the payload's JSON file",
            ) from error

    def _append(self, variable: str, text: str) -> None:
        path = self._environ.get(variable)
        if not path:
            self.debug(f"{variable} is not set; nothing was written to it")
            return
        with open(path, "a", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)


def _token(environ: Mapping[str, str]) -> str:
    """The input wins over the variable that workflows set, that over the job's own token."""
    names = ("INPUT_GITHUB-TOKEN", "GITHUB_TOKEN", "INPUT_FALLBACK-GITHUB-TOKEN")
    return next((token for name in names if (token := environ.get(name, "").strip())), "")


def _cut(markdown: str) -> str:
    """At most the summary's limit, in whole lines, with a word about what is missing."""
    data = markdown.encode("utf-8", "replace")
    if len(data) <= SUMMARY_LIMIT:
        return markdown
    notice = "\n\n*The summary was cut here: it is larger than the runner accepts.*\n"
    kept = data[: SUMMARY_LIMIT - len(notice)].decode("utf-8", "ignore")
    return kept.rpartition("\n")[0] + notice
