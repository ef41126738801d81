# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of both sides: against COPY and md5, with one bad row, its memory, its cost to a load, its growth.

15 million narrow rows and 4 million wide ones on each side, divided by `BLUEGREEN_BENCH_DIVISOR` for a quick run: the
limits are meant for the full size, because with fewer rows the module's start is a large part of its time.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from tests.benchmark.consistency_sides import NARROW, WIDE, ComparedSides, compared_sides
from tests.benchmark.measure import Benchmark, Measure, Setting
from tests.live.modules import run_and_measure

_DIVISOR = int(os.environ.get("BLUEGREEN_BENCH_DIVISOR", "1"))
_NARROW_ROWS = 15_000_000 // _DIVISOR
_WIDE_ROWS = 4_000_000 // _DIVISOR
_DIFFERENCES = 100_000
_MEGABYTE = 1 << 20
_MEMORY_TIMEOUT = 600.0
_LOAD_SECONDS = 30
_MOST_REPETITIONS = 3  # of whole tables
_COPY = "COPY {table} TO '/dev/null'"
_MD5 = "SELECT sum(('x' || left(md5(t::text), 16))::bit(64)::int8::numeric) FROM {table} t"


def measure_speed(setting: Setting) -> Iterator[Measure]:
    """The whole comparison of a narrow and a wide table, COPY of both to /dev/null, and an md5 aggregate, by turns."""
    with compared_sides({NARROW: _NARROW_ROWS, WIDE: _WIDE_ROWS}) as sides:
        tables = (NARROW, WIDE)
        contenders: dict[str, Callable[[], object]] = {
            "ours": lambda: sides.compare(tables),
            "copy": lambda: sides.on_both(_COPY, tables),
            "md5": lambda: sides.on_both(_MD5, tables),
            "ours narrow": lambda: sides.compare((NARROW,)),
            "copy narrow": lambda: sides.on_both(_COPY, (NARROW,)),
        }
        seconds = _by_turns(setting, contenders)
    yield Measure("comparison against COPY to /dev/null", seconds["ours"], "s", 2.2 * seconds["copy"], seconds["copy"])
    yield Measure(
        "the same, types of which the hash is exact",
        seconds["ours narrow"],
        "s",
        1.7 * seconds["copy narrow"],
        seconds["copy narrow"],
    )
    yield Measure("md5 aggregate", seconds["md5"], "s", 1.7 * seconds["ours"], seconds["ours"], at_least=True)


def measure_naming(setting: Setting) -> Iterator[Measure]:
    """One bad row in the middle of the wide table, found and named, against a clean pass."""
    with compared_sides({WIDE: _WIDE_ROWS}) as sides:
        seconds: dict[str, list[float]] = {"clean": [], "one bad row": []}
        for _number in _repetitions(setting):
            seconds["clean"].append(_seconds(lambda: sides.compare((WIDE,))))
            with sides.one_bad_row(WIDE, _WIDE_ROWS // 2):
                seconds["one bad row"].append(_seconds(lambda: sides.compare((WIDE,), differences=1)))
            setting.say(f"clean {seconds['clean'][-1]:.2f} s, one bad row {seconds['one bad row'][-1]:.2f} s")
    clean = median(seconds["clean"])
    yield Measure("naming one bad row", median(seconds["one bad row"]), "s", 1.3 * clean, clean)


def measure_memory(setting: Setting) -> Iterator[Measure]:
    """The module's memory while it counts 100,000 differences and describes the first 100."""
    with compared_sides({NARROW: max(2 * _DIFFERENCES, _NARROW_ROWS // 10)}) as sides:
        sides.execute("green", f"DELETE FROM {NARROW} WHERE id <= {_DIFFERENCES}")
        result, peak = run_and_measure("consistency_check", sides.parameters((NARROW,)), timeout=_MEMORY_TIMEOUT)
        [table] = result["tables"]
        setting.say(f"{table['difference_count']} differences")
        assert table["difference_count"] == _DIFFERENCES
    yield Measure("memory of the module with 100,000 differences", peak / _MEGABYTE, "MB", 100)


def measure_load(setting: Setting) -> Iterator[Measure]:
    """pgbench at 200 tps on blue, with comparisons in a loop and without, by turns: the 95th percentile of latency."""
    with compared_sides({NARROW: _NARROW_ROWS, WIDE: _WIDE_ROWS}) as sides:
        sides.prepare_load()
        latencies: dict[bool, list[float]] = {True: [], False: []}
        for number in _repetitions(setting):
            for beside in (number % 2 == 0, number % 2 != 0):
                with _comparing(sides) if beside else _alone():
                    latencies[beside].append(sides.latency_95(_LOAD_SECONDS))
                setting.say(f"{'beside a comparison' if beside else 'alone'}: {latencies[beside][-1]:.2f} ms")
    alone = median(latencies[False])
    yield Measure("95th percentile at 200 tps beside a comparison", median(latencies[True]), "ms", 1.3 * alone, alone)


def measure_growth(setting: Setting) -> Iterator[Measure]:
    """The time at 1, 4 and 16 million rows (divided as the others): what each further row costs."""
    rows = 16_000_000 // _DIVISOR
    taken = {}
    for part in (16, 4, 1):
        with compared_sides({NARROW: rows // part}) as sides:
            seconds = [_seconds(lambda: sides.compare((NARROW,))) for _number in _repetitions(setting)]
        taken[part] = median(seconds)
        setting.say(f"{rows // part} rows: {taken[part]:.2f} s")
    few, many = ((taken[4] - taken[16]) / 3 * 16 / rows, (taken[1] - taken[4]) / 3 * 4 / rows)
    yield Measure(
        "a further row, among 4 to 16 parts of 16 against 1 to 4", many * 1e6, "µs", 1.25 * few * 1e6, few * 1e6
    )


def _by_turns(setting: Setting, contenders: dict[str, Callable[[], object]]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in _repetitions(setting):
        for name, run in contenders.items():
            seconds[name].append(_seconds(run))
        setting.say(f"{number + 1}: " + ", ".join(f"{name} {taken[-1]:.2f} s" for name, taken in seconds.items()))
    return {name: median(taken) for name, taken in seconds.items()}


def _seconds(run: Callable[[], object]) -> float:
    started = time.monotonic()
    run()
    return time.monotonic() - started


def _repetitions(setting: Setting) -> range:
    return range(min(setting.repetitions, _MOST_REPETITIONS))


@contextmanager
def _comparing(sides: ComparedSides) -> Iterator[None]:
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            sides.compare((NARROW, WIDE))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _alone() -> Iterator[None]:
    yield


PARTS: Benchmark = {
    "speed": measure_speed,
    "naming": measure_naming,
    "memory": measure_memory,
    "load": measure_load,
    "growth": measure_growth,
}
