# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bars over time: the phases of a migration, and the steps of a switch against the client's gap. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .charts import WIDE
from .scales import Scale, from_zero, moments_in_words, of_time
from .svg import Drawing, element, text

_TOP, _BOTTOM, _RIGHT, _LABELS = 10.0, 30.0, 92.0, 250.0
_LETTER = 6.6
_THINNEST = 3.0


@dataclass(frozen=True)
class Bar:
    """A row from ``start`` to ``end`` on the axis, with ``value`` beside it; ``kind``: its class in the style."""

    label: str
    start: float
    end: float
    value: str
    kind: str = "done"


@dataclass(frozen=True)
class Bars:
    """Rows above one axis. ``times``: the axis is seconds since 1970, otherwise milliseconds from zero."""

    name: str
    title: str
    rows: Sequence[Bar]
    told: str
    times: bool = False

    def drawing(self, width: float) -> Drawing:
        """Return it so many pixels wide; where there is little room, labels stand above their bars."""
        return _Rows(self, width).drawing()


class _Rows:
    def __init__(self, bars: Bars, width: float) -> None:
        self._bars = bars
        self._width = width
        self._beside = width == WIDE
        self._step = 25.0 if self._beside else 44.0
        self._left = self._room_for_labels() if self._beside else 4.0
        self._bottom = _TOP + self._step * len(bars.rows)
        highest = max(row.end for row in bars.rows)
        if bars.times:
            first = min(row.start for row in bars.rows)
            self._x = Scale(first, highest, self._left, width - _RIGHT)
        else:
            self._levels = from_zero(highest, 6 if self._beside else 3)
            self._x = Scale(0.0, self._levels[-1], self._left, width - _RIGHT)

    def _room_for_labels(self) -> float:
        return min(_LABELS, max(len(row.label) for row in self._bars.rows) * _LETTER + 20)

    def drawing(self) -> Drawing:
        """Return axis and rows."""
        parts = [*(self._moments() if self._bars.times else self._milliseconds())]
        for place, row in enumerate(self._bars.rows):
            parts += self._row(place, row)
        bars = self._bars
        name = f"{bars.name}-{'w' if self._beside else 'n'}"
        return Drawing(name, self._width, self._bottom + _BOTTOM, bars.title, bars.told, "".join(parts))

    def _row(self, place: int, row: Bar) -> Iterator[str]:
        top = _TOP + self._step * place
        y = top + 5 if self._beside else top + 20
        start, end = self._x.at(row.start), self._x.at(row.end)
        letters = int((self._left if self._beside else self._width - _RIGHT) / _LETTER) - 1
        label = row.label if len(row.label) <= letters else f"{row.label[: letters - 1]}…"
        if self._beside:
            yield text(self._left - 10, y + 11, label, class_="label", text_anchor="end")
        else:
            yield text(self._left, top + 15, label, class_="label")
        if end - start < _THINNEST:
            start = min(start, self._width - _RIGHT - _THINNEST)
            end = start + _THINNEST
        yield element("rect", x=start, y=y, width=end - start, height=14, rx=2, class_=f"bar {row.kind}")
        yield text(self._width - 2, y + 11, row.value, class_="value", text_anchor="end")

    def _moments(self) -> Iterator[str]:
        moments = of_time(self._x.low, self._x.high, 6 if self._beside else 3)
        for moment, words in zip(moments, moments_in_words(moments)):
            yield from self._tick(self._x.at(moment), words)

    def _milliseconds(self) -> Iterator[str]:
        for level in self._levels:
            yield from self._tick(self._x.at(level), f"{level:,.10g}")
        yield text(self._width - 2, self._bottom + 20, "ms", class_="unit", text_anchor="end")

    def _tick(self, x: float, words: str) -> Iterator[str]:
        yield element("line", x1=x, x2=x, y1=_TOP, y2=self._bottom + 4, class_="grid")
        half = len(words) * _LETTER / 2
        yield text(max(x, half), self._bottom + 20, words, class_="tick", text_anchor="middle")
