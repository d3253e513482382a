"""What a step tells the GitHub runner, read as strictly as the runner does, and stricter.

Written from GitHub's documentation and not from our own writer, so that the two check each other. Whatever
the runner would ignore, misread or show to the wrong people is a `ProtocolError` here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

COMMANDS = frozenset(
    {"error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "stop-commands"}
)
ANNOTATIONS = frozenset({"error", "warning", "notice"})
COMMAND = re.compile(r"::(?P<name>[A-Za-z-]+)(?: (?P<properties>[^:]*))?::(?P<message>.*)", re.DOTALL)
SUMMARY_BYTES = 1024 * 1024
OUTPUT_BYTES = 1024 * 1024


class ProtocolError(AssertionError):
    """The step said something that the runner would not take as it was meant."""


@dataclass(frozen=True)
class Annotation:
    level: str
    message: str
    title: str = ""
    file: str = ""
    line: int = 0


@dataclass
class Log:
    """A log as the runner understood it.

    `text` is what people see; `suppressed` looked like commands, and stood between stop and resume.
    """

    annotations: list[Annotation] = field(default_factory=list)
    masks: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    debug: list[str] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read_log(raw: str) -> Log:
    """Take a log apart."""
    log, token, group = Log(), "", ""
    for line in re.split(r"\r\n|\r|\n", raw):
        if token:
            if line.strip() == f"::{token}::":
                token = ""
                continue
            if COMMAND.match(line.lstrip()) or "##[" in line:
                log.suppressed.append(line)
        elif line.lstrip().startswith("::"):
            name, properties, message = _command(line)
            if name == "stop-commands":
                token = _token(message)
            elif name == "group":
                if group:
                    raise ProtocolError(f"group {message!r} inside group {group!r}")
                group = message or "untitled"
            elif name == "endgroup":
                group = ""
            _take(log, name, properties, message)
            continue
        elif "##[" in line:
            raise ProtocolError(f"a command of the older form: {line!r}")
        log.lines.append(_masked(line, log.masks))
    if token:
        raise ProtocolError("commands are never resumed")
    if group:
        raise ProtocolError(f"group {group!r} is never closed")
    for level in ANNOTATIONS:
        if sum(a.level == level for a in log.annotations) > 10:
            raise ProtocolError(f"more than 10 annotations of kind {level}: the runner drops the rest")
    return log


def _command(line: str) -> tuple[str, dict[str, str], str]:
    match = COMMAND.fullmatch(line.lstrip())
    if match is None or match["name"] not in COMMANDS:
        raise ProtocolError(f"not a command the runner knows: {line!r}")
    pairs = (pair.partition("=") for pair in (match["properties"] or "").split(",") if pair)
    properties = {name: _unescape(value, in_property=True) for name, _, value in pairs}
    return match["name"], properties, _unescape(match["message"])


def _take(log: Log, name: str, properties: dict[str, str], message: str) -> None:
    if name in ANNOTATIONS:
        if len(message) > 4096:
            raise ProtocolError(f"an annotation's message of {len(message)} characters is cut")
        unknown = properties.keys() - {"title", "file", "line", "endLine", "col", "endColumn"}
        if unknown:
            raise ProtocolError(f"properties the runner ignores: {unknown}")
        title, file = properties.get("title", ""), properties.get("file", "")
        shown = _masked(message, log.masks)
        log.annotations.append(Annotation(name, shown, title, file, int(properties.get("line", "0"))))
    elif name == "add-mask":
        log.masks.extend(part for part in {message, *message.splitlines()} if part)
    elif name == "group":
        log.groups.append(_masked(message, log.masks))
    elif name == "debug":
        log.debug.append(_masked(message, log.masks))


def _token(text: str) -> str:
    if len(text) < 16:
        raise ProtocolError(f"a token that can be guessed: {text!r}")
    return text


def _unescape(text: str, *, in_property: bool = False) -> str:
    if re.search(r"%(?!25|0D|0A|3A|2C)", text):
        raise ProtocolError(f"a percent sign that is not escaped: {text!r}")
    for code, char in (("%0D", "\r"), ("%0A", "\n"), *((("%3A", ":"), ("%2C", ",")) if in_property else ())):
        text = text.replace(code, char)
    return text.replace("%25", "%")


def _masked(text: str, masks: Iterable[str]) -> str:
    for value in sorted(masks, key=len, reverse=True):
        text = text.replace(value, "***")
    return text


def read_file_commands(text: str) -> dict[str, str]:
    """`name=value` lines and `name<<delimiter` blocks, as in `GITHUB_OUTPUT`."""
    if text and not text.endswith("\n"):
        raise ProtocolError("the file does not end in a newline")
    found: dict[str, str] = {}
    lines = iter(text.split("\n")[:-1])
    for line in lines:
        name, separator, rest = re.match(r"([^=<]*)(<<|=)?(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
        if not separator or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
            raise ProtocolError(f"neither name=value nor name<<delimiter: {line!r}")
        found[name] = rest if separator == "=" else _until(rest, lines)
    if sum(len(v.encode("utf-16-le")) for v in found.values()) > OUTPUT_BYTES:
        raise ProtocolError("outputs of more than 1 MiB")
    return found


def _until(delimiter: str, lines: Iterable[str]) -> str:
    if not delimiter:
        raise ProtocolError("an empty delimiter")
    value = []
    for line in lines:
        if line == delimiter:
            return "\n".join(value)
        value.append(line)
    raise ProtocolError(f"delimiter {delimiter!r} is missing at the end")


def read_summary(data: bytes) -> str:
    """The step's summary."""
    if len(data) > SUMMARY_BYTES:
        raise ProtocolError(f"a summary of {len(data)} bytes is dropped")
    return data.decode()
