# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client saw of a switch, in figures: from the probe's record and the rows that lie on both sides. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import groupby
from typing import Any

from ..sides import Side
from .events import Record, Write


@dataclass(frozen=True)
class Rows:
    """The probe's rows on one side: how often each number is there, and where it was written."""

    times: Mapping[int, int] = field(default_factory=dict)
    written_on: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """A time in which all acknowledged writes arrived at one side; seconds of the monotonic clock."""

    side: str
    began: float
    ended: float
    writes: int


@dataclass(frozen=True)
class Figures:
    """What was measured; times in milliseconds.

    ``failed``: attempts that were not committed. ``unknown``: without an answer, where no side could tell. ``settled``:
    without an answer, but committed, as the rows show. ``lost``: acknowledged, and not on the side in service;
    ``doubled``: there more than once; both are ``None`` where that side could not be read.
    """

    writes: int
    acknowledged: int
    failed: int
    unknown: int
    settled: int
    lost: int | None
    doubled: int | None
    errors: Mapping[str, int]
    longest_gap: float
    gap_began: float
    p50: float | None
    p99: float | None
    sides: tuple[Span, ...]


def figures_of(record: Record, there: Mapping[Side, Rows], service: Side | None) -> Figures:
    """Return the figures.

    :param there: the rows of each side that could be read
    :param service: the side in service, ``None`` if that is not clear
    """
    acknowledged = [one for one in record.writes if one.acknowledged]
    failed = [one for one in record.writes if not one.acknowledged and one.certain]
    open_ones = [one for one in record.writes if not one.acknowledged and not one.certain]
    serving = there.get(service) if service is not None else None
    settled = [one for one in open_ones if any(one.number in rows.times for rows in there.values())]
    unseen = len(open_ones) - len(settled)
    known = len(there) == len(Side)
    began, gap = _longest_gap(record, acknowledged)
    took = sorted((one.answered - one.sent) * 1000 for one in acknowledged if one.answered is not None)
    return Figures(
        writes=len(record.writes),
        acknowledged=len(acknowledged),
        failed=len(failed) + (unseen if known else 0),
        unknown=0 if known else unseen,
        settled=len(settled),
        lost=None if serving is None else sum(one.number not in serving.times for one in acknowledged),
        doubled=None if serving is None else sum(times > 1 for times in serving.times.values()),
        errors=dict(sorted(Counter(one.sqlstate for one in record.writes if one.sqlstate is not None).items())),
        longest_gap=gap * 1000,
        gap_began=began,
        p50=_quantile(took, 0.5),
        p99=_quantile(took, 0.99),
        sides=tuple(_spans(acknowledged, there)),
    )


def _longest_gap(record: Record, acknowledged: Sequence[Write]) -> tuple[float, float]:
    """Return when the longest time without an acknowledgement began, and its seconds; the run's ends count as such."""
    moments = sorted(one.answered for one in acknowledged if one.answered is not None)
    edges = [record.header.clock, *moments, max([record.ended, *moments])]
    pauses = [(later - earlier, earlier) for earlier, later in zip(edges, edges[1:])]
    longest, began = max(pauses, key=lambda pause: pause[0])
    return began, longest


def _quantile(ascending: Sequence[float], part: float) -> float | None:
    """Return the smallest value that so many are not above (nearest rank)."""
    return ascending[math.ceil(part * len(ascending)) - 1] if ascending else None


def _spans(acknowledged: Sequence[Write], there: Mapping[Side, Rows]) -> Iterator[Span]:
    written_on = {number: side for rows in there.values() for number, side in rows.written_on.items()}
    told = [
        (one.answered, written_on[one.number])
        for one in acknowledged
        if one.number in written_on and one.answered is not None
    ]
    for side, group in groupby(sorted(told), key=lambda one: one[1]):
        moments = [at for at, _side in group]
        yield Span(side, moments[0], moments[-1], len(moments))


def as_result(record: Record, figures: Figures) -> dict[str, Any]:
    """Return the figures JSON-ready, with the times of day in UTC."""

    def at(moment: float) -> str:
        seconds = record.header.wall + moment - record.header.clock
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    return {
        "run": record.header.run,
        "role": record.header.role,
        "began": at(record.header.clock),
        "ended": at(record.ended),
        "ended_by": record.ended_by,
        "writes": figures.writes,
        "acknowledged": figures.acknowledged,
        "failed": figures.failed,
        "unknown": figures.unknown,
        "settled": figures.settled,
        "lost": figures.lost,
        "doubled": figures.doubled,
        "errors": dict(figures.errors),
        "longest_gap_ms": round(figures.longest_gap, 1),
        "gap_began": at(figures.gap_began),
        "p50_ms": None if figures.p50 is None else round(figures.p50, 2),
        "p99_ms": None if figures.p99 is None else round(figures.p99, 2),
        "sides": [
            {"side": span.side, "began": at(span.began), "ended": at(span.ended), "writes": span.writes}
            for span in figures.sides
        ],
    }
