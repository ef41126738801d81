# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a rehearsal's writer: acknowledged writes, refused ones, and the time between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Ledger:
    """Acknowledged writes to one table, by key; ``unknown``: those whose connection broke before the answer."""

    kept: set[tuple[str, ...]] = field(default_factory=set)
    deleted: set[tuple[str, ...]] = field(default_factory=set)
    unknown: int = 0
    acknowledged: int = 0
    refused: str | None = None

    def missing(self, there: Iterable[tuple[str, ...]]) -> int:
        """Return how many acknowledged rows are missing."""
        return len(self.kept - set(there))

    def returned(self, there: Iterable[tuple[str, ...]]) -> int:
        """Return how many rows exist although their deletion was acknowledged."""
        return len(self.deleted & set(there))


def longest_gaps(moments: Sequence[float], phases: Iterable[Mapping[str, Any]]) -> dict[str, float | None]:
    """Return for each phase the longest time between two successive acknowledged writes, in milliseconds.

    A gap counts for the phase in which it ends. ``None``: fewer than two writes, so unknown.

    :param moments: times of acknowledged writes, seconds, ascending
    :param phases: each with ``name``, ``began`` and ``ended``, in the same seconds
    """
    gaps: dict[str, float | None] = {}
    for phase in phases:
        inside = [
            after - before
            for before, after in zip(moments, moments[1:])
            if float(phase["began"]) < after <= float(phase["ended"])
        ]
        gaps[str(phase["name"])] = round(max(inside) * 1000, 1) if inside else None
    return gaps
