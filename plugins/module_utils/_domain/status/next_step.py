# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which playbook comes next in each situation. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .standing import Standing


@dataclass(frozen=True)
class Step:
    """A playbook, options that it needs, and when it is the one to run; ``when`` is empty for the usual way on."""

    playbook: str
    options: str = ""
    when: str = ""

    def command(self, words: str) -> str:
        """Return the line to type.

        :param words: the program with its own options, such as ``ansible-playbook -i inventory.yml``
        """
        line = " ".join(part for part in (f"{words} bluegreen.postgresql.{self.playbook}", self.options) if part)
        return f"{line}    # {self.when}" if self.when else line


_BACK = Step("rollback", when="back to blue, without a loss")
_ABORT = Step("rollback", when="gives the migration up; blue is left as it was")
_END = Step("cleanup", when="once green has proven itself; there is no way back afterwards")
_SWITCH = (
    Step("cutover", "--check --diff", when="every reason against it, at once"),
    Step("cutover", when="moves the applications to green"),
    _ABORT,
)
_SERVES = (Step("monitor"), _BACK, _END)
_CONFIRM = "-e bluegreen_decommission_confirm=DATABASE"
_DROP = f"-e bluegreen_decommission_mode=drop {_CONFIRM}"
NEXT: Mapping[Standing, tuple[Step, ...]] = {
    Standing.NOTHING: (Step("prepare"),),
    Standing.PARTS: (Step("prepare"), _ABORT),
    Standing.PREPARED: (Step("setup"), _ABORT),
    Standing.SET_UP: (Step("replicate"), _ABORT),
    Standing.COPYING: (Step("replicate"), _ABORT),
    Standing.REPLICATING: (Step("sync"), _ABORT),
    Standing.SYNCED: _SWITCH,
    Standing.GREEN_SERVES: _SERVES,
    Standing.GREEN_SERVES_PARKED: _SERVES,
    Standing.ROLLED_BACK: (
        Step("cutover", when="when the reason for the rollback is gone"),
        Step("cleanup", when="ends the migration on blue"),
    ),
    Standing.ABORTED: (Step("prepare", when="begins again"),),
    Standing.CLEANED_UP: (
        Step("archive"),
        Step("decommission", _CONFIRM, when="closes the side out of service"),
    ),
    Standing.ARCHIVED: (Step("decommission", _CONFIRM, when="closes the side out of service"),),
    Standing.REVOKED: (Step("decommission", _DROP, when="drops the side out of service"),),
    Standing.DROPPED: (),
    Standing.EMERGENCY: (Step("cleanup", when="once what is needed from green has been saved"),),
    Standing.EMERGENCY_OPEN: (Step("rollback", when="fences green again"),),
    Standing.HALF_DONE: (
        Step("cutover", when="finishes the switch, towards green"),
        Step("rollback", when="finishes the switch, towards blue"),
    ),
    Standing.UNCLEAR: (Step("status"),),
    Standing.DISPUTED: (Step("status"),),
    Standing.NOT_OURS: (Step("status"),),
    Standing.LOST: (Step("status"),),
    Standing.EXCHANGED: (),
    Standing.OTHER_PAIR: (),
    Standing.CLAIMED: (),
}


def again(playbook: str) -> Step:
    """Return the playbook that has just ended, with what it refuses to run without."""
    return Step(playbook, _CONFIRM if playbook == "decommission" else "")


def next_steps(standing: Standing, after: str) -> tuple[Step, ...]:
    """Return what may be run next; what has just ended is not advised again.

    :param after: the playbook that has ended
    """
    return tuple(step for step in NEXT[standing] if step.playbook != after or step.options) or NEXT[standing]
