# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves, as far as possible, that a side is out of reach."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from ..._domain.clock import Deadline
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.sides import Side
from ..._domain.switch.last_seen import LaneSeen
from ..._postgres.failures import said_by_a_server
from ..._postgres.preflight.reach import try_reach
from ..._postgres.sides import Sides
from ..._postgres.switch.last_seen import is_receiving

NOT_REACHED = "BG003"
_ATTEMPT_SECONDS = 3.0
_LAST_ATTEMPT_SECONDS = 1.0
_PAUSE = 1.0
_FEWEST = 3


@dataclass(frozen=True)
class Proof:
    """How we know it; ``answers_here``: only the other side's server does not reach it."""

    lines: tuple[str, ...]
    answers_here: bool = False


def prove_out_of_reach(sides: Sides, side: Side, patience: float, lanes: Iterable[LaneSeen], may_write: bool) -> Proof:
    """Return the proofs that ``side`` is out of reach for the other side's server, and usually from here as well.

    :param patience: seconds to keep trying; at least three attempts
    :param may_write: whether the other server may test with a subscription that is rolled back
    :raises MigrationError: BG551 when anything answers here, BG561 when only the other side's server reaches it
    """
    end, attempts, said = time.monotonic() + patience, 0, ""
    while attempts < _FEWEST or time.monotonic() < end:
        time.sleep(_PAUSE if attempts else 0.0)
        said = _attempt(sides, side)
        attempts += 1
    refuse = partial(_lives, side, said) if said else partial(_answers, side)
    receiving = [lane.name for lane in lanes if is_receiving(sides.session(side.other), lane.name)]
    if receiving:
        raise refuse(f"{side.other}'s server has heard of it a moment ago, through {', '.join(receiving)}")
    asked = _ask_the_other_server(sides, side, may_write, refuse)
    if said:
        here = f"{attempts} attempts from here failed, the last one at {_now()} ({said})"
        return Proof((here, asked or f"{side.other}'s server could not be asked to try"))
    if asked is None:
        raise _answers(side, "a connection stood")
    return Proof((f"it answered here at {_now()}", asked), answers_here=True)


def require_still_out_of_reach(sides: Sides, side: Side) -> None:
    """Check again, within a second.

    :raises MigrationError: BG551 when it has come back
    """
    if not _attempt(sides, side, _LAST_ATTEMPT_SECONDS):
        raise _answers(side, "a connection stood")


def _attempt(sides: Sides, side: Side, seconds: float = _ATTEMPT_SECONDS) -> str:
    """Return why no connection succeeded, nothing if one did."""
    try:
        sides.connect(side, "emergency", Deadline(seconds, f"Connecting to {side}")).close()
    except DatabaseError as error:
        if error.code != NOT_REACHED or error.details.get("answered"):
            raise _answers(side, error.what) from None
        return error.what
    return ""


def _ask_the_other_server(
    sides: Sides, side: Side, may_write: bool, refuse: Callable[[str], MigrationError]
) -> str | None:
    """Return the finding that the other side's server does not reach it, ``None`` if that server could not be asked."""
    reach = try_reach(sides, side.other, may_write, _ATTEMPT_SECONDS)
    if reach is None:
        return None
    if reach.error is None:
        raise refuse(f"{side.other}'s server reaches it")
    if said_by_a_server(reach.error):
        raise refuse(f"{side.other}'s server was told: {reach.error}")
    return f"{side.other}'s server does not reach it ({reach.error.splitlines()[0]})"


def _answers(side: Side, how: str) -> MigrationError:
    return MigrationError(
        "BG551",
        f"{str(side).capitalize()} is not out of reach: {how}",
        f"Nothing was changed, and {side.other} stays closed",
        f"Run the same command without bluegreen_emergency, which loses nothing; or stop {side}'s server first",
    )


def _lives(side: Side, said: str, how: str) -> MigrationError:
    """Return the refusal for a live side that only the other server reaches: nothing here could fence it."""
    return MigrationError(
        "BG561",
        f"{str(side).capitalize()} cannot be reached from here ({said}), but it is alive: {how}",
        f"Nothing was changed. {str(side).capitalize()} may serve, and {side.other} stays closed: from here nobody can "
        "close the one before the other is opened",
        f"Run rollback without bluegreen_emergency on {side.other}'s host (ansible_host, ansible_connection: ssh), "
        f"which reaches {side}: that loses nothing. Where it cannot be, stop {side}'s server, then run the same "
        "command again",
    )


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
