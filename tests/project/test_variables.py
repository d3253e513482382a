"""`--var` on the command line."""

from __future__ import annotations

import pytest

from backstay.errors import ConfigError
from backstay.hcl.values import Value
from backstay.project.variables import inputs_of, parse_vars

CASES: list[tuple[list[str], dict[str, Value]]] = [
    ([], {}),
    (["a=1"], {"a": "1"}),
    (["a=1,b=2"], {"a": "1", "b": "2"}),
    (["a=1", "a=2", "a=3"], {"a": ("1", "2", "3")}),
    (["a=1,a=2"], {"a": ("1", "2")}),
    (['"a=1,2"'], {"a": "1,2"}),
    (['"a={""k"":""v""}"'], {"a": '{"k":"v"}'}),
    (["a="], {"a": ""}),
    (["url=postgres://h/d?x=y"], {"url": "postgres://h/d?x=y"}),
    (['"a=two\nlines"'], {"a": "two\nlines"}),
    ([""], {}),
]


@pytest.mark.parametrize(("tokens", "expected"), CASES)
def test_inputs(tokens: list[str], expected: dict[str, Value]) -> None:
    assert inputs_of(parse_vars(tokens)) == expected


@pytest.mark.parametrize("token", ["nope", "a=1,nope", "=x"])
def test_a_part_without_a_name_and_value_is_quoted(token: str) -> None:
    with pytest.raises(ConfigError, match=f'name=value, not "{token.rpartition(",")[2]}"'):
        parse_vars([token])


def test_lines_need_quotes() -> None:
    with pytest.raises(ConfigError, match="several lines"):
        parse_vars(["a=two\nlines"])
