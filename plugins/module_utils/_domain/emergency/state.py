# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of an emergency, and its result. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..route import RouteFacts
from ..service.situation import Situation
from ..sides import Side
from ..switch.last_seen import Loss


@dataclass(frozen=True)
class EmergencyState:
    """What blue knows on its own, the routes, and what may be missing; ``loss`` is ``None`` if blue is already in
    service.

    ``holds``: green answers here, so its writers can be held.
    """

    situation: Situation
    routes: tuple[RouteFacts, ...]
    loss: Loss | None = None
    file: str | None = None
    holds: bool = False
    projected: Side | None = None

    @property
    def in_service(self) -> Side | None:
        """Return the side in service, or the one that would be."""
        return self.projected or self.situation.in_service

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "in_service": str(self.in_service) if self.in_service else None,
            "may_be_missing": self.loss.lines if self.loss else [],
            "not_known": self.loss.not_known if self.loss else [],
            "how_known": list(self.loss.proofs) if self.loss else [],
            "file": self.file,
            "routes": {one.name: str(one.side) if one.side else None for one in self.routes},
        }

    def as_diff(self) -> str:
        """Return one fact per line."""
        return f"in service: {self.in_service}\n"
