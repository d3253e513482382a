"""A job of a GitLab pipeline."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Final, TextIO

from msgspec.structs import replace

from backstay.ci.base import Comment, Scrub, Trigger
from backstay.ci.comments import Comments, Writer, of_request
from backstay.ci.gitlab.api import Api, token_name
from backstay.ci.gitlab.event import open_request, trigger
from backstay.ci.outputs import named, speaks_atlas, write_file
from backstay.ci.plain import Plain
from backstay.ci.service import Budget, ServiceError
from backstay.log import Event, Text

DOTENV_BYTES: Final = 5 * 1024
"""Of the file of a dotenv report; GitLab refuses a larger one, and with it the job."""

VALUE_BYTES: Final = 1024
"""Of one value: so that a long one does not take the room of all others."""

DESCRIPTION_SECONDS: Final = 10.0


class Sections(Text):
    """For people who read the log of a job, which GitLab shows as a terminal would, with sections to fold."""

    def __init__(self) -> None:
        self._name = ""

    def line(self, event: Event) -> str:
        """Without what a terminal would obey, and GitLab as well (sections)."""
        return super().line(event).replace("\x1b", "")

    def opened(self, title: str) -> str:
        """A section, as GitLab marks it."""
        self._name = f"backstay_{token_hex(8)}"
        return _mark(f"section_start:{int(time.time())}:{self._name}") + re.sub(r"[\x00-\x1f]", " ", title)

    def closed(self) -> str:
        """Its end."""
        return _mark(f"section_end:{int(time.time())}:{self._name}")


def _mark(mark: str) -> str:
    return f"\x1b[0K{mark}\r\x1b[0K"


class GitLab(Plain):
    """There is no summary: the note on the merge request is what people look at."""

    name = "gitlab"
    text_form = Sections

    def __init__(self, environ: Mapping[str, str], stream: TextIO, stdout: TextIO, scrub: Scrub) -> None:
        super().__init__(environ, stream, stdout, scrub)
        self.workspace = Path(environ.get("CI_PROJECT_DIR") or ".").absolute()
        self._comments = Writer(scrub, self._explain)

    def input(self, name: str) -> str:
        """Without the quotes around it, which templates leave there."""
        text = super().input(name).strip()
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text

    def trigger(self) -> Trigger:
        """From the predefined variables; a description that these cut short is fetched."""
        return self._trigger

    @cached_property
    def _trigger(self) -> Trigger:
        known = trigger(self._environ)
        cut = self._environ.get("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED") == "true"
        if known.pull_request is None or not cut:
            return known
        try:
            body = self._api(Budget(DESCRIPTION_SECONDS)).description(known.pull_request.number)
        except ServiceError as error:
            self.annotate(
                "warning",
                f"only the beginning of the merge request's description is known, directives further down "
                f"are not ({error.text}); {self._token_help()}",
            )
            return known
        return replace(known, pull_request=replace(known.pull_request, body=body))

    def write_outputs(self, outputs: Mapping[str, str], action: str = "") -> None:
        """Add to the file for a dotenv report what it can hold: short values of one line, unquoted."""
        path = self.workspace / self._output_file()
        room = DOTENV_BYTES - (path.stat().st_size if path.is_file() else 0)
        kept, left_out = "", []
        for name, value in named(self._environ, action, outputs).items():
            text = self._scrub(value)
            line = f"{name}={text}\n"
            size = len((kept + line).encode("utf-8", "replace"))
            if len(text.splitlines()) > 1 or len(line) > VALUE_BYTES or size > room:
                left_out.append(name)
            elif text:
                kept += line
        write_file(path, kept)
        if left_out:
            self.log(f"not in {path.name}, which takes only short values of one line: {', '.join(left_out)}")

    def comment(self, comment: Comment) -> str:
        """A note on the merge request; on a branch, on the open one it has, else where that was merged."""
        return self._comments.write(comment, self._find)

    def _find(self, budget: Budget) -> tuple[Comments, int] | None:
        trigger = self.trigger()
        if trigger.pull_request is not None or not self._token():
            return of_request(trigger.pull_request, self._token(), lambda: self._api(budget))
        api = self._api(budget)
        number = open_request(self._environ)
        if not number and trigger.event == "push" and trigger.sha:
            number = api.merged(trigger.sha) or 0
        return (api, number) if number else None

    def _explain(self, error: ServiceError) -> None:
        self.annotate("notice", f"no comment was written: {error.text}; {self._token_help()}")

    def _token(self) -> str:
        return self._environ.get(token_name(self._environ), "").strip()

    def _token_help(self) -> str:
        return (
            f"{token_name(self._environ)} takes an access token of the project with the scope api and "
            "the role Developer; a protected variable is not there on branches that are not"
        )

    def _api(self, budget: Budget) -> Api:
        return Api(self._environ, budget)

    def _output_file(self) -> str:
        default = ".env" if speaks_atlas(self._environ) else "backstay.env"
        return self._environ.get("BACKSTAY_OUTPUT_FILE") or default
