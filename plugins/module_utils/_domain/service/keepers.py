# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sides keep a migration's journal: green from prepare on, blue from the moment that setup has gated it. Pure."""

from __future__ import annotations

from dataclasses import replace

from ..phase_names import PREPARE
from ..sides import Side
from .journal import PHASE, Entry
from .phases import last_of_phase
from .situation import Situation


def keepers_of(situation: Situation, phase: str) -> list[Side]:
    """Return the sides that get a row of ``phase``.

    Blue may have a journal of earlier migrations: one that has begun with preflight alone leaves it untouched.
    """
    return [
        side
        for side, gate in sorted(situation.gates.items())
        if gate.journal and (side is Side.GREEN or _phases_on(situation, side) or (gate.installed and phase != PREPARE))
    ]


def untold(situation: Situation, side: Side, phase: str) -> list[Entry]:
    """Return the rows that a side does not know: every phase if it knows none, otherwise what a killed run of
    ``phase`` left out."""
    known = {entry.details.get("run") for entry in _phases_on(situation, side)}
    last = last_of_phase(situation.story, phase)
    rows = [last] if known else [entry for entry in situation.story if entry.event == PHASE]
    return [replace(row, side=side) for row in rows if row is not None and row.details.get("run") not in known]


def is_told_in_full(situation: Situation) -> bool:
    """Tell whether both sides were read, and no journal is missing that ought to be there.

    Cleanup drops the journal of the side out of service; before setup blue has none.
    """
    if set(situation.gates) != set(Side):
        return False
    blue, green = situation.gates[Side.BLUE], situation.gates[Side.GREEN]
    return green.journal and (blue.journal or not (blue.installed or situation.switched))


def _phases_on(situation: Situation, side: Side) -> list[Entry]:
    return [entry for entry in situation.entries if entry.side is side and entry.event == PHASE]
