"""Running a migration: order, transaction, and how far it came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from msgspec.structs import replace

from backstay.dialects.dialect import Session, Statement
from backstay.engine.execute import Execution, Mode, Watcher, execute
from backstay.errors import CancelledError, DatabaseError, LockError

ONE, TWO, THREE = (Statement(sql=word, comment=word) for word in ("one", "two", "three"))
BUILD = Statement(sql="build", comment="build", transactional=False, repair="clear away")
VALIDATE = Statement(sql="validate", comment="validate", apart=True)


class Recorder:
    """A session that writes down what it is told, and refuses what it is told to refuse."""

    def __init__(self, refused: str = "", busy: int = 0) -> None:
        self.log: list[str] = []
        self.refused = refused
        self.interrupted = ""
        self.busy = busy

    def execute(self, sql: str) -> None:
        self.log.append(sql)
        if sql == self.interrupted:
            raise KeyboardInterrupt
        if sql == self.refused and self.busy:
            self.busy -= 1
            if not self.busy:
                self.refused = ""
            raise LockError(f"{sql}: busy")
        if sql == self.refused:
            raise DatabaseError(f"{sql}: no")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.log.append("begin")
        try:
            yield
        except BaseException:
            self.log.append("rollback")
            raise
        self.log.append("commit")
        if self.refused == "commit":
            raise DatabaseError("commit: no")


def session(refused: str = "", busy: int = 0) -> tuple[Recorder, Session]:
    recorder = Recorder(refused, busy)
    return recorder, cast(Session, recorder)


def test_statements_run_in_order_in_one_transaction() -> None:
    recorder, database = session()
    outcome = execute(database, [ONE, TWO])
    assert recorder.log == ["begin", "one", "two", "commit"]
    assert [statement for statement, _ in outcome.applied] == [ONE, TWO]
    assert outcome.error is None


def test_a_failure_rolls_back_and_names_the_statement() -> None:
    recorder, database = session("two")
    outcome = execute(database, [ONE, TWO, THREE])
    assert recorder.log == ["begin", "one", "two", "rollback"]
    assert (outcome.failed, outcome.rolled_back) == (TWO, True)
    assert outcome.error is not None
    assert outcome.error.message == "two: no"


def test_without_a_transaction_what_went_through_stays() -> None:
    recorder, database = session("two")
    outcome = execute(database, [ONE, TWO, THREE], mode="none")
    assert recorder.log == ["one", "two"]
    assert [statement for statement, _ in outcome.applied] == [ONE]
    assert not outcome.rolled_back


@pytest.mark.parametrize(
    ("mode", "sent", "stays"),
    [
        ("file", ["begin", "one", "two", "rollback"], []),
        ("none", ["one", "two"], [ONE]),
    ],
)
def test_a_signal_ends_it_and_how_far_it_came_is_told(
    mode: Mode, sent: list[str], stays: list[Statement]
) -> None:
    recorder, database = session()
    recorder.interrupted = "two"
    heard: list[Execution] = []
    with pytest.raises(KeyboardInterrupt):
        execute(database, [ONE, TWO, THREE], mode=mode, watcher=Watcher(interrupted=heard.append))
    (outcome,) = heard
    assert recorder.log == sent
    assert (outcome.failed, outcome.rolled_back) == (TWO, not stays)
    assert [s for s, _ in outcome.applied if not outcome.rolled_back] == stays
    assert isinstance(outcome.error, CancelledError)


def test_a_signal_during_a_pause_ends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupt)
    heard: list[Execution] = []
    with pytest.raises(KeyboardInterrupt):
        execute(session("two", busy=1)[1], [ONE, TWO], pauses=[1], watcher=Watcher(interrupted=heard.append))
    assert [outcome.rolled_back for outcome in heard] == [True]


def test_a_refused_commit_is_a_failure_without_a_statement() -> None:
    _, database = session("commit")
    outcome = execute(database, [ONE])
    assert outcome.error is not None
    assert outcome.failed is None


def test_the_watcher_hears_of_every_step() -> None:
    heard: list[str] = []
    watcher = Watcher(
        executing=lambda statement: heard.append(f"> {statement.comment}"),
        executed=lambda statement, seconds: heard.append(f"ok {statement.comment}"),
        failed=lambda statement, message: heard.append(message),
    )
    execute(session("two")[1], [ONE, TWO], watcher=watcher)
    assert heard == ["> one", "ok one", "> two", "two: no"]


@pytest.mark.parametrize(
    ("mode", "log"),
    [
        ("file", "begin one commit build begin two commit validate begin three commit"),
        ("all", "begin one commit build begin two validate three commit"),
        ("none", "one build two validate three"),
    ],
)
def test_what_can_be_is_kept_together_in_transactions(mode: Mode, log: str) -> None:
    recorder, database = session()
    outcome = execute(database, [ONE, BUILD, TWO, VALIDATE, THREE], mode=mode)
    assert " ".join(recorder.log) == log
    assert len(outcome.applied) == 5


@pytest.mark.parametrize("mode", ["file", "none"])
def test_rows_that_are_on_their_way_arrive_in_the_same_transaction(mode: Mode) -> None:
    recorder, database = session()
    execute(
        database, [BUILD, replace(ONE, atomic=True), VALIDATE, replace(TWO, atomic=True), BUILD], mode=mode
    )
    assert " ".join(recorder.log) == "build begin one validate two commit build"


def test_a_later_group_that_fails_leaves_the_earlier_ones() -> None:
    recorder, database = session("three")
    outcome = execute(database, [ONE, BUILD, TWO, THREE])
    assert recorder.log[-4:] == ["begin", "two", "three", "rollback"]
    assert [statement for statement, _ in outcome.applied] == [ONE, BUILD]
    assert (outcome.failed, outcome.rolled_back) == (THREE, False)


def test_what_a_failed_statement_leaves_is_cleared_away() -> None:
    recorder, database = session("build")
    assert execute(database, [BUILD, ONE]).error is not None
    assert recorder.log == ["build", "clear away"]


def test_a_busy_table_is_tried_again_with_its_whole_group() -> None:
    recorder, database = session("two", busy=2)
    notices: list[str] = []
    failures: list[str] = []
    watcher = Watcher(notice=notices.append, failed=lambda statement, message: failures.append(message))
    outcome = execute(database, [ONE, TWO], watcher=watcher, pauses=(0, 0, 0))
    assert recorder.log == ["begin", "one", "two", "rollback"] * 2 + ["begin", "one", "two", "commit"]
    assert [statement for statement, _ in outcome.applied] == [ONE, TWO]
    assert (len(notices), failures) == (2, [])


def test_a_table_that_stays_busy_is_given_up() -> None:
    recorder, database = session("two", busy=9)
    outcome = execute(database, [ONE, TWO], pauses=(0, 0))
    assert recorder.log.count("begin") == 3
    assert isinstance(outcome.error, LockError)
    assert (outcome.failed, outcome.rolled_back) == (TWO, True)
