# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versioned migrations that belong to the switch, ready to be run by the process that opens the new side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._domain.schema.version import UP
from ..._domain.service.story import MIGRATIONS
from ..._domain.switch.scripts import SwitchScripts
from ..._postgres.schema.identity import keep_greens
from ..._postgres.session import Session
from ..._postgres.sides import Sides
from ..._postgres.switch.scripts import close_fence, lift_fence, run_scripts
from ..._postgres.users_settings import read_users_settings


@dataclass(frozen=True)
class AtSwitch:
    """Scripts, and what running them needs; ``lock_seconds``: how long to wait for a lock."""

    migration: str
    scripts: SwitchScripts
    settings: Mapping[str, str]
    lock_seconds: float

    @classmethod
    def prepared(cls, sides: Sides, scripts: SwitchScripts, lock_seconds: float) -> AtSwitch:
        """Read what is needed beforehand, while nobody waits."""
        return cls(sides.migration, scripts, read_users_settings(sides.green), lock_seconds)

    @classmethod
    def from_details(cls, sides: Sides, details: Mapping[str, Any], lock_seconds: float) -> AtSwitch | None:
        """Return what has to be run according to the fence's journal row, ``None`` if nothing."""
        scripts = SwitchScripts.from_details(details)
        return None if scripts is None else cls.prepared(sides, scripts, lock_seconds)

    @property
    def of_opening(self) -> bool:
        """Tell whether the scripts run with the opening of green, not with its fence."""
        return self.scripts.direction == UP

    def as_opened(self) -> dict[str, Any]:
        """Return what the journal records about them with the opening."""
        return {MIGRATIONS: [one.version for one in self.scripts.scripts]}

    def run(self, green: Session) -> None:
        """Run them in the open transaction, in which the fence is lifted."""
        self._run(green, self.scripts)

    def run_under_fence(self, green: Session) -> None:
        """Run them in the transaction that fences green, which holds the gate, so nobody sees the fence lifted."""
        lift_fence(green)
        self.run(green)
        close_fence(green)

    def bring_again(self, green: Session) -> None:
        """Apply again, in the open transaction, what a rollback had taken back."""
        self._run(green, self.scripts.brought_again())

    def _run(self, green: Session, scripts: SwitchScripts) -> None:
        run_scripts(green, scripts, self.settings, self.lock_seconds)
        keep_greens(green, self.migration)
