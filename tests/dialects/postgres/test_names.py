"""Parentheses around expressions, and what looks like them."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres.names import encloses


@pytest.mark.parametrize(
    ("text", "enclosed"),
    [
        ("(a)", True),
        ("((a) OR (b))", True),
        ("(a) OR (b)", False),
        ("a", False),
        ("(a = ')')", True),
        ("(a = ')') OR (b)", False),
        ('(")" = "(")', True),
        (r"(a = '\') AND (b = 'x')", False),
        (r"(a = E'\') AND (b = ')", True),
        (r"(a = '\')", True),
    ],
)
def test_one_pair_of_parentheses_encloses_an_expression_or_not(text: str, enclosed: bool) -> None:
    assert encloses(text) == enclosed
