# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other conditions of a cutover: comparison, schema, statistics, checks, approvals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..comparison.report import Verdict
from ..findings import BLOCKS, Finding
from ..schema.not_copied import LEFT_BEHIND
from ..sides import Side
from ..users_check import FailedCheck
from ..window import window_of
from .prerequisites import SIGNED

_HOUR = 3600.0
_AT_ONCE_BYTES = 1024 * 1024
# The switch itself reads these, and says more about them.
_READ_ANEW = ("access", "rollback")


@dataclass(frozen=True)
class ConditionFacts:
    """Facts besides links and transactions; every text is a reason not to switch, empty if there is none.

    ``verdict``: ``None`` if no comparison has ended. ``compared_within``: seconds, 0 if none is required. ``tables``:
    those that flow. ``left_behind``: what the copy of the schema did not bring. ``unmet``: lines of the checklist.
    """

    verdict: Verdict | None = None
    compared_within: float = 0.0
    tables: frozenset[str] = frozenset()
    schema_drift: tuple[str, ...] = ()
    without_statistics: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()
    failed_checks: tuple[FailedCheck, ...] = ()
    outside_window: str = ""
    not_approved: str = ""
    postponed: str = ""
    unmet: tuple[str, ...] = ()


def reasons_of_conditions(facts: ConditionFacts, target: Side) -> Iterator[Finding]:
    """Yield a reason for each condition that does not hold."""
    old = target.other
    if facts.schema_drift:
        what = "its schema has changed since the copy, and green lacks the change"
        fix = "Make the same change on green, then run setup again"
        yield _reason("BG518", old, what, fix, facts.schema_drift)
    stale = _not_compared(facts)
    if stale:
        yield _reason("BG523", target, stale, "Run verify; bluegreen_comparison_max_age_hours is the limit")
    if facts.without_statistics:
        what = (
            "tables lack statistics, of their own, of their partitions or children as a whole, or extended ones that "
            f"{old} has: queries may get bad plans"
        )
        yield _reason("BG525", target, what, "Run sync, which analyzes them", facts.without_statistics)
    if facts.left_behind:
        what = "setup could not copy this, and applications may miss it there"
        fix = "Create it there, then run setup again; or accept each by its title"
        yield _reason(LEFT_BEHIND, target, what, fix, facts.left_behind)
    for check in facts.failed_checks:
        yield _reason("BG526", target, f"the check {check.name} failed: {check.problem}", "Look at what it checks")
    if facts.outside_window:
        yield _reason("BG527", old, facts.outside_window, "Wait for it, or change bluegreen_window")
    if facts.not_approved:
        yield _reason("BG528", old, facts.not_approved, "Approve it as docs/operations.md says")
    if facts.postponed:
        yield _reason("BG533", old, f"the switch is postponed by {facts.postponed}", "Lift that")
    for line in facts.unmet:
        yield _reason("BG540", old, line, "Do or confirm that; status shows the whole checklist")


def _reason(code: str, side: Side, what: str, fix: str, objects: tuple[str, ...] = ()) -> Finding:
    return Finding(code, BLOCKS, str(side), what, fix, objects)


def _not_compared(facts: ConditionFacts) -> str:
    if not facts.compared_within:
        return ""
    if facts.verdict is None:
        return "no comparison of both sides has finished"
    if not facts.verdict.clean:
        return "the last comparison did not find both sides equal"
    if facts.verdict.age > facts.compared_within:
        hours, limit = facts.verdict.age / _HOUR, facts.compared_within / _HOUR
        return f"the last comparison began {hours:.1f} hours ago, more than {limit:g}"
    missed = sorted(facts.tables - facts.verdict.tables)
    return f"the last comparison left out {', '.join(missed[:5])}" if missed else ""


def outside_window(window: Mapping[str, str | None], now: float) -> str:
    """Tell why a cutover may not begin ``now`` (seconds since the epoch); nothing if it may or no window is set."""
    asked = window_of(window)
    if asked is None or asked.holds(now):
        return ""
    return f"the window: {asked.fault}" if asked.fault else f"the window is {asked.words}"


def not_approved(asked: Mapping[str, Any], file_says: str | None, row_by: str | None) -> str:
    """Tell that the required approval is missing; any one of the configured ways is enough.

    :param asked: ``word``, ``file``, ``row`` as the user set them; if none is set, no approval is required
    :param file_says: the file's first line, ``None`` if it cannot be read
    :param row_by: who wrote the row after the last switch, ``None`` if nobody did
    """
    ways = {name: value for name, value in asked.items() if value not in (None, False)}
    if not ways:
        return ""
    signed = any(SIGNED.fullmatch(str(text or "").strip()) for text in (ways.get("word"), file_says))
    if signed or row_by is not None:
        return ""
    return f"nobody has approved it (by {' or '.join(sorted(ways))}, signed as name, YYYY-MM-DD)"


def unmet_lines(prerequisites: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the unfulfilled lines of the checklist, without those that the switch reads itself."""
    return tuple(
        f"{one['name']}: {one['detail']}"
        for one in prerequisites
        if one["fulfilled"] is not True
        and one["name"] not in _READ_ANEW
        and not (one["name"] == "window" and one["known_by"] == "bluegreen_window")
    )


def predicted_drain(before: int, after: int, written: int, seconds: float) -> float | None:
    """Return how many seconds the drain would take, from two readings ``seconds`` apart.

    :param before: bytes confirmed by the new side at the first reading; ``after``: at the second
    :param written: bytes written at the second reading
    :returns: ``None``, for unknown, if nothing was confirmed meanwhile although much is missing
    """
    missing = written - after
    if missing <= _AT_ONCE_BYTES:
        return 0.0
    speed = (after - before) / seconds
    return missing / speed if speed > 0 else None
