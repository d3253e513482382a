"""Bytes to text, and offsets to lines and columns."""

from __future__ import annotations

import pytest

from backstay.errors import HCLError
from backstay.hcl.source import Source, decode


def test_text_is_utf8() -> None:
    assert decode("größe = 1\n".encode(), "a.hcl") == "größe = 1\n"


@pytest.mark.parametrize(
    ("data", "line", "column", "hint"),
    [
        (b"a = 1\nb = \xff\n", 2, 5, "save the file as UTF-8"),
        (b"\xff\xfea\x00", 1, 1, "this looks like UTF-16: save the file as UTF-8"),
        ("ä".encode()[:1], 1, 1, "save the file as UTF-8"),
    ],
)
def test_bytes_that_are_not_utf8_are_refused_at_the_first_of_them(
    data: bytes, line: int, column: int, hint: str
) -> None:
    with pytest.raises(HCLError, match="is not valid UTF-8") as caught:
        decode(data, "a.hcl")
    assert (caught.value.line, caught.value.column, caught.value.hint) == (line, column, hint)


def test_a_normal_source_has_no_mark_and_plain_line_ends() -> None:
    assert Source("a", "\ufeffa = 1\r\nb = 2\r\n").normal() == Source("a", "a = 1\nb = 2\n")


def test_a_source_that_is_normal_already_is_not_copied() -> None:
    source = Source("a", "a = 1\n")
    assert source.normal() is source


def test_an_error_shows_file_line_column_and_the_line() -> None:
    error = Source("dir/a.hcl", "one\n  two\nthree").error(6, "wrong", "fix it")
    assert str(error) == "dir/a.hcl:2:3: wrong"
    assert (error.source_line, error.hint, error.detail) == ("  two", "fix it", "wrong")


def test_an_error_may_stand_at_the_end_of_the_text() -> None:
    error = Source("a", "x\n").error(2, "wrong")
    assert (error.line, error.column, error.source_line) == (2, 1, "")


def test_a_nul_character_is_refused_where_it_stands() -> None:
    with pytest.raises(HCLError, match=r"^a:1:6: the file has a NUL character$"):
        Source("a", 'a = "\0"').normal()


def test_a_message_is_short_whatever_it_names() -> None:
    error = Source("a", "x" * 10_000).error(0, "unknown " + "x" * 10_000)
    assert len(str(error)) < 600
    assert len(error.source_line) == 500
