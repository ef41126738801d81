# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements of SVG and paths. Every text is escaped where it enters an element. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional

from .html import for_html

Point = tuple[float, Optional[float]]


def number(value: float) -> str:
    """Return a coordinate to a tenth of a pixel, without a needless zero."""
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def element(name: str, content: str = "", **attributes: float | str) -> str:
    """Return an element. ``content`` is elements; attributes are escaped, ``_`` in a name stands for ``-``."""
    words = "".join(f' {key.strip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{words}>{content}</{name}>"


def text(x: float, y: float, words: str, **attributes: float | str) -> str:
    """Return a text that stands at a place."""
    return element("text", for_html(words), x=x, y=y, **attributes)


def _value(value: float | str) -> str:
    return for_html(value) if isinstance(value, str) else number(value)


def path_of(points: Iterable[Point]) -> str:
    """Return the path through points in pixels; where a value is not known, the line is interrupted.

    A single known point between unknown ones is a line of one pixel: none of no length shows where it is dashed.
    """
    parts: list[str] = []
    drawing = False
    points = list(points)
    for place, (x, y) in enumerate(points):
        if y is None:
            drawing = False
            continue
        parts.append(f"{'L' if drawing else 'M'}{number(x)} {number(y)}")
        follows = place + 1 < len(points) and points[place + 1][1] is not None
        if not drawing and not follows:
            parts.append("h1")
        drawing = True
    return "".join(parts)


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """Return at most about ``most`` points with the same outline: of each stretch its lowest, its highest, its gaps.

    What is not known stays unknown: a stretch with a gap keeps one.
    """
    if len(points) <= most:
        return list(points)
    stretch = -(-len(points) * 3 // most)
    kept: list[Point] = []
    for begin in range(0, len(points), stretch):
        kept += _of_stretch(points[begin : begin + stretch])
    return kept


def _of_stretch(points: Sequence[Point]) -> list[Point]:
    numbered = [(value, place) for place, (_at, value) in enumerate(points) if value is not None]
    places = {min(numbered)[1], max(numbered)[1]} if numbered else set()
    gaps = [place for place, (_at, value) in enumerate(points) if value is None]
    return [points[place] for place in sorted(places | set(gaps[:1]))]


@dataclass(frozen=True)
class Drawing:
    """A picture with its text alternative: ``title`` names it, ``told`` says what it shows."""

    name: str
    width: float
    height: float
    title: str
    told: str
    content: str

    def svg(self) -> str:
        """Return the element; its id is unique on the page if ``name`` is."""
        heads = element("title", for_html(self.title), id=f"{self.name}-t") + element(
            "desc", for_html(self.told), id=f"{self.name}-d"
        )
        return element(
            "svg",
            heads + self.content,
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            role="img",
            aria_labelledby=f"{self.name}-t {self.name}-d",
            class_="drawing",
        )
