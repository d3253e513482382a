"""Asking at once, and waiting no longer than agreed. What hangs here waits for an event, not for a clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from backstay.errors import NetworkError, NotFoundError
from backstay.registry.parallel import ask


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """An event that is set when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def raise_not_found() -> str:
    raise NotFoundError("gone")


def test_answers_come_in_the_order_of_the_questions() -> None:
    second_done = threading.Event()

    def first() -> str:
        second_done.wait()
        return "first"

    def second() -> str:
        second_done.set()
        return "second"

    assert ask([first, second], seconds=10) == ["first", "second"]


def test_an_error_is_an_answer() -> None:
    answer, error = ask([lambda: "yes", raise_not_found], seconds=10)
    assert answer == "yes"
    assert isinstance(error, NotFoundError)


def test_who_is_late_is_a_network_error(never: threading.Event) -> None:
    answer, late = ask([lambda: True, never.wait], seconds=0.05)
    assert answer is True
    assert isinstance(late, NetworkError)


def test_after_the_first_answer_the_others_have_only_the_grace(never: threading.Event) -> None:
    answer, late = ask([lambda: True, never.wait], seconds=3600, grace=0.01)
    assert answer is True
    assert isinstance(late, NetworkError)


def test_an_answer_of_another_does_not_start_the_grace() -> None:
    others_answered = threading.Event()

    def primary() -> str:
        others_answered.wait()
        return "primary"

    def backup() -> str:
        others_answered.set()
        return "backup"

    assert ask([primary, backup], seconds=10, grace=0) == ["primary", "backup"]


def test_a_bug_is_raised_not_answered() -> None:
    def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask([broken], seconds=10)


def test_nothing_asked_nothing_answered() -> None:
    assert ask([], seconds=10) == []


def test_a_thread_that_hangs_does_not_hold_up_the_end_of_the_process(never: threading.Event) -> None:
    others = set(threading.enumerate())
    ask([never.wait], seconds=0)
    hanging = set(threading.enumerate()) - others
    assert hanging
    assert all(thread.daemon for thread in hanging)
