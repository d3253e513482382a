"""What came of what was tried: the table, and the exit code."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence

import msgspec

from tests.chaos.harms import FAULTS
from tests.chaos.trials import BUDGET_SECONDS, LENIENCE


class Tried(msgspec.Struct, frozen=True):
    """One thing that was tried. `group` is its row in the table; `met` says whether the fault happened.

    `seconds` is how much longer it took than where all is well, if that was measured.
    """

    group: str
    name: str
    met: bool
    wrong: Sequence[str] = ()
    seconds: float | None = None


Trial = Callable[[], Tried]


def outcome(trial: Trial) -> Tried:
    """Of one trial. One that breaks off has not survived, whosever mistake it is; the others go on."""
    try:
        return trial()
    except Exception:
        return Tried("broken off", "", met=False, wrong=(traceback.format_exc(),))


def exit_code(tried: Sequence[Tried]) -> int:
    """0 where nothing was lost, and where that means something: some fault was met."""
    return 0 if any(each.met for each in tried) and not any(each.wrong for each in tried) else 1


def table(tried: Sequence[Tried]) -> str:
    """What was tried, met, survived and lost; and the longest time, where one is measured."""
    lines = [f"{'what':32} {'tried':>6} {'met':>6} {'survived':>9} {'lost':>6}"]
    for group in sorted({each.group for each in tried}, key=_order):
        of = [each for each in tried if each.group == group]
        lost = sum(bool(each.wrong) for each in of)
        met = sum(each.met for each in of)
        line = f"{group:32} {len(of):6} {met:6} {len(of) - lost:9} {lost:6}"
        if measured := [each.seconds for each in of if each.seconds is not None]:
            line += f"   longest {max(measured):.1f} s of at most {BUDGET_SECONDS * LENIENCE:.0f}"
        lines.append(line)
    return "\n".join(lines)


def _order(group: str) -> tuple[bool, int, str]:
    names = [fault.name for fault in FAULTS]
    return group not in names, names.index(group) if group in names else 0, group
