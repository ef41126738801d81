# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of both links over some time: do they show a conflict, or rows that come back as an echo? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..capabilities import Capability
from ..sides import Direction, Side

# A different origin is no conflict: after a rollback this side changes rows that the other side wrote last.
_NO_CONFLICT = ("update_origin_differs", "delete_origin_differs")
# The slot also decodes the server's own transactions, such as an ANALYZE, which send nothing.
_NOISE = 20


@dataclass(frozen=True)
class Counters:
    """One direction: apply errors, conflicts by kind (``None`` below 18), transactions that its slots have decoded.

    ``None`` is unknown. With ``origin = none`` transactions from the other link are not decoded.
    """

    errors: int | None
    conflicts: Mapping[str, int] | None
    transactions: int | None

    def conflict_count(self) -> int | None:
        """Return how many conflicts there were, ``None`` if the server does not count them."""
        if self.conflicts is None:
            return None
        return sum(count for kind, count in self.conflicts.items() if kind not in _NO_CONFLICT)


@dataclass(frozen=True)
class Traffic:
    """Both directions before and after; ``own``: our own transactions on each publisher meanwhile."""

    service: Side
    before: Mapping[Direction, Counters]
    after: Mapping[Direction, Counters]
    own: int
    seconds: float

    @property
    def written(self) -> int | None:
        """Return how many transactions of others the side in service has sent."""
        return self._transactions(Direction.into(self.service.other))

    @property
    def come_back(self) -> int | None:
        """Return how many transactions of others the other side has sent, which takes no writes: an echo, or noise."""
        return self._transactions(Direction.into(self.service))

    def reasons(self) -> list[str]:
        """Return in words the signs of a conflict or an echo, and what is unknown; nothing if all is well."""
        found = []
        for direction in sorted(self.after):
            before, after = self.before[direction], self.after[direction]
            errors = _added(before.errors, after.errors)
            if errors is None:
                found.append(f"how often {direction} failed to apply is not known")
            elif errors:
                found.append(f"{direction} failed to apply {errors} times")
            conflicts = _added(before.conflict_count(), after.conflict_count())
            if conflicts:
                found.append(f"{direction} met {conflicts} conflicts")
        written, come_back = self.written, self.come_back
        if written is None or come_back is None:
            found.append("how many transactions the slots have sent is not known")
        elif come_back > max(_NOISE, written // 2):
            found.append(
                f"{come_back} transactions came back from {self.service.other}, {written} were written: an echo"
            )
        return found

    @property
    def line(self) -> str:
        """Return the observation in one sentence."""
        few = "" if self.written else "; nothing was written, so that it proves little"
        counted = all(counters.conflicts is not None for counters in self.after.values())
        seen = "no conflict" if counted else "nothing failed to apply (conflicts are counted from 18 on)"
        return (
            f"{seen} and no echo in {self.seconds:.0f} s: {self.written} transactions of {self.service}, "
            f"{self.come_back} of {self.service.other}{few}"
        )

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "seconds": round(self.seconds, 1),
            "written": self.written,
            "come_back": self.come_back,
            "line": self.line,
        }

    def _transactions(self, direction: Direction) -> int | None:
        sent = _added(self.before[direction].transactions, self.after[direction].transactions)
        return None if sent is None else max(0, sent - self.own)


def _added(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def waiting_for_the_switch(majors: Mapping[Side, int], lanes: int) -> list[str]:
    """Return which parts of the way back cannot be created before the switch, if a side lacks ``ORIGIN``."""
    old = ", ".join(f"{side} is {major}" for side, major in sorted(majors.items()) if not Capability.ORIGIN.of(major))
    first = Capability.ORIGIN.first
    return [
        f"both links never live at once, since {old}: from {first} on a link leaves out what came by the other",
        f"ready: the publication on green and the disabled subscription on blue, {lanes} lanes",
        "inside the switch, with blue fenced: the link to green is stopped, the slot of the way back made on green",
        "right after the opening: the way back is enabled, and blue's slot dropped",
    ]
