# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a route leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .findings import Finding
from .sides import Side


@dataclass(frozen=True)
class RouteFacts:
    """A router's observed state.

    ``side`` is where it leads, ``None`` if unknown; ``held`` tells whether clients are held, ``None`` if unknown;
    ``problems`` are findings (BG6xx) against switching through it. ``follows`` is true if clients find the side in
    service by themselves, so there is nothing to switch.
    """

    name: str
    side: Side | None
    held: bool | None
    problems: tuple[Finding, ...] = ()
    follows: bool = False

    def serves(self, side: Side) -> bool:
        """Tell whether clients already reach ``side`` through it, so that switching would change nothing."""
        return self.follows or (self.side is side and self.held is False)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "name": self.name,
            "side": str(self.side) if self.side else None,
            "held": self.held,
            "follows": self.follows,
            "problems": [problem.as_result() for problem in self.problems],
        }
