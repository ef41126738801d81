# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which primary a subscription reads from, and whether it may go on reading after a failover of its publisher. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .positions import FIRST_TIMELINE, lsn_number

NOT_READ_HERE = "BG019"
_SLOT_GONE, _GAP, NOT_KNOWN = "BG016", "BG017", "BG018"
UNPROVEN = 0


@dataclass(frozen=True)
class Source:
    """What a subscription was made to read. It is kept as the subscription's comment, and goes with it.

    ``system``, ``timeline``: the publisher's; a standby that is promoted begins another timeline. ``address``: stands
    for the connection string without its secrets. ``received_on``: the subscriber's timeline from which on everything
    has arrived, ``UNPROVEN`` if that is not known.
    """

    system: str
    timeline: int
    address: str
    received_on: int = field(default=UNPROVEN, compare=False)

    def as_comment(self) -> str:
        """Return it as text that :meth:`from_comment` understands."""
        return json.dumps(asdict(self))

    @classmethod
    def from_comment(cls, text: str | None) -> Source | None:
        """Return what was kept, ``None`` where nothing was: an older release kept nothing."""
        try:
            kept = json.loads(text or "")
            return cls(str(kept["system"]), int(kept["timeline"]), str(kept["address"]), int(kept["received_on"]))
        except (ValueError, TypeError, KeyError):
            return None


@dataclass(frozen=True)
class Lane:
    """What matters of a lane here: its slot's ``position`` on the present primary, ``None`` without a usable slot;
    ``reader``: somebody reads from it; ``copying``: tables whose first copy has not ended."""

    name: str
    position: str | None
    reader: bool
    copying: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hazard:
    """Why a lane may not go on: ``code``, and what is the matter, in words."""

    code: str
    words: str


@dataclass(frozen=True)
class Crossing:
    """A subscription that was made to read from somewhere else than the publisher's present primary, at ``place``.

    ``ends``: where each timeline ended from which the present one comes. ``applied``: the publisher's position up to
    which the subscriber has applied everything, ``None`` if our role may not read it. ``receiver``: the subscriber's
    timeline.
    """

    before: Source | None
    now: Source
    place: str
    ends: Mapping[int, str]
    applied: str | None
    receiver: int

    def after(self, lane: Lane, *, nothing_missing: bool) -> Source:
        """Return what to keep when the lane reads on from here.

        :param nothing_missing: the publisher takes no writes, so that nothing can be missing
        """
        if nothing_missing or self.before is None:
            return replace(self.now, received_on=self.receiver)
        followed = self.failed_over and lane.reader
        return replace(self.now, received_on=UNPROVEN if followed else self.before.received_on)

    @property
    def _timeline(self) -> int:
        """Return the timeline that was read until now; where that was not kept, the one before the last failover."""
        return self.before.timeline if self.before else max(self.ends, default=FIRST_TIMELINE)

    @property
    def failed_over(self) -> bool:
        """Tell whether another server than before is the primary, or the same one after a failover and back."""
        other_system = self.before is not None and self.before.system != self.now.system
        return other_system or self._timeline != self.now.timeline

    def hazard(self, lane: Lane) -> Hazard | None:
        """Return why rows would or could be missing if the lane read on from here; ``None`` if none can be.

        A worker that already reads here has found its own way: a comparison has to tell whether rows are missing.
        """
        if lane.reader or not self.failed_over:
            return None
        if self.before is not None and self.before.system != self.now.system:
            return Hazard(_GAP, f"it is another cluster than the one that {lane.name} was made for")
        if lane.position is None:
            return Hazard(_SLOT_GONE, f"the slot {lane.name} is not there: what was written since cannot arrive")
        return self._gap(lane, lane.position)

    def _gap(self, lane: Lane, position: str) -> Hazard | None:
        ended = self.ends.get(self._timeline)
        if ended is None:
            return Hazard(
                _GAP, f"its history does not come from timeline {self._timeline}, which {lane.name} was reading"
            )
        if lane.copying:
            return Hazard(_GAP, f"the first copy of {', '.join(lane.copying)} had not ended")
        if self.applied is None:
            return Hazard(
                NOT_KNOWN, f"the slot {lane.name} is there, but our role may not read how far its rows have arrived"
            )
        if lsn_number(self.applied) > lsn_number(ended):
            return Hazard(
                _GAP,
                f"{lane.name} has brought what was written up to {self.applied}, and this primary has it only up to "
                f"{ended}: what it writes between the two would be taken for known",
            )
        if lsn_number(position) > lsn_number(ended):
            return Hazard(
                _GAP,
                f"the slot {lane.name} begins at {position}, after the failover at {ended}: what was written between "
                "the two would be missing",
            )
        return None

    def as_details(self, lane: Lane) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "primary": self.place,
            "timeline": self.now.timeline,
            "timeline_before": self._timeline,
            "timeline_before_ended": self.ends.get(self._timeline),
            "slot": lane.position is not None,
            "slot_position": lane.position,
            "applied": self.applied,
        }


def doubted(source: Source | None, publisher: int | None, receiver: int | None) -> bool:
    """Tell whether a failover may have lost rows of a lane, and nothing that was kept proves that it has not.

    The publisher sends nothing twice that the subscriber had confirmed, and a standby of the subscriber's may have
    lacked it. Where a name moves with the publisher's primary, a worker follows it by itself, perhaps over a gap.

    :param source: ``None`` of a subscription of an older release, or where there is none
    :param publisher: the publisher's present timeline, ``None`` if it is not known
    :param receiver: the subscriber's, in the same way
    """
    return source is not None and (source.timeline, source.received_on) != (publisher, receiver)
