# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold at each step of a switch, checked before the step acts: a plan that breaks it is stopped. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from ..errors import MigrationError
from ..service.journal import PendingSwitch, last_fence
from ..service.situation import Situation

BROKEN = "BG580"


class Event(Enum):
    """What a switch does to the two sides; the value is its wording in messages."""

    FENCE = "fence the old side, uncommitted"
    PROVE = "see a write refused by the old side"
    ARRIVE = "find all rows of the old side on the new one"
    STOP_FORTH = "stop the link to the new side"
    RECORD = "commit the fence with its row"
    OPEN = "open the new side"
    START_BACK = "start the link back to the old side"
    REOPEN = "take the old side's fence back"


@dataclass(frozen=True)
class Progress:
    """A switch's progress.

    ``fenced``: the old side refuses writes; ``recorded``: its fence is committed, together with the fence's row.
    ``proven``: it refused a test write; ``arrived``: everything that it accepted is on the new side. ``opened``: the
    new side accepts writes. ``forth``, ``back``: that link flows; ``both_at_once``: both may (PostgreSQL 16 and later).
    """

    both_at_once: bool
    fenced: bool = False
    proven: bool = False
    arrived: bool = False
    recorded: bool = False
    opened: bool = False
    forth: bool = True
    back: bool = False


_CHANGES: Mapping[Event, Mapping[str, bool]] = {
    Event.FENCE: {"fenced": True},
    Event.PROVE: {"proven": True},
    Event.ARRIVE: {"arrived": True},
    Event.STOP_FORTH: {"forth": False},
    Event.RECORD: {"recorded": True},
    Event.OPEN: {"opened": True},
    Event.START_BACK: {"back": True},
    Event.REOPEN: {"fenced": False, "proven": False, "arrived": False, "recorded": False},
}
INVARIANTS: tuple[tuple[str, Callable[[Progress], bool]], ...] = (
    ("both sides would accept writes", lambda now: now.fenced or not now.opened),
    ("the new side would be open without the old side's fence row", lambda now: now.recorded or not now.opened),
    ("a fence row would be there without its fence", lambda now: now.fenced or not now.recorded),
    ("the fence would be committed before it was seen to refuse a write", lambda now: now.proven or not now.recorded),
    ("the fence would be committed before all rows have arrived", lambda now: now.arrived or not now.recorded),
    ("the old side would be proven closed without a fence", lambda now: now.fenced or not now.proven),
    ("rows would count as arrived while the old side accepts more", lambda now: now.fenced or not now.arrived),
    ("rows of the old side would never arrive", lambda now: now.forth or now.arrived or not now.fenced),
    (
        "both links would flow at once, which echo below PostgreSQL 16",
        lambda now: now.both_at_once or not (now.forth and now.back),
    ),
)


def advanced(now: Progress, event: Event) -> Progress:
    """Return the switch's progress after the event.

    :raises MigrationError: BG580 when an invariant would no longer hold
    """
    after = replace(now, **_CHANGES[event])
    for broken, holds in INVARIANTS:
        if not holds(after):
            raise MigrationError(
                BROKEN,
                f"The switch was about to {event.value}, but {broken}",
                f"That was not done; {_stands(now)}",
                "Run the playbook status, and report this: the fault is in the switch itself, not in your setup",
                {"event": event.name, "progress": vars(now)},
            )
    return after


def _stands(now: Progress) -> str:
    if now.opened:
        return "the new side is open"
    return "both sides refuse writes" if now.recorded else "the new side was not opened"


class Course:
    """The course of one switch: each step announces what it is about to do."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def about_to(self, event: Event) -> None:
        """Record the event, or stop the step.

        :raises MigrationError: BG580 as :func:`advanced` does
        """
        self.progress = advanced(self.progress, event)


def progress_of(situation: Situation, pending: PendingSwitch) -> Progress:
    """Return the progress of a switch whose process is gone, from gates and journals.

    A fence is committed only after it was proven and all rows had arrived, so its row on the old side implies both.
    """
    old, new = situation.gates.get(pending.target.other), situation.gates.get(pending.target)
    fence = last_fence(situation.entries)
    recorded = fence is not None and fence.epoch == pending.epoch and fence.side is pending.target.other
    return Progress(
        both_at_once=True,  # the links are dealt with after the opening
        fenced=old is not None and old.fenced,
        proven=recorded,
        arrived=recorded,
        recorded=recorded,
        opened=new is None or not new.fenced,
    )
