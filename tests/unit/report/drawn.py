# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`PYTHONPATH=collections:. python -m tests.unit.report.drawn` draws the samples anew: look at them, then keep them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.bars import Bar, Bars
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.charts import (
    NARROW,
    WIDE,
    Lines,
    Mark,
    Series,
    spark,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.report.scales import (
    unit_of_bytes,
    unit_of_seconds,
)
from tests.unit.report.facts import BEGIN

FOLDER = Path(__file__).with_name("drawings")
_LONG = "a step whose title is far too long for the room that a page of this width has for it, even on a large screen"
_STEPS = Bars(
    "steps",
    "Switch to green",
    [
        Bar("hold the routes", 0.0, 1.2, "1.2 ms"),
        Bar("fence blue & co", 1.2, 4.2, "3.0 ms"),
        Bar(_LONG, 4.2, 16.7, "12.5 ms", "looked"),
        Bar("the client waited", 30.99, 31.0, "31.0 ms", "gap"),
    ],
    "in words",
)
_PHASES = Bars(
    "phases",
    "Phases",
    [
        Bar("prepare", BEGIN, BEGIN + 31, "31 s"),
        Bar("setup", BEGIN + 40, BEGIN + 40.2, "0.2 s", "failed"),
        Bar("sync", BEGIN + 600, BEGIN + 4210, "1 h"),
    ],
    "",
    times=True,
)
_WAL = Lines(
    "wal",
    "Retained WAL",
    [
        Series("forward", [(BEGIN + 60 * step, (step % 7) * 2.0**20) for step in range(60)]),
        Series("reverse", [(BEGIN, None), (BEGIN + 600, 5e6), (BEGIN + 1200, None), (BEGIN + 3540, 1e5)]),
    ],
    unit_of_bytes,
    [Mark(BEGIN + 3530, "cutover"), Mark(BEGIN + 900, "sync"), Mark(BEGIN + 930, "hidden"), Mark(BEGIN - 9, "before")],
    (5.5 * 2**20, "limit"),
    "in words",
)
_LAG = Lines("lag", "A row takes", [Series("one", [(BEGIN, 0.004), (BEGIN + 10, 0.0)])], unit_of_seconds)


def samples() -> Iterator[tuple[str, str]]:
    """Yield each drawing's file and its text, with an element on a line."""
    for sample in (_STEPS, _PHASES, _WAL, _LAG):
        for width in (WIDE, NARROW):
            drawing = sample.drawing(width)
            yield f"{drawing.name}.svg", _in_lines(drawing.svg())
    points = [(BEGIN + step, None if step == 3 else step * step / 1000) for step in range(200)]
    yield "spark.svg", _in_lines(spark("spark", "A row takes", points))
    yield "flat.svg", _in_lines(spark("flat", "A row takes", [(BEGIN, 0.0), (BEGIN + 1, 0.0)]))


def _in_lines(svg: str) -> str:
    return svg.replace("><", ">\n<") + "\n"


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in samples():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
