# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of benchmarks, one per module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.benchmark import consistency, cutover, links, preflight, schema
from tests.benchmark.measure import Benchmark, Part

BENCHMARKS: Mapping[str, Benchmark] = {
    "consistency": consistency.PARTS,
    "cutover": cutover.PARTS,
    "links": links.PARTS,
    "preflight": preflight.PARTS,
    "schema": schema.PARTS,
}


def names() -> list[str]:
    """Return the names that may be requested: benchmarks, and `benchmark.part`."""
    return [
        name
        for benchmark, parts in BENCHMARKS.items()
        for name in (benchmark, *(f"{benchmark}.{one}" for one in parts))
    ]


def parts_of(name: str | None) -> Iterator[tuple[str, Part]]:
    """Yield the full name of each part that `name` stands for, and the part; None stands for all."""
    for benchmark, parts in BENCHMARKS.items():
        for one, part in parts.items():
            if name in (None, benchmark, f"{benchmark}.{one}"):
                yield f"{benchmark}.{one}", part
