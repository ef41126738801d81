# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versioned migrations that a switch should apply: where they are, and what the user accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._domain.relations import TableName, parse_table_name

LOCK_SECONDS = 0.8  # below deadlock_timeout, so that we give way and not an apply worker
TRIES = 5


@dataclass(frozen=True)
class SwitchFiles:
    """Where they are, and what the user accepts. ``limit``: seconds for all of them within the switch."""

    directory: Path | None
    version: str
    table: TableName
    limit: float
    accepted: frozenset[int]

    @classmethod
    def from_parameters(cls, params: Mapping[str, Any]) -> SwitchFiles:
        """Build it from the module's parameters."""
        return cls(
            Path(params["schema_migrations"]) if params["schema_migrations"] else None,
            params["schema_version"],
            parse_table_name(params["schema_table"]),
            params["at_cutover_limit"],
            frozenset(params["accept_one_way"]),
        )

    @property
    def rehearsal_seconds(self) -> float:
        """Return how long a rehearsal may take."""
        return TRIES * (LOCK_SECONDS + self.limit) if self.directory else 0.0
