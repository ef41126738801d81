# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last check under the fence: what may have changed within a second."""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.clock import Deadline
from ..._domain.errors import MigrationError
from ..._domain.go_no_go.reasons import LARGE_OBJECTS_STAY
from ..._domain.lanes.link import LaneSpec
from ..._domain.relations import LARGE_OBJECTS
from ..._domain.service.gate import OUT_OF_REACH
from ..._postgres.go_no_go.readiness import LastLook
from ..._postgres.lanes import link
from ..._postgres.session import Session
from ..._postgres.switch.in_flight import require_nobody_past_the_gate
from ..go_no_go.request import SwitchRequest
from .schema_watch import SchemaWatch


def require_nothing_new(request: SwitchRequest, old: Session, schema: SchemaWatch, patience: Deadline) -> None:
    """Refuse a side on which a session writes past the gate, or where the gate, the schema or transactions have
    changed.

    Locks come first: a session without a lock has committed, and the check of the catalog sees it.

    :param patience: how long writers may take to reach the gate
    :raises MigrationError: BG545, or BG521 naming what is new
    """
    require_nobody_past_the_gate(old, patience, waiting_too=False)
    seen = schema.look()
    passes = _passes_the_gate(request, seen)
    if passes:
        raise unproven(passes)
    if seen.prepared:
        raise unproven(f"prepared transactions are open ({', '.join(seen.prepared[:5])})")
    changes = schema.changes(seen)
    if changes:
        raise unproven(f"the schema of {old.side} was changed meanwhile ({'; '.join(changes[:5])})")


def _passes_the_gate(request: SwitchRequest, seen: LastLook) -> str:
    """Return new objects that a closed gate would not protect and that nobody has accepted; nothing if there are none.

    A large object is not a relation and cannot have a gate.
    """
    ungated = [str(name) for name in seen.ungated if not request.accepts(OUT_OF_REACH, str(name))]
    if ungated:
        return f"{', '.join(ungated[:5])} were created without the gate's trigger, or lost it"
    if seen.large_objects and not request.accepts(LARGE_OBJECTS_STAY, LARGE_OBJECTS):
        return "a large object was created, which no link carries"
    return ""


def require_way_back(request: SwitchRequest, lanes: Iterable[LaneSpec], stands: str = "") -> None:
    """Refuse to go on when a lane of the way back has died; below 16 it is not there yet.

    :param stands: the state, if no step of the switch says it
    :raises MigrationError: BG521 naming it
    """
    if not request.both_at_once:
        return
    old, new = request.sides.session(request.target.other), request.sides.session(request.target)
    for lane in lanes:
        problem = link.lane_pulse(new, old, lane.name)
        if problem:
            raise unproven(f"the way back {lane.name}: {problem}", stands)


def unproven(what: str, stands: str = "") -> MigrationError:
    """Return the error of a proof that failed."""
    return MigrationError("BG521", what, stands, "Mend that, then run the same command again")
