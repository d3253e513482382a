"""The lexical grammar of HCL as compiled regular expressions (HCL Native Syntax Specification).

Every loop in them is possessive or atomic, so that no text can make them backtrack: scanning is linear.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

IDENTIFIER = r"[^\W\d][\w-]*+"
PLAIN = r'"(?:[^"\\\n$%]|[$%](?!\{))*+"'
"""A string that means what it says: no escape, no template."""

COMMENT = r"/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/"
BLANKS = rf"(?>[ \t]++|(?:\#|//)[^\n]*+|{COMMENT})*+"
GAP = rf"(?>[ \t\n]++|(?:\#|//)[^\n]*+|{COMMENT})*+"

_TOKEN = rf"""
    (?P<string>{PLAIN})
  | (?P<quote>")
  | (?P<heredoc><<-?{IDENTIFIER}[ \t]*+\n)
  | (?P<number>\d++(?:\.\d++)?(?:[eE][+-]?\d++)?)
  | (?P<name>{IDENTIFIER})
  | (?P<newline>\n)
  | (?P<unclosed>/\*)
  | (?P<symbol>&&|\|\||==|!=|<=|>=|=>|\.\.\.|~\}}|[-+*/%<>!?:=.,()\[\]{{}}])
  | (?P<end>\Z)
"""
LINE_TOKEN = re.compile(rf"{BLANKS}(?:{_TOKEN})", re.VERBOSE)
"""The next token where a newline ends the expression."""
NESTED_TOKEN = re.compile(rf"{GAP}(?:{_TOKEN})", re.VERBOSE)
"""The next token between brackets, where newlines are blanks."""

GAP_ONLY = re.compile(GAP)

_WORD = rf"{IDENTIFIER}(?:\.{IDENTIFIER})*+"
_LIST_ITEM = rf"(?:{_WORD}|{PLAIN})"
ITEM = re.compile(
    rf"""{GAP}
    (?: (?P<name>{IDENTIFIER}) [ \t]*+
        (?: =(?!=) [ \t]*+
            (?: (?: (?P<string>{PLAIN})
                  | (?P<word>{_WORD})
                  | (?P<integer>-?\d{{1,15}})
                  | \[(?P<list>{_LIST_ITEM}(?:,[ ]?{_LIST_ITEM})*+)\]
                  | (?P<function>{IDENTIFIER})\((?P<call>\d{{1,15}}(?:,[ ]?\d{{1,15}})*+)\)
                ) [ \t]*+\n
              | (?P<expression>)
            )
          | (?:"(?P<label>[^"\\\n$%]*+)"[ \t]*+)? (?P<open>\{{)
          | (?P<header>)
        )
      | (?P<close>\}}) [ \t]*+ (?:\n | (?=[}}\#/]) | \Z)
      | (?P<end>\Z)
    )?+
    """,
    re.VERBOSE,
)
"""One item of a body. The last group that matched says which; most attribute values match as a whole."""

LIST_ITEM = re.compile(_LIST_ITEM)
INTEGER = re.compile(r"\d++")
LABEL = re.compile(rf'[ \t]*+(?:(?P<string>")|(?P<name>{IDENTIFIER})|(?P<open>\{{))')
LINE_END = re.compile(rf"{BLANKS}(?:\n|(?=\}})|\Z)")

_ESCAPE = r'\\(?:[nrt"\\]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})'
_TEMPLATE = r"(?P<escaped>\$\$\{|%%\{)|(?P<open>[$%]\{~?)"
QUOTED_PART = re.compile(
    rf"""(?P<text>(?:[^"\\\n$%]|\$(?!\$?\{{)|%(?!%?\{{))++)
       | (?P<escape>{_ESCAPE}) | {_TEMPLATE} | (?P<close>")""",
    re.VERBOSE,
)
HEREDOC_PART = re.compile(rf"(?P<text>(?:[^$%]|\$(?!\$?\{{)|%(?!%?\{{))++) | {_TEMPLATE}", re.VERBOSE)
LINE = re.compile(r"[^\n]*+\n|[^\n]++")

KEYWORDS = {"true": True, "false": False, "null": None}
OPERATORS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"))
"""The binary operators, those that bind loosest first."""
PRECEDENCE = {operator: level for level, same in enumerate(OPERATORS, 1) for operator in same}
MAX_DEPTH = 64
"""How deep blocks, and brackets, templates and operators, may nest."""
MAX_OPERATORS = 2_000
"""How many binary operators one expression may have."""
MAX_DIGITS = 1_000
"""How many digits a number may have, its exponent written out."""

_LETTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def unescape(escape: str) -> str:
    """The character that an escape sequence stands for. Raises `ValueError` for what is no character."""
    if len(escape) == 2:
        return _LETTERS[escape[1]]
    code = int(escape[2:], 16)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF or code == 0:
        raise ValueError(f"{escape} is not a character")
    return chr(code)


def number(text: str) -> int | Decimal:
    """The number a literal stands for: `int` where it is whole. Raises `ValueError` beyond `MAX_DIGITS`."""
    if len(text) <= 15 and text.isdigit():
        return int(text)
    too_long = ValueError(f"the number has more than {MAX_DIGITS} digits")
    if len(text) > MAX_DIGITS:
        raise too_long
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise too_long from None
    if abs(value.adjusted()) > MAX_DIGITS:
        raise too_long
    return int(value) if value == value.to_integral_value() else value
