"""Runs compiled regular expressions in time linear in the text, whatever the pattern.

A Pike machine (https://swtch.com/~rsc/regexp/regexp2.html): all threads move through the text together,
in order of preference, and two threads at one instruction are one. The result is that of a
backtracking engine (leftmost, first alternative preferred), without its exponential cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.functions.pattern import Assert, Class, Match, Position, Program, Save, Split

MAX_STEPS = 2_000_000

Slots: TypeAlias = tuple[int, ...]
"""Start and end of the match and of each group, -1 where a group took no part."""


class Machine:
    """One program on one text. Raises `FunctionError` when it takes more than `MAX_STEPS`."""

    def __init__(self, program: Program, text: str) -> None:
        self.code = program.code
        self.groups = len(program.names)
        self.text = text
        self.steps = 0
        self.known: dict[tuple[int, str], bool] = {}

    def search(self, start: int = 0) -> Slots | None:
        """The leftmost match at or after `start`."""
        found: Slots | None = None
        threads: dict[int, Slots] = {}
        empty: Slots = (-1,) * (2 * self.groups + 2)
        for at in range(start, len(self.text) + 1):
            if found is None:
                self._follow(threads, 0, empty, at)
            elif not threads:
                break
            moved: dict[int, Slots] = {}
            for pc, slots in threads.items():
                if isinstance(self.code[pc], Match):
                    found = slots
                    break
                if at < len(self.text) and self._accepts(pc, self.text[at]):
                    self._follow(moved, pc + 1, slots, at + 1)
            threads = moved
        return found

    def all(self) -> Iterator[Slots]:
        """Every match from left to right; an empty one directly after another match does not count."""
        at, last_end = 0, -1
        while at <= len(self.text) and (found := self.search(at)):
            start, end = found[:2]
            if end > start or start != last_end:
                yield found
            at = end if end > at else at + 1
            last_end = end

    def _follow(self, threads: dict[int, Slots], pc: int, slots: Slots, at: int) -> None:
        """Add the threads that `pc` leads to without reading a character, the preferred ones first."""
        pending = [(pc, slots)]
        seen: set[int] = set()
        while pending:
            pc, slots = pending.pop()
            if pc in threads or pc in seen:
                continue
            seen.add(pc)
            self._count()
            instruction = self.code[pc]
            match instruction:
                case Split():
                    pending += [(pc + target, slots) for target in reversed(instruction.targets)]
                case Save():
                    slot = instruction.slot
                    pending.append((pc + 1, (*slots[:slot], at, *slots[slot + 1 :])))
                case Assert():
                    if self._holds(instruction.position, at):
                        pending.append((pc + 1, slots))
                case _:
                    threads[pc] = slots

    def _count(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise FunctionError(
                f"matching takes more than {MAX_STEPS} steps: the text is too long for the pattern"
            )

    def _accepts(self, pc: int, character: str) -> bool:
        answer = self.known.get((pc, character))
        if answer is None:
            instruction = self.code[pc]
            answer = isinstance(instruction, Class) and instruction.matches(character)
            self.known[pc, character] = answer
        return answer

    def _holds(self, position: Position, at: int) -> bool:
        before, after = self.text[at - 1 : at] if at else "", self.text[at : at + 1]
        match position:
            case "text start":
                return at == 0
            case "text end":
                return not after
            case "line start":
                return before in ("", "\n")
            case "line end":
                return after in ("", "\n")
            case "boundary":
                return _is_word(before) != _is_word(after)
            case "no boundary":
                return _is_word(before) == _is_word(after)


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")
