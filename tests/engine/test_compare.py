"""What is said about the difference of two states."""

from __future__ import annotations

import pytest

from backstay.dialects.postgres import POSTGRES
from backstay.engine.compare import compare, describe
from backstay.schema.changes import Change
from backstay.schema.model import Column, NotNull, Realm, Schema, Table
from backstay.schema.state import State


def added(count: int) -> list[Change]:
    return [Change(action="add", kind="table", schema="public", name=f"t{n}") for n in range(count)]


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, ""), (1, "add table public.t0"), (2, "add table public.t0; add table public.t1")],
)
def test_changes_are_told_in_one_line(count: int, text: str) -> None:
    assert describe(added(count)) == text


def test_of_many_changes_the_first_are_named() -> None:
    told = describe(added(900)).split("; ")
    assert (len(told), told[-1]) == (11, "and 890 more")


def state(version: str, name: str) -> State:
    column = Column(name="a", type="integer", not_null=NotNull(name=name))
    realm = Realm(schemas=(Schema(name="public", tables=(Table(name="t", columns=(column,)),)),))
    return State(hash="", dialect="postgres", server_version=version, scoped=False, realm=realm)


@pytest.mark.parametrize(
    ("before", "after", "differ"),
    [
        (("18.0", ""), ("18.1", "n"), True),
        (("16.4", ""), ("18.1", "n"), False),
        (("18.1", "n"), ("16.4", ""), False),
    ],
)
def test_names_that_a_server_cannot_have_are_no_difference(
    before: tuple[str, str], after: tuple[str, str], differ: bool
) -> None:
    assert bool(compare(POSTGRES, state(*before), state(*after))) == differ


def test_a_plan_is_measured_by_what_its_target_can_have() -> None:
    """On a dev database of a newer version, the plan for an older one does not make such names."""
    made, desired = state("18.1", ""), state("18.1", "n")
    assert compare(POSTGRES, made, desired)
    assert not compare(POSTGRES, made, desired, versions=("16.4",))
