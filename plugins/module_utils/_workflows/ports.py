# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workflow may touch: two sides, commands, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable, Protocol

from .._domain.clock import Deadline
from .._domain.errors import DeadlineReached
from .._domain.names import require_name
from .._domain.plan import Found, Plan, State
from .._domain.sides import Side
from .._postgres.lock import leave_no_trace, take_lock
from .._postgres.session import ConnectionLost, Session
from .._postgres.sides import Sides
from .cancellation import Cancellation

LOCK_SECONDS = 15.0
_LEAVING_SECONDS = 5.0
Run = Callable[..., "tuple[int, str, str]"]


@dataclass
class Ports:
    """The outside world as a workflow sees it. ``may_write`` is false in check mode, for code that only tests
    something.

    ``goes_on``: what keeps running when the run is cancelled, in words.
    """

    sides: Sides
    run: Run
    warn: Callable[[str], None]
    may_write: bool = True
    cancellation: Cancellation = field(default_factory=Cancellation)
    goes_on: str = ""

    @classmethod
    def for_module(
        cls,
        params: dict[str, Any],
        run: Run,
        warn: Callable[[str], None],
        may_write: bool,
        cancellation: Cancellation,
    ) -> Ports:
        """Build them from a module's parameters.

        :raises MigrationError: BG002 for connections without a server or database, BG001 and BG071 for the migration's
            name
        """
        require_name(params["migration"])
        sides = Sides.from_parameters(params["migration"], params["blue"], params["green"])
        return cls(sides, run, warn, may_write, cancellation)

    @contextmanager
    def alone(self, sides: Iterable[Side] = Side) -> Iterator[None]:
        """Exclude every other run of this migration while the block runs; one side's lock is enough for that.

        :raises MigrationError: BG501 when another run does not end within 15 s
        """
        deadline = Deadline(LOCK_SECONDS, "Taking the locks")
        sessions = []
        try:
            for side in sides:
                sessions.append(self.sides.connect(side, "lock", deadline))
                take_lock(sessions[-1], self.sides.migration, deadline)
            yield
        finally:
            for session in sessions:
                _go(session)

    def close(self) -> None:
        """Close every session."""
        self.sides.close()


def _go(session: Session) -> None:
    """Leave as the last action; if the session broke, the next run drops what was created only for its lock."""
    session.wait_until(Deadline(_LEAVING_SECONDS, "Giving the lock back"))
    try:
        leave_no_trace(session)
    except (ConnectionLost, DeadlineReached):
        return
    finally:
        session.close()


class Probe(Protocol):
    """A capability that acts and reports, but changes nothing of the user's.

    A probe that writes to our own schema says so in its module's documentation, and does not write while ``may_write``
    is false.
    """

    def probe(self) -> Found:
        """Act, and return the findings."""


class Workflow(Protocol):
    """A capability that changes something: facts, a pure plan, and its execution step by step."""

    def observe(self) -> State:
        """Read the current state; never writes."""

    def plan(self, before: Any) -> Plan[Any]:
        """Return what has to be done; pure."""

    def execute(self, plan: Plan[Any]) -> State:
        """Do it, and return the new state."""
