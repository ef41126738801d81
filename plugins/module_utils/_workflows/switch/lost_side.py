# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One side cannot be reached: what the other one still knows, for the status and for refusing a switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._domain.switch.last_seen import LaneSeen
from ..._postgres.service.situation import read_situation_of
from ..._postgres.sides import Sides
from ..._postgres.switch.last_seen import read_lanes_seen
from .out_of_reach import NOT_REACHED


@dataclass(frozen=True)
class LostSide:
    """``lost`` could not be reached because of ``why``; the rest is what the other side knows."""

    lost: Side
    why: str
    situation: Situation
    lanes: tuple[LaneSeen, ...]

    @property
    def lines(self) -> list[str]:
        """Return what the other side has, and what may be missing there."""
        here = self.lost.other
        fenced = here in self.situation.gates and self.situation.gates[here].fenced
        told = [f"{here} answers and {'refuses' if fenced else 'accepts'} application writes"]
        told += [lane.in_words(self.lost) for lane in self.lanes]
        if not self.lanes:
            told.append(f"no link brings rows from {self.lost} to {here}")
        if fenced:
            told.append(f"what {self.lost} committed after that is missing on {here}, and where its sequences stand")
        return told

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        message = str(self.error())
        return {"side": str(self.lost), "why": self.why, "lines": self.lines, "todo": self.todo, "message": message}

    @property
    def todo(self) -> str:
        """Return what to do."""
        serves = self.situation.in_service
        if serves is self.lost.other:
            return f"{str(serves).capitalize()} is in service; bring {self.lost} back, or end the migration"
        if self.lost is Side.GREEN and self.situation.gates[Side.BLUE].fenced:
            return "Bring green back; where that cannot be, rollback with bluegreen_emergency=accept_loss opens blue"
        if self.lost is Side.BLUE:
            return (
                "Bring blue back, or fail over to its standby: the migration goes on there or says that it cannot. "
                "Green is not opened: it lacks what is named above"
            )
        return f"Bring {self.lost} back, then run the same command again"

    def error(self) -> MigrationError:
        """Return it as the error of an operation that needs both sides."""
        what = f"{self.why} From {self.lost.other} alone: {'; '.join(self.lines)}"
        return MigrationError("BG550", what, "Nothing was changed", self.todo, {"lines": self.lines})


def read_lost_side(sides: Sides) -> LostSide | None:
    """Return the one side that cannot be reached, ``None`` when both can.

    :raises DatabaseError: BG003 when neither can, or the other one knows of no migration
    """
    failures = {side: failure for side in Side if (failure := _try(sides, side)) is not None}
    if not failures:
        return None
    lost, failure = next(iter(failures.items()))
    if len(failures) > 1:
        raise failure
    lanes = read_lanes_seen(sides.session(lost.other), sides.migration)
    situation = read_situation_of(sides, [lost.other])
    if not situation.entries and not lanes and not situation.gates[lost.other].installed:
        raise failure
    return LostSide(lost, f"{failure.what}.", situation, tuple(lanes))


def _try(sides: Sides, side: Side) -> DatabaseError | None:
    try:
        sides.session(side)
    except DatabaseError as failure:
        if failure.code != NOT_REACHED:
            raise
        return failure
    return None
