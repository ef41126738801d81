# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a migration stands: one name for the state of both sides' gates, links and journals. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ..phase_names import CLEANUP, DONE, PREPARE
from ..service.journal import DECOMMISSIONED, Entry, newest_opened
from ..service.phases import last_of_phase
from ..service.situation import Situation
from ..service.story import DROP, REVOKE, modes_of_decommission, newest_opening, places_of, proven_archive
from ..sides import Side


class Standing(Enum):
    """The situations of the table of playbooks; the value is what people read."""

    NOTHING = "nothing of this migration is there"
    PREPARED = "preflight has passed, and nothing else was done"
    SET_UP = "green is set up and fenced, and there is no link"
    COPYING = "the first copy to green has not ended"
    REPLICATING = "rows flow to green, and there is no way back yet"
    SYNCED = "rows flow to green, and the way back exists"
    GREEN_SERVES = "green is in service"
    GREEN_SERVES_PARKED = "green is in service, and below PostgreSQL 16 the link to green is parked"
    ROLLED_BACK = "blue is in service again after a rollback"
    PARTS = "parts of this migration are there, but prepare has not succeeded in it"
    ABORTED = "the migration was aborted before it left blue, and green is still fenced"
    CLEANED_UP = "the migration is over: cleanup has ended it"
    ARCHIVED = "the migration is over, and the side out of service is archived"
    REVOKED = "the migration is over, and the side out of service is closed to applications"
    DROPPED = "the migration is over, and the side out of service is dropped"
    EMERGENCY = "an emergency opened blue without green, which is back and fenced"
    EMERGENCY_OPEN = "an emergency opened blue without green, which is back without a fence"
    HALF_DONE = "a switch passed its point of no return and did not end"
    UNCLEAR = "it is not clear which side is in service"
    DISPUTED = "facts and journals disagree"
    NOT_OURS = "green is in service, and no journal of this migration tells why"
    LOST = "one side is out of reach"
    EXCHANGED = "blue and green are exchanged in the inventory"
    OTHER_PAIR = "the migration's name belongs to another pair"
    CLAIMED = "the pair belongs to a migration of another name"


@dataclass(frozen=True)
class Facts:
    """The facts that decide the standing, besides gates and journals.

    ``subscribed``: green subscribes to every lane of blue's. ``copying``: the first copy is not complete. ``way_back``:
    blue subscribes to green. ``parks``: the pair cannot have both links at once (below 16). ``lost``: a side that does
    not answer. ``gone``: a side whose database does not exist.
    """

    situation: Situation
    subscribed: bool = False
    copying: bool = False
    way_back: bool = False
    parks: bool = False
    lost: Side | None = None
    gone: Side | None = None


def standing_of(facts: Facts) -> Standing:
    """Return where the migration stands; the most serious fact is checked first."""
    return next(standing for standing, holds in _IN_ORDER if holds(facts))


def in_words(standing: Standing, situation: Situation) -> str:
    """Return the standing as a line, with contradictions, the time of its end if known, and the side in service."""
    disagreed = situation.contradiction() if standing in (Standing.UNCLEAR, Standing.DISPUTED) else None
    what = f": {disagreed}" if disagreed else ""
    end, serves = end_of(situation), situation.in_service
    ended = f" (at {end.at})" if end is not None else ""
    service = (
        f"; {serves} is in service" if serves is not None and f"{serves} is in service" not in standing.value else ""
    )
    return f"{standing.value}{what}{ended}{_how_dropped(situation) if standing is Standing.DROPPED else ''}{service}"


def _how_dropped(situation: Situation) -> str:
    """Return when the other side was dropped, and where its archive is, from the journal of the side in service."""
    serves = situation.in_service
    opening = newest_opening(situation.entries, serves) if serves else None
    if serves is None or opening is None:
        return ""
    drops = [
        entry.at
        for entry in situation.entries
        if entry.event == DECOMMISSIONED and entry.target is serves.other and entry.details.get("mode") == DROP
    ]
    archive = proven_archive(situation.entries, serves.other, opening.epoch)
    told = f"; it was dropped at {drops[-1]}" if drops else ""
    return told + (f", its archive is in {places_of(archive)}" if archive else "")


def end_of(situation: Situation) -> Entry | None:
    """Return the row of the cleanup that ended the migration, ``None`` if none did or only modules were run."""
    end = last_of_phase(situation.story, CLEANUP)
    return end if end is not None and end.details.get("state") == DONE else None


def _is_over(facts: Facts) -> bool:
    """Tell whether cleanup has run: the journal says so, or links and gate are gone from the side in service."""
    situation = facts.situation
    if end_of(situation) is not None:
        return True
    if facts.subscribed or facts.way_back:
        return False
    serves = situation.in_service
    return serves is not None and newest_opened(situation.entries) is not None and not situation.gates[serves].installed


def _decommissioned(facts: Facts, mode: str) -> bool:
    entries, serves = facts.situation.entries, facts.situation.in_service
    opening = newest_opening(entries, serves) if serves else None
    if serves is None or opening is None:
        return False
    return mode in modes_of_decommission(entries, serves.other, opening.epoch)


def _is_archived(facts: Facts) -> bool:
    entries, serves = facts.situation.entries, facts.situation.in_service
    opening = newest_opening(entries, serves) if serves else None
    return serves is not None and opening is not None and bool(proven_archive(entries, serves.other, opening.epoch))


def _serves_green(facts: Facts) -> bool:
    return facts.situation.in_service is Side.GREEN


def _is_prepared(facts: Facts) -> bool:
    last = last_of_phase(facts.situation.story, PREPARE)
    return last is not None and last.details.get("state") == DONE


def _has_parts(facts: Facts) -> bool:
    """Tell whether a part of a gate is there without a journal, as after modules that were run without a playbook."""
    return any(gate.installed or gate.worn or gate.guard or gate.exempt for gate in facts.situation.gates.values())


def _is_set_up(facts: Facts) -> bool:
    gates = facts.situation.gates
    return all(gate.installed for gate in gates.values()) and gates[Side.GREEN].fenced


# From here on blue is in service and always was.
_BEFORE: tuple[tuple[Standing, Callable[[Facts], bool]], ...] = (
    (Standing.ABORTED, lambda facts: not facts.situation.entries and facts.situation.gates[Side.GREEN].fenced),
    (Standing.NOTHING, lambda facts: not facts.situation.entries and not _has_parts(facts)),
    (Standing.COPYING, lambda facts: facts.copying),
    (Standing.SYNCED, lambda facts: facts.subscribed and facts.way_back),
    (Standing.REPLICATING, lambda facts: facts.subscribed),
    (Standing.SET_UP, _is_set_up),
    (Standing.PREPARED, _is_prepared),
    (Standing.PARTS, lambda _facts: True),
)
_IN_ORDER: tuple[tuple[Standing, Callable[[Facts], bool]], ...] = (
    (Standing.LOST, lambda facts: facts.lost is not None),
    (Standing.DROPPED, lambda facts: facts.gone is not None),
    (Standing.HALF_DONE, lambda facts: facts.situation.pending is not None),
    (Standing.EMERGENCY_OPEN, lambda facts: facts.situation.left_open is not None),
    (Standing.UNCLEAR, lambda facts: facts.situation.in_service is None),
    (Standing.DROPPED, lambda facts: _is_over(facts) and _decommissioned(facts, DROP)),
    (Standing.REVOKED, lambda facts: _is_over(facts) and _decommissioned(facts, REVOKE)),
    (Standing.ARCHIVED, lambda facts: _is_over(facts) and _is_archived(facts)),
    (Standing.CLEANED_UP, _is_over),
    (Standing.EMERGENCY, lambda facts: facts.situation.opened_alone is not None),
    (Standing.DISPUTED, lambda facts: facts.situation.contradiction() is not None),
    (Standing.NOT_OURS, lambda facts: _serves_green(facts) and not facts.situation.entries),
    (Standing.GREEN_SERVES_PARKED, lambda facts: _serves_green(facts) and facts.parks),
    (Standing.GREEN_SERVES, _serves_green),
    (Standing.ROLLED_BACK, lambda facts: facts.situation.switched),
    *_BEFORE,
)
