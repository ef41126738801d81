# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switch: what a request for a side in service means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..service.situation import Situation
from ..sides import Side


class Decision(Enum):
    """What a request for a side in service means."""

    ALREADY = "already there"
    SWITCH = "switch"
    FINISH = "finish an interrupted switch"


@dataclass(frozen=True)
class Transaction:
    """A session's open transaction; ``seconds`` is ``None`` where we may not see it."""

    pid: int
    role: str
    application: str
    seconds: float | None


@dataclass(frozen=True)
class AheadOfSlot:
    """Transactions of a whole server that have an id, and prepared ones by name: a new slot there waits for them."""

    transactions: tuple[Transaction, ...] = ()
    prepared: tuple[str, ...] = ()


def decide(situation: Situation, target: Side) -> Decision:
    """Return what the request for ``target`` means. An interrupted switch is always finished first."""
    if situation.pending is not None:
        return Decision.FINISH
    return Decision.ALREADY if situation.in_service is target else Decision.SWITCH
