# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state that only reports: what an ``_info`` module has read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Report:
    """JSON-ready facts; nothing is changed by reading them."""

    facts: dict[str, Any]

    def as_result(self) -> dict[str, Any]:
        """Return the facts."""
        return self.facts
