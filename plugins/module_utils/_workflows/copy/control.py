# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting the first copy's worker, following it, and ending it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.confirmation import NOBODY_CONFIRMS
from ..._domain.copy.first_copy import BEGUN, COPIED, DONE, FAILED, CopyFacts, copy_line
from ..._domain.errors import MigrationError
from ..._domain.lanes.link import LaneSpec
from ..._domain.sides import Side
from ..._domain.waits import Holder, in_words, way_out
from ..._postgres.copy import first_copy as state
from ..._postgres.lanes import link
from ..._postgres.sides import Sides
from .stream import CopyJob
from .worker import start_worker

GOES_ON = "the first copy continues in its worker: the playbook status shows it, rollback ends it"
_LEFT = (
    "Blue stays in service and keeps the publication, without a slot; green is as it was before the copy; rollback "
    "removes the publication"
)
_POLL = 0.05
_ENDING_SECONDS = 10.0


def begin_copy(sides: Sides, job: CopyJob, deadline: Deadline) -> None:
    """Start a worker and wait until it has its snapshot, or continues where the last one stopped.

    :raises MigrationError: the worker's own reason; BG304 when the snapshot was not ready in time
    """
    known = state.read_copy(sides.green, sides.migration)
    pid = start_worker(job)
    while True:
        ended = os.waitpid(pid, os.WNOHANG)[0] == pid
        facts = state.read_copy(sides.green, sides.migration)
        if facts is not None and _has_begun(facts, known):
            require_no_failure(facts)
            return
        if ended:
            if facts is not None and facts.alive:
                return  # another worker was quicker
            raise worker_died("before it had its snapshot", facts)
        if deadline.left() <= _POLL:
            raise _given_up(sides, pid, job.lanes)
        time.sleep(_POLL)


def _has_begun(facts: CopyFacts, known: CopyFacts | None) -> bool:
    """Tell whether a new attempt has its snapshot, or a worker continues an attempt that had one."""
    if known is None or facts.attempt > known.attempt:
        return facts.phase != BEGUN
    return known.phase != DONE and facts.phase in (COPIED, DONE)


def require_no_failure(facts: CopyFacts) -> None:
    """Raise the worker's own reason for giving up."""
    if facts.phase == FAILED and facts.error is not None:
        raise _error_of(facts.error)


def worker_died(when: str, facts: CopyFacts | None) -> MigrationError:
    """Return the error for a worker that ended before its copy did, with the reason that it recorded."""
    reason = facts.died if facts is not None else None
    return MigrationError(
        "BG323",
        f"The first copy's worker ended {when}, "
        + (f"the last one because of {reason}" if reason else "and gave no reason"),
        "Blue stays in service and keeps the publication, and perhaps a slot that keeps WAL; what is on green belongs "
        "to the copy; the next attempt empties it, and rollback removes all of this",
        "Look at memory and logs of the host where the modules run, then run the same command again",
    )


def _error_of(result: Mapping[str, Any]) -> MigrationError:
    """Return the error that was recorded as a result, with what a failed copy leaves on both sides."""
    words = {key: result.get(key, "") for key in ("code", "what", "stands", "todo")}
    words["stands"] = f"{words['stands']}. {_LEFT}" if words["stands"] else _LEFT
    return MigrationError(**words, details=result.get("details"))


def _given_up(sides: Sides, pid: int, lanes: Iterable[LaneSpec]) -> MigrationError:
    """End a worker that got no snapshot in time, within a few seconds of its own, and return what it waited for."""
    try:
        for side in Side:
            sides.session(side).set_deadline(Deadline(_ENDING_SECONDS, "Ending the first copy"))
        held_up = _held_up_at_its_begin(sides)  # must be asked while the worker still waits
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    blocked = held_up or link.slot_is_blocked(sides.blue)
    end_copy(sides)
    for spec in lanes:
        link.drop_slots(sides.blue, [link.like(spec.name)])
    return blocked


def _held_up_at_its_begin(sides: Sides) -> MigrationError | None:
    for side, holders in _holders_up(sides).items():
        if holders:
            return MigrationError(
                "BG304",
                f"The first copy did not begin in time: on {side} it waits for {in_words(holders)}",
                "Nothing flows yet, and no slot keeps WAL",
                way_out(holders),
            )
    return None


def require_confirmed(sides: Sides) -> None:
    """Refuse to wait for a copy whose COMMIT on green nobody confirms; its own processes wait without a limit.

    :raises MigrationError: BG258
    """
    found = state.read_unconfirmed(sides.green, sides.migration)
    if found is not None:
        raise MigrationError(
            NOBODY_CONFIRMS,
            f"{found.words} to green",
            "The first copy waits there, and goes on by itself as soon as it can; blue stays in service",
            f"On green: {found.fix} Then run the same command again",
        )


def progress_of(sides: Sides, facts: CopyFacts) -> str:
    """Return the copy's progress, and who blocks it."""
    return copy_line(facts, _holders_up(sides))


def _holders_up(sides: Sides) -> dict[Side, list[Holder]]:
    return {side: state.read_holders_up(sides.session(side), sides.migration) for side in Side}


def end_copy(sides: Sides) -> None:
    """End the worker and its streams, wherever they run, and undo an incomplete copy."""
    for session in (sides.green, sides.blue):
        state.end_sessions(session, sides.migration)
    state.forget(sides.green)
