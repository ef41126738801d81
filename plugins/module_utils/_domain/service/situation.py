# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which side is in service: from the facts first, from the journals second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..sides import Side
from .gate import GateFacts
from .journal import FENCED, OPENED, Entry, PendingSwitch, last_epoch, last_fence, merged, newest_opened, pending_switch
from .stopped import stopped_by
from .story import DROP, modes_of_decommission, newest_opening
from .word import Word


@dataclass(frozen=True)
class Situation:
    """Both sides' gates and journals. A side that could not be read is missing from ``gates`` and so unknown.

    ``timelines``: those of the sides that were read. ``words``: approvals and postponements on either side.
    """

    gates: Mapping[Side, GateFacts]
    entries: tuple[Entry, ...]
    timelines: Mapping[Side, int | None] = field(default_factory=dict)
    words: tuple[Word, ...] = ()

    @property
    def pending(self) -> PendingSwitch | None:
        """Return the unfinished switch past its point of no return.

        Only if both sides are fenced: an open side is in service, whatever a journal lacks.
        """
        if not all(side in self.gates and self.gates[side].fenced for side in Side):
            return None
        return pending_switch(self.entries)

    @property
    def in_service(self) -> Side | None:
        """Return the side that accepts application writes, ``None`` if unknown or if none does.

        Before setup nothing is fenced, and blue is in service.
        """
        if set(self.gates) != set(Side):
            return self._survivor
        blue, green = self.gates[Side.BLUE].fenced, self.gates[Side.GREEN].fenced
        if blue and green:
            return None
        if not blue and not green:
            return self.opened_alone.target if self.opened_alone else None if self.switched else Side.BLUE
        return Side.GREEN if blue else Side.BLUE

    @property
    def _survivor(self) -> Side | None:
        """Return the only side that is left: its journal says that the other one was dropped, or given up."""
        for side, facts in self.gates.items():
            opening = newest_opening(self.entries, side)
            if opening is None or facts.fenced:
                continue
            if opening.in_emergency or DROP in modes_of_decommission(self.entries, side.other, opening.epoch):
                return side
        return None

    @property
    def opened_alone(self) -> Entry | None:
        """Return the newest opening if it was an emergency's: its journal overrides an open gate."""
        return stopped_by(self.entries)

    @property
    def left_open(self) -> Side | None:
        """Return the side that an emergency left behind and that has returned without a fence."""
        if self.opened_alone is None or self.opened_alone.target is None:
            return None
        left = self.opened_alone.target.other
        return left if left in self.gates and not self.gates[left].fenced else None

    @property
    def switched(self) -> bool:
        """Tell whether any switch ever passed its point of no return."""
        return last_fence(self.entries) is not None or self._fence_that_is_gone is not None

    @property
    def _fence_that_is_gone(self) -> Entry | None:
        """Return the newest opening if the other side's journal was read and has no row of its fence.

        The row commits with the fence: a side without it was restored, or was promoted before it had received either.
        """
        opened = newest_opened(self.entries)
        if opened is None or opened.target is None or not self.gates.get(opened.target.other, GateFacts()).journal:
            return None
        if opened.in_emergency:
            return None
        fenced = any(one.event == FENCED and one.epoch == opened.epoch for one in self.entries)
        return None if fenced else opened

    @property
    def next_epoch(self) -> int:
        """Return the number of the next switch."""
        return last_epoch(self.entries) + 1

    @property
    def story(self) -> list[Entry]:
        """Return both journals as one."""
        return merged(self.entries)

    def contradiction(self) -> str | None:
        """Describe how facts and journals disagree, ``None`` if they agree.

        A side that is open although the journals' newest fence closed it has lost that fence: it is a restored backup,
        or a standby that was promoted before it had received the fence.
        """
        if self.left_open is not None and self.opened_alone is not None:
            what = f"{self.left_open} is back and open, although switch {self.opened_alone.epoch} opened "
            return f"{what}{self.left_open.other} without it: it is not in service, whatever it accepts"
        gone = self._fence_that_is_gone
        if gone is not None and gone.target is not None:
            what = f"{gone.target.other} knows nothing of switch {gone.epoch}, which opened {gone.target}"
            return f"{what}: {self._why_it_lacks(gone)}"
        fence = last_fence(self.entries)
        if fence is None or fence.target is None:
            return None
        old = fence.target.other
        # After cleanup the newest fence may be one that a later switch has opened again; that switch's own fence is
        # gone.
        again = any(one.event == OPENED and one.epoch > fence.epoch and one.target is old for one in self.entries)
        if old in self.gates and not self.gates[old].fenced and not again:
            return f"{old} is open although the journal says it was fenced by switch {fence.epoch}"
        opened = any(entry.event == OPENED and entry.epoch == fence.epoch for entry in self.entries)
        if opened and fence.target in self.gates and self.gates[fence.target].fenced:
            return f"{fence.target} is fenced although the journal says switch {fence.epoch} opened it"
        return None

    def _why_it_lacks(self, opened: Entry) -> str:
        """Return in words why the other side lacks that switch, by the timelines of then and now."""
        then = opened.details.get("other_timeline")
        now = self.timelines.get(opened.target.other) if opened.target else None
        if then is None or now is None:
            return "it was restored, or promoted without the fence"
        if now == then:
            return f"it was restored from before the fence (timeline {now}, as it was then)"
        return f"a standby was promoted without the fence (timeline {now}, it was {then} at the switch)"

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "in_service": str(self.in_service) if self.in_service else None,
            "switched": self.switched,
            "pending_target": str(self.pending.target) if self.pending else None,
            "contradiction": self.contradiction(),
            "gates": {str(side): facts.as_result() for side, facts in sorted(self.gates.items())},
        }
