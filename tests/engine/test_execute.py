"""Running a migration: order, transaction, and how far it came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from backstay.dialects.dialect import Session, Statement
from backstay.engine.execute import Watcher, execute
from backstay.errors import DatabaseError

ONE, TWO, THREE = (Statement(sql=word, comment=word) for word in ("one", "two", "three"))


class Recorder:
    """A session that writes down what it is told, and refuses what it is told to refuse."""

    def __init__(self, refused: str = "") -> None:
        self.log: list[str] = []
        self.refused = refused

    def execute(self, sql: str) -> None:
        self.log.append(sql)
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


def session(refused: str = "") -> tuple[Recorder, Session]:
    recorder = Recorder(refused)
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
    outcome = execute(database, [ONE, TWO, THREE], transactional=False)
    assert recorder.log == ["one", "two"]
    assert [statement for statement, _ in outcome.applied] == [ONE]
    assert not outcome.rolled_back


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
