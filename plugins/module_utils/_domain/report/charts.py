# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines over time: axes, units, gaps where nothing is known, marks for what happened. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .scales import Scale, Unit, from_zero, moments_in_words, of_time
from .svg import Drawing, Point, element, path_of, text, thinned

WIDE, NARROW = 800.0, 350.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 14.0, 46.0, 26.0
_LETTER = 6.2  # pixels of a letter at the size of an axis, about
_POINTS = 400


@dataclass(frozen=True)
class Series:
    """One line. A point is seconds since 1970 and a value, ``None`` where it was not known."""

    name: str
    points: Sequence[Point]

    @property
    def known(self) -> list[float]:
        """Return the values that are known."""
        return [value for _at, value in self.points if value is not None]


@dataclass(frozen=True)
class Mark:
    """Something that happened at a moment."""

    moment: float
    words: str


@dataclass(frozen=True)
class Lines:
    """What a chart shows. ``limit``: a value that is watched; ``unit`` by the highest value; ``told``: in words."""

    name: str
    title: str
    series: Sequence[Series]
    unit_of: Callable[[float], Unit]
    marks: Sequence[Mark] = ()
    limit: tuple[float, str] | None = None
    told: str = ""

    def drawing(self, width: float) -> Drawing:
        """Return it so many pixels wide."""
        return _Chart(self, width).drawing()


class _Chart:
    def __init__(self, lines: Lines, width: float) -> None:
        self._lines = lines
        self._width = width
        self._height = 220.0 if width == WIDE else 200.0
        values = [value for series in lines.series for value in series.known]
        highest = max([*values, lines.limit[0] if lines.limit else 0.0])
        self._unit = lines.unit_of(highest)
        self._levels = from_zero(highest * self._unit.factor, 4, self._unit.whole)
        moments = [at for series in lines.series for at, _value in series.points]
        self._moments = (min(moments), max(moments))
        self._x = Scale(*self._moments, _LEFT, width - _RIGHT)
        self._y = Scale(0.0, self._levels[-1], self._height - _BOTTOM, _TOP)

    def drawing(self) -> Drawing:
        """Return axes first, so that lines lie above them."""
        parts = [*self._levels_drawn(), *self._moments_drawn(), *self._marks(), *self._limit()]
        parts += [*self._paths(), *self._legend()]
        lines = self._lines
        name = f"{lines.name}-{'w' if self._width == WIDE else 'n'}"
        return Drawing(name, self._width, self._height, lines.title, lines.told, "".join(parts))

    def _levels_drawn(self) -> Iterator[str]:
        yield text(_LEFT - 8, 14, self._unit.name, class_="unit", text_anchor="end")
        for level in self._levels:
            y = self._y.at(level)
            yield element("line", x1=_LEFT, x2=self._width - _RIGHT, y1=y, y2=y, class_="grid" if level else "axis")
            yield text(_LEFT - 8, y + 4, f"{level:,.10g}", class_="tick", text_anchor="end")

    def _moments_drawn(self) -> Iterator[str]:
        moments = of_time(*self._moments, 8 if self._width == WIDE else 4)
        for moment, words in zip(moments, moments_in_words(moments)):
            x, half = self._x.at(moment), len(words) * _LETTER / 2
            y = self._height - _BOTTOM
            yield element("line", x1=x, x2=x, y1=y, y2=y + 4, class_="axis")
            yield text(
                min(max(x, _LEFT + half - 8), self._width - half), y + 18, words, class_="tick", text_anchor="middle"
            )

    def _marks(self) -> Iterator[str]:
        free = _LEFT
        for mark in sorted(self._lines.marks, key=lambda one: one.moment):
            if not self._moments[0] <= mark.moment <= self._moments[1]:
                continue
            x = self._x.at(mark.moment)
            yield element("line", x1=x, x2=x, y1=_TOP - 16, y2=self._height - _BOTTOM, class_="mark")
            length = len(mark.words) * _LETTER
            begin = min(x + 4, self._width - length)
            if begin >= free:
                yield text(begin, _TOP - 6, mark.words, class_="marked")
                free = begin + length + 8

    def _limit(self) -> Iterator[str]:
        if self._lines.limit is not None:
            value, words = self._lines.limit
            y = self._y.at(value * self._unit.factor)
            yield element("line", x1=_LEFT, x2=self._width - _RIGHT, y1=y, y2=y, class_="limit")
            yield text(self._width - _RIGHT, y - 5, words, class_="marked", text_anchor="end")

    def _paths(self) -> Iterator[str]:
        for place, series in enumerate(self._lines.series):
            points = thinned(series.points, _POINTS)
            drawn = [
                (self._x.at(at), None if value is None else self._y.at(value * self._unit.factor))
                for at, value in points
            ]
            yield element("path", d=path_of(drawn), class_=f"line s{place + 1}")

    def _legend(self) -> Iterator[str]:
        x = _LEFT
        for place, series in enumerate(self._lines.series):
            yield element("line", x1=x, x2=x + 20, y1=10, y2=10, class_=f"line s{place + 1}")
            yield text(x + 26, 14, series.name, class_="key")
            x += 26 + len(series.name) * (_LETTER + 0.6) + 18


def spark(name: str, title: str, points: Sequence[Point]) -> str:
    """Return a small line without axes, whose title says what it shows."""
    known = [value for _at, value in points if value is not None]
    if len(known) < 2:
        return ""
    width, height = 120.0, 28.0
    x = Scale(points[0][0], points[-1][0], 2.0, width - 2)
    y = Scale(0.0, max(known) or 1.0, height - 3, 3.0)
    drawn = [(x.at(at), None if value is None else y.at(value)) for at, value in thinned(points, 120)]
    return Drawing(name, width, height, title, "", element("path", d=path_of(drawn), class_="line s1")).svg()
