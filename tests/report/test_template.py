"""Go templates: what they print is what Go prints; what is wrong is said with line and column."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstay.errors import ConfigError
from backstay.report.documents import schema_apply
from backstay.report.template import Template, TemplateError, compile_template, runtime
from tests.report.samples import FAILED

_FILE = tomllib.loads((Path(__file__).parent / "cases" / "templates.toml").read_text())
DATA = json.loads(_FILE["data"])


def render(text: str, data: object = DATA) -> str:
    return compile_template(text).render(data)


@pytest.mark.parametrize("case", _FILE["case"], ids=lambda case: case["template"])
def test_prints_what_go_prints(case: dict[str, str]) -> None:
    assert render(case["template"]) == case["output"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{{ "s" "x" }}', "1:4: arguments are given to something that is not a function"),
        ("{{ 1 | 2 }}", "1:8: this part of the pipeline is not a function"),
        ("{{ foo }}", '1:4: function "foo" is not defined'),
        ("{{ $x }}", '1:4: undefined variable "$x"'),
        ("{{if .S}}", "1:3: if is not closed: {{end}} is missing"),
        ("{{if .S}}x{{else}}y", "1:20: if is not closed"),
        ("{{end}}", "1:3: unexpected {{end}}"),
        ("{{else}}", "1:3: unexpected {{else}}"),
        ("{{if .S}}{{else}}{{else}}{{end}}", "1:20: a second else"),
        ("a\nb {{ .S", "2:3: the action is not closed: }} is missing"),
        ('a\n\n  {{ "abc }}', "3:6: the quoted text is not closed"),
        ("{{ 3x }}", '1:4: "3x" is not a number, name or field'),
        ("{{ | . }}", '1:4: unexpected "|" in the action'),
        ("{{ . | }}", "1:8: a value is missing in the action"),
        ("{{ (.S }}", "1:4: the parenthesis is not closed"),
        ("{{ .S) }}", '1:6: unexpected ")" in the action'),
        ("{{break}}", "1:3: break outside of range"),
        ("{{range .L}}{{else}}{{break}}{{end}}", "1:23: break in the else of a range"),
        (
            "{{range .L}}{{range .Q}}{{else}}{{if .}}{{continue}}{{end}}{{end}}{{end}}",
            "1:43: continue in the else of a range",
        ),
        ("{{/* x */ y */}}", "1:1: the comment is not closed, or not alone in its braces"),
        ("{{ $x = 1 }}", '1:4: undefined variable "$x"'),
        ("{{if $x := 1}}{{end}}{{$x}}", '1:24: undefined variable "$x"'),
        ("{{ range $x := .L }}{{ end }}{{ $x }}", '1:33: undefined variable "$x"'),
        ("{{range $i, $j, $k := .L}}{{end}}", "1:23: too many variables"),
        ("{{/* x }}", "1:1: the comment is not closed, or not alone in its braces"),
        ("{{ @ }}", "1:4: unexpected character '@'"),
        ('{{ "\\q" }}', r"1:4: unknown escape sequence \q"),
        ("{{ printf }}", "1:4: wrong number of arguments for printf: 0"),
        ("{{ eq 1 }}", "1:4: wrong number of arguments for eq: 1"),
        ("{{ and }}", "1:4: and needs an argument"),
        ("{{if}}{{end}}", "1:5: a value is missing in if"),
        ("{{ .S.}}", '1:6: unexpected "." in the action'),
        ("{{}}", "1:3: a value is missing in the action"),
        ("{{ true.X }}", '1:4: "true" has no fields'),
        ("{{ nil }}", "1:4: nil is not a command"),
        ("{{ 1i }}", '1:4: "1i" is not a number, name or field'),
        ("{{ 99999999999999999999 }}", "1:4: 99999999999999999999 does not fit into 64 bits"),
        ("{{ ($x := 1) }}", "1:5: a variable cannot be set within parentheses"),
        ('{{ block "a" . }}{{ end }}', "1:4: block is not supported"),
        ('{{ template "x" }}', "1:4: template is not supported"),
        ('{{ define "x" }}{{ end }}', "1:4: define is not supported"),
        ("{{if .S}}" * 17 + "{{end}}" * 17, "more than 16 blocks within each other"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "more than 20 pipelines within each other"),
        ("{{ 1" + " | print" * 3000 + " }}", "more than 20 commands in a pipeline"),
        ("{{if .E}}" + "{{else if .E}}" * 3000 + "{{end}}", "more than 30 cases in one if"),
    ],
)
def test_a_mistake_in_the_text_is_found_before_any_work(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        compile_template(text)
    assert error.value.message.startswith("template:")
    assert error.value.message.endswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ .S.X }}", "there is no field X in a value of type string"),
        ("{{ .P.X }}", "there is no .X, because what should have it is nil"),
        ("{{ .O.A.B.C }}", "there is no field C in a value of type string"),
        ('{{ .S "x" }}', "S is not a method and takes no arguments"),
        ("{{ index .L 9 }}", "index: index out of range: 9"),
        ('{{ index .S "a" }}', "index: an index has to be a number, not string"),
        ('{{ lt 1 "a" }}', "lt: int and string cannot be compared"),
        ("{{ eq 1 1.0 }}", "eq: int and float64 cannot be compared"),
        ("{{ eq .L .L }}", "eq: values of type []interface {} cannot be compared"),
        ("{{ gt nil 1 }}", "gt: <nil> and int have no order"),
        ("{{ len 3 }}", "len: a value of type int has no length"),
        ("{{ slice .S 2 1 }}", "slice: index out of range: 2"),
        ("{{ printf 3 }}", "printf: a format has to be a string, not int"),
        ('{{ printf "%99999d" 3 }}', "printf: a width or precision has to be a number up to 10000"),
        ("{{range .S}}{{end}}", "cannot range over a value of type string"),
    ],
)
def test_what_does_not_fit_the_data_is_named(text: str, message: str) -> None:
    template = compile_template(text)
    with pytest.raises(TemplateError) as error:
        template.render(DATA)
    assert error.value.message.partition(": ")[2] == message


def test_documents_are_read_by_the_names_of_their_json() -> None:
    document = schema_apply(FAILED)
    text = "{{ .Driver }} {{ .URL.Host }} {{ .URL }} {{ .Plan.File.FromDesc }} {{ .End.Sub .Start }}"
    assert render(text, document) == "sqlite3 app.db sqlite://app.db file://old.sql 100ms"
    assert render("{{ if and .Applied .Applied.Error }}{{ .Applied.Error.Text }}{{ end }}", document) == (
        "table `users` already exists"
    )
    assert render("{{ with .Dir }}{{ . }}{{ else }}none{{ end }}", document) == "none"


@pytest.mark.parametrize("name", ["__class__", "url", "json_value", "Nope"])
def test_nothing_of_a_document_but_its_fields_can_be_reached(name: str) -> None:
    with pytest.raises(TemplateError, match=f"there is no field {name} in a value of type SchemaApply"):
        render(f"{{{{ .{name} }}}}", schema_apply(FAILED))


@pytest.mark.parametrize(
    "text",
    [
        "{{ .S.__class__ }}",
        "{{ .L.append }}",
        "{{ $x := .S }}{{ $x.__class__.__mro__ }}",
        '{{ (printf "x").format }}',
        "{{ .M.keys.x }}",
    ],
)
def test_nothing_of_python_can_be_reached(text: str) -> None:
    with pytest.raises(TemplateError):
        render(text)


def test_text_is_never_taken_for_jinja() -> None:
    assert render("{% set x = 1 %}{# c #}{{ .S }}%}") == "{% set x = 1 %}{# c #}hi%}"
    assert render("{{ `{{ 7 * 7 }}{% raw %}` }}") == "{{ 7 * 7 }}{% raw %}"


def test_a_template_that_runs_on_and_on_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "MAX_STEPS", 1000)
    with pytest.raises(TemplateError, match="too many steps"):
        render("{{ range 100000000 }}{{ range 100000000 }}{{ end }}{{ end }}")


def test_a_text_that_doubles_and_doubles_is_stopped() -> None:
    with pytest.raises(TemplateError, match="print makes a text of more than 32 MiB"):
        render('{{ $x := "a" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}')


def test_output_without_end_is_stopped() -> None:
    with pytest.raises(TemplateError, match="the output is larger than 32 MiB"):
        render('{{ $x := printf "%10000s" "a" }}{{ range 10000 }}{{ $x }}{{ end }}')


def test_a_template_can_be_rendered_again() -> None:
    template = compile_template("{{ $n := .N }}{{ $n = add1 $n }}{{ $n }}", {"add1": lambda n: n + 1})
    assert isinstance(template, Template)
    assert [template.render({"N": n}) for n in (1, 2)] == ["2", "3"]


_PUNCTUATION = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    ".",
    ":=",
    "=",
    "|",
    "(",
    ")",
    ",",
    '"',
    "`",
    "'",
    "/*",
    "*/",
    "\n",
]
_WORDS = [
    ".L",
    "$",
    "$x",
    "1",
    "é",
    "if",
    "else",
    "end",
    "range",
    "with",
    "break",
    "printf",
    "len",
    "and",
    "nil",
]
_PIECES = st.sampled_from(_PUNCTUATION + _WORDS)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=25).map("".join))
def test_whatever_the_text_it_renders_or_is_refused(text: str) -> None:
    try:
        output = render(text)
    except TemplateError:
        return
    assert isinstance(output, str)
