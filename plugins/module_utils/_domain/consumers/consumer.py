# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A consumer of changes: whoever reads a logical slot that is not ours."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..units import in_bytes


@dataclass(frozen=True)
class Reader:
    """The session that reads the slot now; what our role may not see of it is ``None``."""

    pid: int
    role: str | None
    application: str | None
    address: str | None

    def in_words(self) -> str:
        """Return it for a person."""
        name = self.application or f"process {self.pid}"
        return f"read by {name} as {self.role or 'an unknown role'} from {self.address or 'an unknown address'}"


@dataclass(frozen=True)
class Consumer:
    """A logical slot of somebody else's in the database. ``reader``: ``None`` where nobody reads it now.

    ``behind``: bytes of WAL that its reader has not confirmed, ``None`` for unknown.
    """

    slot: str
    plugin: str
    database: str
    two_phase: bool
    failover: bool
    reader: Reader | None
    behind: int | None

    def in_words(self) -> str:
        """Return it for a person."""
        marks = [name for name, has in (("two_phase", self.two_phase), ("failover", self.failover)) if has]
        reader = self.reader.in_words() if self.reader else "read by nobody now"
        behind = "an unknown amount" if self.behind is None else in_bytes(self.behind)
        return f"{self.slot} ({', '.join([self.plugin, *marks])}), {reader}, {behind} behind"

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return asdict(self)
