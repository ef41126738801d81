# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits that wait until standbys confirm them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import MigrationError
from .sides import Side

NOBODY_CONFIRMS = "BG258"
_NUMBER = re.compile(r"\s*(?:FIRST\s+|ANY\s+)?(\d+)\s*\(", re.IGNORECASE)
_WAITING_LEVELS = ("on", "remote_write", "remote_apply")
_CONFIRMING = ("sync", "quorum")


@dataclass(frozen=True)
class Confirmation:
    """What a COMMIT waits for.

    ``names``: synchronous_standby_names; ``level``: synchronous_commit; ``seen``: sync_state of each standby that
    streams.
    """

    names: str
    level: str
    seen: Sequence[str]

    @property
    def needed(self) -> int:
        """Return how many standbys have to confirm."""
        if not self.names.strip() or self.level not in _WAITING_LEVELS:
            return 0
        number = _NUMBER.match(self.names)
        return int(number[1]) if number else 1

    @property
    def is_missing(self) -> bool:
        """Tell whether a COMMIT would wait until somebody connects a standby."""
        return sum(state in _CONFIRMING for state in self.seen) < self.needed

    @property
    def words(self) -> str:
        """Say what is missing."""
        there = sum(state in _CONFIRMING for state in self.seen)
        return (
            f"Each COMMIT waits for {self.needed} standby(s) of synchronous_standby_names = '{self.names}', and "
            f"{there} of them {'is' if there == 1 else 'are'} connected"
        )

    @property
    def fix(self) -> str:
        """Return the statement that ends the wait."""
        return "Connect the standby, or: ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();"


def nobody_confirms(side: Side, found: Confirmation) -> MigrationError:
    """Return the error for a COMMIT of ours that nobody confirms."""
    return MigrationError(
        NOBODY_CONFIRMS,
        f"{found.words} to {side}",
        f"The COMMIT that waited took effect on {side} itself; later steps were not begun",
        f"On {side}: {found.fix} Then run the same command again",
    )
