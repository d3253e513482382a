"""How a run of `make chaos` ends: nothing is good that was not met, and nothing is hidden that broke off."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.chaos.outcome import Tried, exit_code, outcome, table

SURVIVED = Tried("503", "push", met=True, seconds=2.0)
NOT_MET = Tried("503", "push, request 8", met=False, seconds=11.5)
LOST = Tried("full disk", "push", met=True, wrong=("target 0 lacks t1",))


@pytest.mark.parametrize(
    ("tried", "code"),
    [([SURVIVED, NOT_MET], 0), ([SURVIVED, LOST], 1), ([LOST], 1), ([NOT_MET], 1), ([], 1)],
)
def test_the_exit_code_is_0_where_faults_were_met_and_nothing_was_lost(
    tried: Sequence[Tried], code: int
) -> None:
    assert exit_code(tried) == code


def test_a_trial_that_breaks_off_is_lost() -> None:
    def trial() -> Tried:
        raise AssertionError("a push failed while all was well")

    (text,) = outcome(trial).wrong
    assert "a push failed while all was well" in text
    assert exit_code([SURVIVED, outcome(trial)]) == 1


def test_the_table_counts_by_what_was_tried() -> None:
    _, first, second = table([SURVIVED, LOST, NOT_MET]).splitlines()
    assert first.split() == ["503", *["2", "1", "2", "0", "longest", "11.5", "s", "of", "at", "most", "15"]]
    assert second.split() == ["full", "disk", "1", "1", "0", "1"]
