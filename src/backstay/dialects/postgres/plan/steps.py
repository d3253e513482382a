"""Steps of a plan, and an order in which they work.

A step is a planned statement with what it makes, needs, stops using and removes. From that follow the rules:

1. What a step needs is made before it.
2. What a step removes, others have stopped using before it.
3. What is removed and made again (a name that changes hands) is removed first.

Among the orders that these allow, `rank` chooses: the kind of step first, then the table, so that what
belongs together stands together.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec

from backstay.dialects.dialect import Statement

if TYPE_CHECKING:
    from backstay.dialects.postgres.plan.tables.clause import Clause

Resource = tuple[str, ...]
"""A kind of thing, and its name: `("key", "public", "users", "id")`."""

Rank = tuple[int, int, int, int]

T = TypeVar("T")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One statement and its place among the others.

    `keys` are the constraints and defaults it makes or drops that could be made or dropped apart. `clauses`
    are those of an ALTER TABLE.
    """

    statement: Statement
    rank: Rank
    makes: frozenset[Resource] = frozenset()
    needs: frozenset[Resource] = frozenset()
    leaves: frozenset[Resource] = frozenset()
    removes: frozenset[Resource] = frozenset()
    keys: frozenset[Resource] = frozenset()
    clauses: tuple[Clause, ...] = ()


class Cycle(Exception):
    """There is no order: these steps wait for each other."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__()
        self.steps = tuple(steps)


def ordered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps in an order that works. Raises `Cycle`."""
    after = _edges(steps)
    waiting = [0] * len(steps)
    for targets in after.values():
        for target in targets:
            waiting[target] += 1
    ready = [(step.rank, number) for number, step in enumerate(steps) if not waiting[number]]
    heapq.heapify(ready)
    result: list[Step] = []
    while ready:
        _, number = heapq.heappop(ready)
        result.append(steps[number])
        for target in after[number]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, (steps[target].rank, target))
    if len(result) < len(steps):
        raise Cycle([steps[number] for number in _core(after, waiting)])
    return tuple(result)


def _edges(steps: Sequence[Step]) -> Mapping[int, set[int]]:
    """Step -> the steps that must come after it."""
    makers, leavers, removers = (_by_resource(steps, name) for name in ("makes", "leaves", "removes"))
    after: dict[int, set[int]] = defaultdict(set)

    def connect(first: Iterable[int], then: int) -> None:
        for number in first:
            if number != then:
                after[number].add(then)

    for number, step in enumerate(steps):
        for resource in step.needs:
            connect(makers.get(resource, ()), number)
        for resource in step.removes:
            connect(leavers.get(resource, ()), number)
        for resource in step.makes:
            connect(removers.get(resource, ()), number)
    return after


def _by_resource(steps: Sequence[Step], field: str) -> Mapping[Resource, list[int]]:
    found: dict[Resource, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        for resource in getattr(step, field):
            found[resource].append(number)
    return found


def _core(after: Mapping[int, set[int]], waiting: Sequence[int]) -> Iterator[int]:
    """Of the steps that wait, those on a cycle or between two: nothing hangs off them alone."""
    left = {number for number, count in enumerate(waiting) if count}
    targets = {number: len(after.get(number, set()) & left) for number in left}
    sources: dict[int, list[int]] = defaultdict(list)
    for number in left:
        for target in after.get(number, set()) & left:
            sources[target].append(number)
    ends = [number for number, count in targets.items() if not count]
    while ends:
        end = ends.pop()
        left.discard(end)
        for number in sources[end]:
            targets[number] -= 1
            if not targets[number]:
                ends.append(number)
    yield from sorted(left)


def dependencies_first(nodes: Iterable[T], dependencies: Mapping[T, Sequence[T]]) -> tuple[T, ...]:
    """The nodes, each behind those it depends on, else in the given order; circles are cut anywhere."""
    result: dict[T, None] = {}
    entered: set[T] = set()
    for node in nodes:
        stack = [(node, iter(dependencies.get(node, ())))]
        if node in entered:
            continue
        entered.add(node)
        while stack:
            current, rest = stack[-1]
            following = next((other for other in rest if other not in entered), None)
            if following is None:
                result[current] = None
                stack.pop()
            else:
                entered.add(following)
                stack.append((following, iter(dependencies.get(following, ()))))
    return tuple(result)
