"""The log of a GitHub workflow: annotations, folds, and text that the runner takes no command from."""

from __future__ import annotations

from collections import Counter
from typing import Final

from backstay.ci.github.commands import MESSAGE_LIMIT, command, inert, legible
from backstay.log import Event, sentence

ANNOTATION_LIMIT: Final = 10
"""Annotations of one kind that a step shows."""


class Commands:
    """Workflow commands, while the step has room for them; one error is kept for the one that ends it."""

    def __init__(self) -> None:
        self._annotations: Counter[str] = Counter()

    def line(self, event: Event) -> str:
        """Debug messages are the runner's to show or to hide."""
        level, text = event["level"], legible(sentence(event))
        if level == "info":
            return inert(text)
        if level == "debug":
            return command("debug", text)
        if not (event.get("ends") or self._has_room(level)):
            return inert(f"{level}: {text}")
        places = {"title": "title", "file": "file", "line": "line", "col": "column"}
        properties = {name: event[fact] for name, fact in places.items() if event.get(fact)}
        return legible(command(level, text[:MESSAGE_LIMIT], **properties))

    def opened(self, title: str) -> str:
        """The beginning of a fold."""
        return command("group", legible(title))

    def closed(self) -> str:
        """Its end."""
        return command("endgroup")

    def _has_room(self, level: str) -> bool:
        self._annotations[level] += 1
        return self._annotations[level] <= ANNOTATION_LIMIT - (level == "error")
