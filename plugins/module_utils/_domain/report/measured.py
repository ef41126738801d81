# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, as charts and tables: lag, retained WAL, disk, copy, comparison, canaries. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..copy.first_copy import DONE
from .charts import Lines, Mark, Series
from .measurements import CANARY, COMPARISON, COPY, READING
from .scales import Unit, unit_of_bytes, unit_of_seconds
from .svg import Point
from .words import UNKNOWN, amount, clock, count, day_and_time, plural, seconds

_DIRECTIONS = {"forward": "blue to green", "reverse": "green to blue"}
Measurements = Sequence[Mapping[str, Any]]


def of_kind(kept: Measurements, kind: str) -> list[Mapping[str, Any]]:
    """Return the measurements of one kind, oldest first."""
    return [one for one in kept if one["kind"] == kind]


def over_time(kept: Measurements, marks: Iterable[tuple[float, str]]) -> list[Lines]:
    """Return charts of what monitor read; what was never known has none."""
    readings = of_kind(kept, READING)
    happened = [Mark(at, words) for at, words in marks]
    directions = [name for name in _DIRECTIONS if any(name in one["lag"] or name in one["lanes"] for one in readings)]
    lag = [_series(readings, name, lambda one, name=name: one["lag"].get(name)) for name in directions]
    behind = [_series(readings, name, lambda one, name=name: _most(one, name, "lag_bytes")) for name in directions]
    retained = [
        _series(readings, name, lambda one, name=name: _most(one, name, "retained_bytes")) for name in directions
    ]
    disk = [Series("free on blue's disk", [(one["at"], one["free_disk"]) for one in readings])]
    charts = [
        _lines("lag", "How long a row takes to the other side", lag, unit_of_seconds, seconds, happened),
        _lines("behind", "WAL that the other side has not confirmed", behind, unit_of_bytes, amount, happened),
        _lines("retained", "WAL that slots retain", retained, unit_of_bytes, amount, happened),
        _lines("disk", "Free disk where blue keeps its WAL", disk, unit_of_bytes, amount, happened),
    ]
    return [chart for chart in charts if chart is not None]


def _series(readings: Measurements, direction: str, value: Callable[..., float | None]) -> Series:
    return Series(_DIRECTIONS[direction], [(one["at"], value(one)) for one in readings])


def _most(reading: Mapping[str, Any], direction: str, key: str) -> float | None:
    """Return the highest of a direction's lanes; unknown if it is unknown of one."""
    values = [lane[key] for lane in reading["lanes"].get(direction, {}).values()]
    return None if not values or None in values else float(max(values))


def _lines(
    name: str,
    title: str,
    series: Sequence[Series],
    unit_of: Callable[[float], Unit],
    worded: Callable[[float | None], str],
    marks: Sequence[Mark],
) -> Lines | None:
    drawn = [one for one in series if one.known and len(one.points) > 1]
    if not drawn:
        return None
    return Lines(name, title, drawn, unit_of, marks, told=" ".join(_told(one, worded) for one in drawn))


def _told(series: Series, worded: Callable[[float | None], str]) -> str:
    highest = max(series.known)
    at = next(at for at, value in series.points if value == highest)
    unknown = len(series.points) - len(series.known)
    words = f"{series.name}: last {worded(series.points[-1][1])}, at most {worded(highest)} at {clock(at)} UTC"
    return f"{words}, {plural(len(series.points), 'reading')}, {unknown:,} of them not known."


def copied(kept: Measurements) -> dict[str, Any] | None:
    """Return the first copy: how much there is, how fast it went; ``None`` if nothing is kept of it."""
    copies = _up_to_its_end(of_kind(kept, COPY))
    if not copies:
        return None
    last = copies[-1]
    rates: list[Point] = list(_rates(copies))
    lines = _lines(
        "copy",
        "Bytes copied a second",
        [Series("first copy", rates)],
        unit_of_bytes,
        lambda value: f"{amount(value)}/s",
        (),
    )
    return {
        "done": amount(last["bytes_done"]),
        "of": amount(last["bytes"]),
        "tables": count(last["tables"]),
        "rate": UNKNOWN if last["bytes_per_second"] is None else f"{amount(last['bytes_per_second'])}/s",
        "phase": str(last["phase"]),
        "when": day_and_time(last["at"]),
        "drawing": lines,
    }


def _up_to_its_end(copies: Measurements) -> list[Mapping[str, Any]]:
    """Return the measurements up to the first one that found the newest attempt done: later ones find that again."""
    newest = [one for one in copies if one["attempt"] == copies[-1]["attempt"]]
    end = next((place for place, one in enumerate(newest) if one["phase"] == DONE), len(newest))
    return newest[: end + 1]


def _rates(copies: Measurements) -> Iterator[Point]:
    """Yield how much came between one measurement and the next; what a new attempt took away is not known."""
    for before, now in zip(copies, copies[1:]):
        passed, more = now["at"] - before["at"], now["bytes_done"] - before["bytes_done"]
        if passed > 0:
            yield now["at"], None if more < 0 else more / passed


def compared(kept: Measurements) -> dict[str, Any] | None:
    """Return the newest comparison, ``None`` if none is kept."""
    comparisons = of_kind(kept, COMPARISON)
    if not comparisons:
        return None
    newest = comparisons[-1]
    return {
        "when": day_and_time(newest["at"]),
        "mode": str(newest["mode"]),
        "reference": str(newest["reference"]),
        "tables": [_table(table) for table in newest["tables"]],
    }


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    different, rows, size = table["difference_count"], table["rows"] or {}, table["bytes"] or {}
    if table["agrees"] is True:
        state, words = "good", "equal"
    elif different:
        state, words = "bad", plural(different, "difference")
    else:
        state, words = "care", f"undecided: {table['reason'] or 'no reason is kept'}"
    return {
        "name": str(table["table"]),
        "state": state,
        "words": words,
        "blue": count(rows.get("blue")),
        "green": count(rows.get("green")),
        "size": amount(size.get("blue")),
    }


def canaries(kept: Measurements) -> list[dict[str, str]]:
    """Return every canary that was sent, by direction."""
    return [
        {
            "when": day_and_time(one["at"]),
            "direction": _DIRECTIONS.get(direction, direction),
            "sent": count(canary.get("sent")),
            "last": _in_ms(canary["milliseconds"]),
            "slowest": _in_ms(canary.get("slowest")),
            "traffic": (one["traffic"] or {}).get("line") or "",
        }
        for one in of_kind(kept, CANARY)
        for direction, canary in one["canaries"].items()
    ]


def _in_ms(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.1f} ms"
