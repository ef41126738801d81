# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameters of a switch, and access to everything that it touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ..._domain.findings import Finding
from ..._domain.lanes.link import both_at_once
from ..._domain.preflight.acceptance import Acceptance, accepts, divide
from ..._domain.readers.servers import Standbys
from ..._domain.sides import Direction, Side
from ..._postgres.sides import Sides
from ..._routers.fleet import Fleet
from ..._routers.registry import build_fleet
from ..ports import Ports
from .conditions import Asked
from .migrations import SwitchFiles

_UNDO_RESERVE = 1.0
_UNDO_PART = 0.2
_LAST_LOOK_SECONDS = 30.0
BACKFILL_SECONDS = 10.0  # to ask for rows that no backfill has filled


@dataclass(frozen=True)
class SwitchRequest:
    """Parameters of a switch to ``target``; all limits are seconds.

    ``deadline``: for everything before the point of no return, clients held all that time at most.
    ``hold_limit``: how long to wait for transactions and locks. ``max_lag``: how long a marker may take before the
    switch.
    """

    target: Side
    deadline: float
    hold_limit: float
    max_lag: float
    max_transaction: float
    sequence_headroom: int
    exclude_tables: tuple[str, ...]
    accept_absent_standbys: tuple[str, ...]
    accept_loss_of: tuple[str, ...]
    loss_file: str
    asked: Asked
    files: SwitchFiles
    routes: tuple[Mapping[str, Any], ...]
    standbys: Standbys
    acceptances: tuple[Acceptance, ...]
    ports: Ports

    @classmethod
    def from_parameters(cls, params: Mapping[str, Any], ports: Ports) -> SwitchRequest:
        """Build it from the module's parameters."""
        return cls(
            target=Side(params["target"]),
            deadline=params["deadline"],
            hold_limit=min(params["hold_limit"], params["deadline"]),
            max_lag=params["max_lag_seconds"],
            max_transaction=params["max_transaction_seconds"],
            sequence_headroom=params["sequence_headroom"],
            exclude_tables=tuple(params["exclude_tables"]),
            accept_absent_standbys=tuple(params["accept_absent_standbys"]),
            accept_loss_of=tuple(params["accept_loss_of"]),
            loss_file=params["loss_file"] or "",
            asked=Asked.from_parameters(params),
            files=SwitchFiles.from_parameters(params),
            routes=tuple(params["routes"]),
            standbys=Standbys.from_parameters(params["standbys"]),
            acceptances=tuple(Acceptance.from_parameters(entry) for entry in params["accepted"]),
            ports=ports,
        )

    @property
    def sides(self) -> Sides:
        """Return both sides."""
        return self.ports.sides

    @property
    def migration(self) -> str:
        """Return the migration's name."""
        return self.sides.migration

    @property
    def undo_reserve(self) -> float:
        """Return the seconds at the end of the deadline that are kept for undoing."""
        return min(_UNDO_RESERVE, self.deadline * _UNDO_PART)

    @property
    def last_look_seconds(self) -> float:
        """Return how long go/no-go may take once more, with the locks held."""
        asked = BACKFILL_SECONDS + self.asked.check_seconds + self.files.rehearsal_seconds
        return _LAST_LOOK_SECONDS + self.max_lag + asked

    @property
    def forth(self) -> Direction:
        """Return the direction that brings rows to the target."""
        return Direction.into(self.target)

    @property
    def back(self) -> Direction:
        """Return the direction of the way back."""
        return Direction.into(self.target.other)

    @property
    def both_at_once(self) -> bool:
        """Tell whether both links are live at the same time, so that the switch need not change them."""
        return both_at_once(self.sides.blue.major, self.sides.green.major)

    def not_accepted(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings without what the user has accepted."""
        return tuple(divide(findings, self.acceptances, datetime.now(timezone.utc).date())[0])

    def accepts(self, code: str, name: str) -> bool:
        """Tell whether the user has accepted that object of a finding with that code."""
        return accepts(self.acceptances, code, name, datetime.now(timezone.utc).date())

    def fleet(self) -> Fleet:
        """Return the routes as routers of their own, nothing opened yet."""
        return build_fleet(self.routes, self.ports.run)
