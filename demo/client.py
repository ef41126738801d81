# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own client beside the demo's writers: what both saw at the same moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.gaps import longest_gap

RATE = 200  # writes a second, as often as the demo's own probe


@dataclass(frozen=True)
class Comparison:
    """The longest gap of one switch, in milliseconds, as the collection's client saw it, and as the ledger has it.

    Where a machine is busy, one process had to wait for a processor, and the other one did not notice.
    """

    phase: str
    client: float
    ledger: float


def read_figures(reports: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the phases that a client measured, in order, with its figures, from the exported journals."""
    entries = [
        entry for path in reports.glob("*/journal.json") for entry in json.loads(path.read_text(encoding="utf-8"))
    ]
    told = [entry["details"] for entry in entries if entry["details"].get("client")]
    return [(details["phase"], details["client"]) for details in told]


def compare(figures: Iterable[tuple[str, Mapping[str, Any]]], commits: Sequence[float]) -> list[Comparison]:
    """Hold each figure against the ledger's longest pause at that moment; `commits`: in seconds since 1970."""
    return [Comparison(phase, seen["longest_gap_ms"], _beside(seen, commits)) for phase, seen in figures]


def _beside(seen: Mapping[str, Any], commits: Sequence[float]) -> float:
    began = datetime.fromisoformat(seen["gap_began"]).timestamp()
    return longest_gap(commits, began, began + seen["longest_gap_ms"] / 1000) * 1000
