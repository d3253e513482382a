"""Source text: from bytes to text, and from an offset in it to an error that shows the place.

Syntax trees carry offsets only; line and column are worked out when an error is made.
"""

from __future__ import annotations

from typing import TypeVar, overload

import msgspec

from backstay.errors import HCLError

Error = TypeVar("Error", bound=HCLError)

MAX_MESSAGE = 500
"""Characters of a message and of the line it shows: a name can be as long as the file."""
BOM = "\ufeff"
TABLE_OF_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class Source(msgspec.Struct, frozen=True):
    """One HCL file: the name that errors show, and its text."""

    name: str
    text: str

    def normal(self) -> Source:
        """The same source without byte order mark and with line ends as `\\n`.

        Offsets of syntax trees count in this form. Raises `HCLError` for a NUL character, which no
        database can store and no editor shows.
        """
        text = self.text.removeprefix(BOM)
        if "\r\n" in text:
            text = text.replace("\r\n", "\n")
        source = self if text is self.text else Source(self.name, text)
        if (offset := text.find("\0")) >= 0:
            raise source.error(offset, "the file has a NUL character")
        return source

    @overload
    def error(self, offset: int, message: str, hint: str = "") -> HCLError: ...

    @overload
    def error(self, offset: int, message: str, hint: str = "", *, kind: type[Error]) -> Error: ...

    def error(
        self, offset: int, message: str, hint: str = "", *, kind: type[HCLError] = HCLError
    ) -> HCLError:
        """An error that points at the character at this offset (the end of the text included)."""
        if len(message) > MAX_MESSAGE:
            message = f"{message[:MAX_MESSAGE]}…"
        begin = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", begin)
        return kind(
            message,
            filename=self.name,
            line=self.text.count("\n", 0, begin) + 1,
            column=offset - begin + 1,
            source_line=self.text[begin : end if end >= 0 else None][:MAX_MESSAGE],
            hint=hint,
        )


def decode(data: bytes, name: str) -> str:
    """The text of a file's bytes. Raises `HCLError` at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        marks = (encoding for mark, encoding in TABLE_OF_MARKS if data.startswith(mark))
        looks = next(marks, "")
        hint = f"this looks like {looks}: save the file as UTF-8" if looks else "save the file as UTF-8"
        before = Source(name, data[: error.start].decode("utf-8"))
        message = f"the byte 0x{data[error.start]:02x} is not valid UTF-8"
        raise before.error(len(before.text), message, hint) from None
