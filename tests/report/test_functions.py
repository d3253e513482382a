"""The functions that templates have beyond Go's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.dialects.dialect import StatementOptions
from backstay.operations.results import DiffResult, InspectResult
from backstay.report.documents import SchemaDiff, SchemaInspect, schema_diff, schema_inspect
from backstay.report.functions import template_functions
from backstay.report.template import TemplateError, compile_template
from backstay.report.template.builtins import BUILTINS
from tests.report.samples import PLANNED, SQLITE, STATE


@pytest.fixture
def inspected() -> SchemaInspect:
    result = InspectResult(state=STATE, target=SQLITE, url="postgres://u:secret@h/db")
    return schema_inspect(result, hcl=lambda: "HCL", sql=lambda indent="": f"SQL[{indent}]")


@pytest.fixture
def difference() -> SchemaDiff:
    changes = tuple(change for statement in PLANNED for change in statement.changes)
    result = DiffResult(before=STATE, after=STATE, changes=changes, options=StatementOptions())
    return schema_diff(result, sql=lambda indent="": f"DIFF[{indent}]")


def render(text: str, data: object, *, colors: bool = False) -> str:
    return compile_template(text, template_functions(colors=colors)).render(data)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("{{ sql . }}", "SQL[]"),
        ('{{ sql . "  " }}', "SQL[  ]"),
        ('{{ .MarshalSQL "\t" }}', "SQL[\t]"),
        ("{{ hcl . }} {{ .MarshalHCL }}", "HCL HCL"),
        ("{{ .Hash | base64url }}", "R1cGcSfo1oWYK4dz-7WvgCtE_QppFo9lKFEqEDzoS4o"),
        ("{{ .URL }} {{ .RedactedURL }}", "postgres://u:xxxxx@h/db postgres://u:xxxxx@h/db"),
        ("{{ range .Realm.Schemas }}{{ range .Tables }}{{ .Name }},{{ end }}{{ end }}", "pets,users,"),
        ("{{ slice (json .) 0 28 }}", '{"schemas":[{"name":"main","'),
        ("{{ slice (mermaid .) 0 21 }}", "erDiagram\n    pets {\n"),
    ],
)
def test_an_inspection_in_each_of_its_forms(inspected: SchemaInspect, text: str, output: str) -> None:
    assert render(text, inspected) == output


def test_a_difference_in_each_of_its_forms(difference: SchemaDiff) -> None:
    assert render('{{ sql . "  " }}', difference) == "DIFF[  ]"
    assert render("{{ range .Changes }}{{ .Action }} {{ .Kind }} {{ .Name }};{{ end }}", difference) == (
        "add table users;drop table pets;"
    )
    assert render("{{ (index .To.Schemas 0).Name }}", difference) == "main"
    assert render("{{ json . }}", difference) == (
        f'{{"FromHash":"{STATE.hash}","ToHash":"{STATE.hash}","Changes":['
        '{"Action":"add","Kind":"table","Schema":"main","Name":"users"},'
        '{"Action":"drop","Kind":"table","Schema":"main","Name":"pets"}],"SQL":"DIFF[]"}'
    )


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("{{ json . }}", '{"A":[1,2],"B":"\\u003cx\\u003e"}'),
        ('{{ json .A "  " }}', "[\n  1,\n  2\n]"),
        ('{{ json .A "> " " " }}', "[\n>  1,\n>  2\n> ]"),
        ("{{ json .Nope }}", "null"),
        ('{{ json_merge (json .) `{"A":{"z":1,"a":2}}` "{}" }}', '{"A":{"z":1,"a":2},"B":"\\u003cx\\u003e"}'),
        ("{{ upper .B }} {{ add 2 3 }}", "<X> 5"),
        ('{{ indent_ln "a\\nb\\nc" 2 }}', "a\n  b\n  c"),
        ('{{ red "x %d" 5 }}{{ cyan "y" }}', "x 5y"),
    ],
)
def test_functions_on_plain_data(text: str, output: str) -> None:
    assert render(text, {"A": [1, 2], "B": "<x>"}) == output


def test_colours_only_where_they_are_wanted() -> None:
    assert render('{{ green "ok" }}', None, colors=True) == "\x1b[32mok\x1b[0m"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ sql . }}", "sql: sql takes the data of schema inspect or schema diff"),
        ("{{ hcl . }}", "hcl: hcl takes the data of schema inspect"),
        ("{{ upper 3 }}", "upper: a string is needed, not int"),
        ('{{ add 1 "2" }}', "add: a whole number is needed"),
        ('{{ json_merge "[]" }}', "json_merge: an argument is not a JSON object"),
        ('{{ json_merge "{" }}', "json_merge: an argument is not JSON"),
        ('{{ json . "" "" "" }}', "json: json takes a value, a prefix and an indentation"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as error:
        render(text, {})
    assert error.value.message.partition(": ")[2].startswith(message)


@pytest.mark.parametrize("text", ["{{ sql . | split }}", '{{ sql . | split | write "src" }}'])
def test_what_is_not_available_yet_says_so_before_any_work(text: str) -> None:
    with pytest.raises(TemplateError, match="split is not available yet") as error:
        compile_template(text, template_functions())
    assert error.value.hint.startswith("redirect the output")


def test_every_function_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text()
    undocumented = [name for name in {**BUILTINS, **template_functions()} if f"`{name}" not in page]
    assert undocumented == []
