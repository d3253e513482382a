"""Text to the syntax tree: what is read, what is refused and where, and text that means harm."""

from __future__ import annotations

import pytest

from backstay.errors import HCLError
from backstay.hcl.parse import parse
from backstay.hcl.source import Source
from backstay.hcl.syntax import (
    Binary,
    Body,
    Call,
    Conditional,
    Expression,
    For,
    Literal,
    Object,
    Splat,
    Traversal,
    Tuple,
    Unary,
    Variable,
)
from tests.hcl.support import CORPUS, shape


def tree(text: str) -> Body:
    return parse(Source("test.hcl", text))


def expression(text: str) -> Expression:
    return tree(f"x = {text}\n").attributes["x"].value


def lit(value: str | float | bool | None) -> Literal:
    return Literal(0, value)  # type: ignore[arg-type]


def var(name: str) -> Variable:
    return Variable(0, name)


def binary(operator: str, left: Expression, right: Expression) -> Binary:
    return Binary(0, operator, left, right)


A, B, C = var("a"), var("b"), var("c")

EXPRESSIONS: dict[str, Expression] = {
    "1": lit(1),
    "-1": lit(-1),
    "- 1": lit(-1),
    "1.0": lit(1),
    "2e3": lit(2000),
    "true": lit(True),
    "null": lit(None),
    '"a b"': lit("a b"),
    r'"\"\\\n\u00e9"': lit('"\\\né'),
    "a": A,
    "a-b": var("a-b"),
    "größe": var("größe"),
    "(a)": A,
    "a.b": Traversal(0, A, ("b",)),
    "a.b.c": Traversal(0, A, ("b", "c")),
    'a["b"]': Traversal(0, A, (lit("b"),)),
    "a[b]": Traversal(0, A, (B,)),
    "a.0.b": Traversal(0, A, (lit(0), "b")),
    "a.0.1": Traversal(0, A, (lit(0), lit(1))),
    "a[*].b[0]": Traversal(0, A, (Splat(0, ("b", lit(0))),)),
    "a.*.b[0]": Traversal(0, A, (Splat(0, ("b",)), lit(0))),
    "a[*].b[*].c": Traversal(0, A, (Splat(0, ("b", Splat(0, ("c",)))),)),
    "(a.b)[0]": Traversal(0, Traversal(0, A, ("b",)), (lit(0),)),
    "f()": Call(0, "f", ()),
    "f(1)": Call(0, "f", (lit(1),)),
    "f(1, a,)": Call(0, "f", (lit(1), A)),
    "f(a...)": Call(0, "f", (A,), True),
    "f(a).b": Traversal(0, Call(0, "f", (A,)), ("b",)),
    "!a": Unary(0, "!", A),
    "-a.b": Unary(0, "-", Traversal(0, A, ("b",))),
    "a + b * c": binary("+", A, binary("*", B, C)),
    "a - b - c": binary("-", binary("-", A, B), C),
    "a || b && c": binary("||", A, binary("&&", B, C)),
    "a == b < c": binary("==", A, binary("<", B, C)),
    "a ? b : c": Conditional(0, A, B, C),
    "a ? b : b ? c : c": Conditional(0, A, B, Conditional(0, B, C, C)),
    "[]": Tuple(0, ()),
    "[a, b]": Tuple(0, (A, B)),
    "[a, b.c,]": Tuple(0, (A, Traversal(0, B, ("c",)))),
    '["a", "b, c"]': Tuple(0, (lit("a"), lit("b, c"))),
    "[\n 1, # one\n 2 // two\n]": Tuple(0, (lit(1), lit(2))),
    "{}": Object(0, ()),
    '{ a = 1, "b" : 2 }': Object(0, ((lit("a"), lit(1)), (lit("b"), lit(2)))),
    "{\n a = f\n (b) = 2\n}": Object(0, ((lit("a"), var("f")), (B, lit(2)))),
    "[for v in a : v]": For(0, "", "v", A, None, var("v")),
    "[for k, v in a : v if k]": For(0, "k", "v", A, None, var("v"), var("k")),
    "{for v in a : v => b...}": For(0, "", "v", A, var("v"), B, None, True),
}


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS.items())
def test_expressions(text: str, expected: Expression) -> None:
    assert shape(expression(text)) == shape(expected)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_short_way_to_an_attribute_value_and_the_long_one_give_one_tree(text: str) -> None:
    assert shape(expression(f"{text} /* a comment keeps it from being matched as a whole */")) == shape(
        expression(text)
    )


def test_nodes_know_where_they_begin() -> None:
    body = tree('t "x" {\n  a = [b, f(c.d)]\n}\n')
    block = body.blocks[0]
    value = block.body.attributes["a"].value
    assert isinstance(value, Tuple)
    assert [block.start, block.body.attributes["a"].start, value.start] == [0, 10, 14]
    assert [item.start for item in value.items] == [15, 18]


def test_blocks_have_a_type_labels_attributes_and_blocks() -> None:
    block = tree('table crm "a \\"b\\"" {\n  x = 1\n  y {}\n  y { z = 2 }\n}\n').blocks[0]
    assert (block.type, block.labels) == ("table", ("crm", 'a "b"'))
    assert list(block.body.attributes) == ["x"]
    assert [child.type for child in block.body.blocks] == ["y", "y"]


def test_names_may_be_words_of_the_language() -> None:
    body = tree("for = 1\nin {\n  if = 2\n}\n")
    assert list(body.attributes) == ["for"]
    assert body.blocks[0].type == "in"


@pytest.mark.parametrize("text", ["", "\n", "# c", "// c\n", "/* a\nb */", "\ufeff"])
def test_a_file_may_be_empty(text: str) -> None:
    assert tree(text) == Body({}, ())


def test_a_file_need_not_end_with_a_newline() -> None:
    assert shape(tree("a = 1")) == shape(tree("a = 1\n"))


ERRORS = {
    "a": '1:2: "=" for an attribute, or "{" for a block, is expected here',
    "a =": "1:4: a value is expected here, not the end of the file",
    "a =\n1": "1:4: a value is expected here, not the end of the line",
    "a = 1 2": '1:7: the end of the line is expected here, not "2"',
    "a = 1\nb = 2 c = 3": '2:7: the end of the line is expected here, not "c"',
    "a = 1\na = 2": '2:1: attribute "a" is given twice',
    "b {\n  a = 1\n  a = 2\n}": '3:3: attribute "a" is given twice',
    "= 1": "1:1: the name of an attribute or block is expected here",
    "}": '1:1: "}" closes nothing',
    "b {": '1:1: block "b" is not closed: "}" is missing',
    "b {} c {}": '1:5: a line ends after "}"',
    "b x": '1:4: "{" is expected here',
    'b "${x}" {}': "1:3: a label cannot have a template in it",
    'b "x': "1:3: the string is not closed on its line",
    'a = "x\n"': "1:5: the string is not closed on its line",
    r'a = "\q"': "1:6: this escape sequence does not exist in HCL",
    r'a = "\ud800"': r"1:6: \ud800 is not a character",
    r'a = "\u0000"': r"1:6: \u0000 is not a character",
    "a = 'x'": '1:5: the character "\'" has no meaning here',
    "a = [1": '1:5: the "[" is not closed: "]" is missing',
    "a = [1 2]": '1:8: "]" is expected here, not "2"',
    "a = (1": '1:5: the "(" is not closed: ")" is missing',
    "a = f(1": '1:6: the "(" is not closed: ")" is missing',
    "a = f(b..., c)": '1:11: ")" is expected here, not ","',
    "a = { b = 1": '1:5: the "{" is not closed: "}" is missing',
    "a = { b = 1 c = 2 }": '1:13: "}" is expected here, not "c"',
    "a = { b.c = 1 }": "1:7: a key that is an expression is written in parentheses",
    "a = { b }": "1:7: a key that is an expression is written in parentheses",
    'a = { "b" }': '1:11: "=" after the key is expected here, not "}"',
    "a = b ? c": '1:10: ":" and the value for false is expected here, not the end of the file',
    "a = b.": "1:7: a name is expected here, not the end of the file",
    "a = [for x y]": '1:12: "in" is expected here, not "y"',
    "a = {for x in y : x}": '1:20: "=>" and the value for each key is expected here, not "}"',
    'a = "${x"': '1:9: "}" is expected here, not a string',
    'a = "${x y}"': '1:10: "}" is expected here, not "y"',
    'a = "%{ while x }"': '1:9: if, else, endif, for or endfor is expected here, not "while"',
    'a = "%{ if x }"': "1:6: %{ endif } is missing",
    'a = "%{ for x in y }%{ endif }"': "1:21: %{ endfor } is missing",
    'a = "%{ endif }"': '1:6: "endif" without the directive that it belongs to',
    "a = <<E\nx": "1:5: the heredoc is not closed: a line with only E is missing",
    "/* x": "1:1: the comment is not closed: */ is missing",
    "a = 1 /* x": "1:7: the comment is not closed: */ is missing",
    "a = 1e9999": "1:5: the number has more than 1000 digits",
    "a = 1\0": "1:6: the file has a NUL character",
}


@pytest.mark.parametrize(("text", "message"), ERRORS.items())
def test_mistakes_are_reported_where_they_are(text: str, message: str) -> None:
    with pytest.raises(HCLError) as caught:
        tree(text)
    assert str(caught.value) == f"test.hcl:{message}"


MANY = 10_000
HOSTILE = {
    "brackets": ("x = " + "[" * MANY, "nested more than 64 levels"),
    "parentheses": ("x = " + "(" * MANY, "nested more than 64 levels"),
    "braces": ("x = " + "{" * MANY, "nested more than 64 levels"),
    "objects": ("x = " + "{a=" * MANY, "nested more than 64 levels"),
    "blocks": ("b {\n" * MANY, "blocks nest at most 64 levels deep"),
    "blocks in a line": ("b {" * MANY, "blocks nest at most 64 levels deep"),
    "negations": ("x = " + "!" * MANY, "nested more than 64 levels"),
    "signs": ("x = " + "-" * MANY, "nested more than 64 levels"),
    "calls": ("x = " + "f(" * MANY, "nested more than 64 levels"),
    "indexes": ("x = " + "a[" * MANY, "nested more than 64 levels"),
    "splats": ("x = a" + "[*]" * MANY, "nested more than 64 levels"),
    "attribute splats": ("x = a" + ".*" * MANY, "nested more than 64 levels"),
    "conditions": ("x = " + "a ? " * MANY, "nested more than 64 levels"),
    "else-conditions": ("x = " + "a ? b : " * MANY, "nested more than 64 levels"),
    "interpolations": ("x = " + '"${' * MANY, "nested more than 64 levels"),
    "heredocs": ("x = <<E\n" + "${<<F\n" * MANY + "E\n", "nested more than 64 levels|is not closed"),
    "directives": ('x = "' + "%{if a}" * MANY + '"', "directives nest at most 64 levels deep"),
    "operators": ("x = 1" + "+1" * MANY, "more than 2000 operators"),
    "digits": ("x = " + "1" * MANY, "more than 1000 digits"),
    "exponent": ("x = 1e" + "9" * MANY, "more than 1000 digits"),
    "strings": ('x = "a\n' * MANY, "the string is not closed"),
    "backslashes": ('x = "' + "\\" * MANY, "the string is not closed"),
    "comments": ("/*" + "* " * MANY, "the comment is not closed"),
    "heredoc": ("x = <<E\n" + "E x\n" * MANY, "the heredoc is not closed"),
    "labels": ("b " + '"x" ' * MANY, '"{" is expected here'),
    "closing braces": ("}" * MANY, "closes nothing"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_text_that_means_harm_is_refused(text: str, message: str) -> None:
    with pytest.raises(HCLError, match=message):
        tree(text)


LARGE = {
    "a heredoc": "x = <<E\n" + "a line of text\n" * 70_000 + "E\n",
    "a heredoc of newlines": "x = <<-E\n" + "\n" * 100_000 + "E\n",
    "a string": 'x = "' + "a$%" * 300_000 + '"\n',
    "a name": "a" * 1_000_000 + " = 1\n",
    "blanks": " " * 1_000_000 + "x = 1",
    "a comment": "/*" + "*" * 1_000_000 + "*/",
    "steps": "x = a" + ".b" * 50_000,
    "a list": "x = [" + "1, " * 50_000 + "]\n",
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_large_text_is_read(text: str) -> None:
    assert len(tree(text).attributes) <= 1


def test_a_file_cut_short_anywhere_is_read_or_refused_with_a_place() -> None:
    text = (CORPUS / "templates.hcl").read_text() + (CORPUS / "schema.pg.hcl").read_text()
    lines = [_line_of_mistake(text[:end]) for end in range(len(text))]
    assert all(0 <= line <= text.count("\n", 0, end) + 1 for end, line in enumerate(lines))


def _line_of_mistake(text: str) -> int:
    """The line that is complained about; 0 for none."""
    try:
        tree(text)
    except HCLError as error:
        return error.line
    return 0
