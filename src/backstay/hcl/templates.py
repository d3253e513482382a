"""Quoted strings and heredocs: scanned into flat pieces, then put together to one expression.

Both front ends make the same flat pieces; `assemble` trims, unindents and nests them. As in the
reference implementation of HCL, a heredoc's text comes in lines, and a trim mark (`~`) or the
unindenting of `<<-` looks at one line only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from backstay.hcl.source import Source
from backstay.hcl.syntax import Expression, Literal, Node, Template, TemplateFor, TemplateIf
from backstay.hcl.tokens import HEREDOC_PART, LINE, MAX_DEPTH, NESTED_TOKEN, QUOTED_PART, unescape

if TYPE_CHECKING:
    import re

    from backstay.hcl.expressions import ExpressionParser


class Text(Node, frozen=True):
    """Literal text of a template."""

    text: str


class Insert(Node, frozen=True):
    """`${ value }`, with its trim marks."""

    value: Expression
    trim_before: bool = False
    trim_after: bool = False


class Directive(Node, frozen=True):
    """`%{ keyword … }`, with its trim marks. `value` is the condition of `if`, the collection of `for`."""

    keyword: str
    value: Expression | None = None
    key_name: str = ""
    value_name: str = ""
    trim_before: bool = False
    trim_after: bool = False


Piece: TypeAlias = Text | Insert | Directive


def quoted(parser: ExpressionParser) -> Expression:
    """The template in quotes whose opening quote is the parser's current token."""
    start, outside = parser.start, parser.tokens
    pieces = _pieces(parser, QUOTED_PART, start)
    parser.tokens = outside
    parser.advance()
    return assemble(parser.source, start, pieces)


def heredoc(parser: ExpressionParser) -> Expression:
    """The heredoc whose introducing line is the parser's current token."""
    start, outside, limit = parser.start, parser.tokens, parser.limit
    flush = parser.token.startswith("<<-")
    marker = parser.token.lstrip("<-").strip()
    parser.limit, after = _heredoc_end(parser.text, parser.position, limit, marker)
    if after < 0:
        raise parser.error(f"the heredoc is not closed: a line with only {marker} is missing", start)
    pieces = _pieces(parser, HEREDOC_PART, start)
    parser.tokens, parser.limit, parser.position = outside, limit, after
    parser.advance()
    if flush or any(not isinstance(piece, Text) for piece in pieces):
        pieces = list(_lines(pieces))
    return assemble(parser.source, start, unindented(pieces) if flush else pieces)


def _heredoc_end(text: str, position: int, limit: int, marker: str) -> tuple[int, int]:
    """Where the inside ends (the closing line begins), and where the closing marker ends; or -1."""
    at = text.find(marker, position, limit)
    while at >= 0:
        line = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at, limit)
        end = limit if end < 0 else end
        if text[line:end].strip(" \t") == marker:
            return line, at + len(marker)
        at = text.find(marker, end, limit)
    return -1, -1


def _pieces(parser: ExpressionParser, grammar: re.Pattern[str], opened: int) -> list[Piece]:
    """The flat pieces up to the closing quote or the parser's limit."""
    pieces: list[Piece] = []
    texts: list[str] = []
    begin = parser.position

    def flush() -> None:
        if texts:
            pieces.append(Text(begin, "".join(texts)))
            texts.clear()

    while parser.position < parser.limit and (
        part := grammar.match(parser.text, parser.position, parser.limit)
    ):
        parser.position = part.end()
        kind, text = part.lastgroup, part[0]
        begin = begin if texts else part.start()
        if kind == "close":
            flush()
            return pieces
        if kind == "open":
            flush()
            pieces.append(_marked(parser, part.start(), text))
            continue
        texts.append(_text(parser, kind, text))
    if grammar is QUOTED_PART:
        raise _broken(parser, opened)
    flush()
    return pieces


def _text(parser: ExpressionParser, kind: str | None, part: str) -> str:
    if kind == "text":
        return part
    if kind == "escaped":
        return part[1:]
    try:
        return unescape(part)
    except ValueError as error:
        raise parser.error(str(error), parser.position - len(part)) from None


def _broken(parser: ExpressionParser, opened: int) -> Exception:
    if parser.text.startswith("\\", parser.position) and parser.position + 1 < parser.limit:
        return parser.error("this escape sequence does not exist in HCL", parser.position)
    return parser.error("the string is not closed on its line", opened)


def _marked(parser: ExpressionParser, start: int, opening: str) -> Insert | Directive:
    """An interpolation or directive, whose opening has been read; ends after its closing brace."""
    before = opening.endswith("~")
    parser.tokens = NESTED_TOKEN
    parser.advance()
    if opening.startswith("$"):
        value = parser.expression()
        return Insert(start, value, before, _closing(parser, start))
    keyword = parser.token
    if keyword not in ("if", "else", "endif", "for", "endfor"):
        raise parser.unexpected("if, else, endif, for or endfor")
    parser.advance()
    if keyword == "if":
        value = parser.expression()
        return Directive(start, keyword, value, "", "", before, _closing(parser, start))
    if keyword == "for":
        key_name, value_name, value = parser.for_intro()
        return Directive(start, keyword, value, key_name, value_name, before, _closing(parser, start))
    return Directive(start, keyword, None, "", "", before, _closing(parser, start))


def _closing(parser: ExpressionParser, start: int) -> bool:
    """Whether the closing brace has a trim mark. The parser stays at the brace's end."""
    if parser.kind == "end":
        raise parser.error('the template is not closed: "}" is missing', start)
    if parser.kind not in ("}", "~}"):
        raise parser.unexpected('"}"')
    return parser.kind == "~}"


def _lines(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces with every text cut into its lines."""
    for piece in pieces:
        if isinstance(piece, Text):
            yield from (Text(piece.start + line.start(), line[0]) for line in LINE.finditer(piece.text))
        else:
            yield piece


def unindented(pieces: Iterable[Piece]) -> list[Piece]:
    """Without the indentation that all lines share; blank lines do not count and stay as they are."""
    pieces = trimmed(pieces)
    begins: list[int] = []
    smallest: int | None = None
    at_line = True
    for position, piece in enumerate(pieces):
        blank = isinstance(piece, Text) and piece.text.endswith("\n") and not piece.text.strip()
        if at_line and not blank:
            indent = len(piece.text) - len(piece.text.lstrip()) if isinstance(piece, Text) else 0
            smallest = indent if smallest is None else min(smallest, indent)
            begins.append(position)
        at_line = isinstance(piece, Text) and piece.text.endswith("\n")
    for position in begins:
        piece = pieces[position]
        if isinstance(piece, Text):
            pieces[position] = Text(piece.start, piece.text[smallest:])
    return pieces


def trimmed(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces after trim marks have taken the white space of the text beside them."""
    result: list[Piece] = []
    trim = False
    for piece in pieces:
        if isinstance(piece, Text):
            result.append(Text(piece.start, piece.text.lstrip()) if trim else piece)
            trim = False
            continue
        if piece.trim_before and result and isinstance(text := result[-1], Text):
            result[-1] = Text(text.start, text.text.rstrip())
        result.append(msgspec.structs.replace(piece, trim_before=False, trim_after=False))
        trim = piece.trim_after
    return result


def assemble(source: Source, start: int, pieces: Iterable[Piece]) -> Expression:
    """One expression from flat pieces: a literal where they are all text. Raises `HCLError`."""
    joined = tuple(_joined(trimmed(pieces)))
    if not joined:
        return Literal(start, "")
    if len(joined) == 1 and isinstance(joined[0], Text):
        return Literal(start, joined[0].text)
    parts, stop = _nested(source, iter(joined), 0)
    if stop is not None:
        raise source.error(stop.start, f'"{stop.keyword}" without the directive that it belongs to')
    return Template(start, parts)


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces with adjacent texts made one, and empty ones left out."""
    for is_text, run in groupby(pieces, lambda piece: isinstance(piece, Text)):
        if not is_text:
            yield from run
            continue
        texts = [piece for piece in run if isinstance(piece, Text)]
        if text := "".join(piece.text for piece in texts):
            yield Text(texts[0].start, text)


def _nested(
    source: Source, flat: Iterator[Piece], depth: int
) -> tuple[tuple[Expression, ...], Directive | None]:
    """Parts up to a directive that ends or divides the one around them, which is returned as well."""
    parts: list[Expression] = []
    for piece in flat:
        if isinstance(piece, Text):
            parts.append(Literal(piece.start, piece.text))
        elif isinstance(piece, Insert):
            parts.append(piece.value)
        elif piece.value is None:
            return tuple(parts), piece
        elif depth == MAX_DEPTH:
            raise source.error(piece.start, f"directives nest at most {MAX_DEPTH} levels deep")
        else:
            parts.append(_directive(source, flat, piece, piece.value, depth + 1))
    return tuple(parts), None


def _directive(
    source: Source, flat: Iterator[Piece], opening: Directive, value: Expression, depth: int
) -> TemplateIf | TemplateFor:
    parts, stop = _nested(source, flat, depth)
    otherwise: tuple[Expression, ...] = ()
    if opening.keyword == "if" and stop is not None and stop.keyword == "else":
        otherwise, stop = _nested(source, flat, depth)
    if stop is None or stop.keyword != f"end{opening.keyword}":
        place = opening.start if stop is None else stop.start
        raise source.error(place, f"%{{ end{opening.keyword} }} is missing")
    if opening.keyword == "if":
        return TemplateIf(opening.start, value, parts, otherwise)
    return TemplateFor(opening.start, opening.key_name, opening.value_name, value, parts)
