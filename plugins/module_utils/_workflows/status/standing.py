# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading where a migration stands."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ..._domain.copy.first_copy import CopyFacts
from ..._domain.errors import DatabaseError
from ..._domain.lanes.catalogs import Links
from ..._domain.lanes.link import READY, both_at_once
from ..._domain.service.journal import newest_opened
from ..._domain.service.situation import Situation
from ..._domain.service.story import DROP, modes_of_decommission, proven_archive
from ..._domain.sides import Direction, Side
from ..._domain.status.standing import Facts, Standing, standing_of
from ..._postgres.copy.first_copy import read_copy
from ..._postgres.lanes.parts import read_links
from ..._postgres.service.journal import has_journal
from ..._postgres.service.situation import read_own_situation, read_situation, read_situation_of
from ..._postgres.sides import Sides
from ..switch.lost_side import LostSide, read_lost_side

_NO_SUCH_DATABASE = "BG005"
_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Stands:
    """Where a migration stands, and the facts that show it.

    ``links``, ``copy``: of both sides, once there is a journal. ``lost``: one side does not answer. ``gone``: a side
    whose database we have dropped.
    """

    standing: Standing
    situation: Situation
    links: Links | None = None
    copy: CopyFacts | None = None
    lost: LostSide | None = None
    gone: Side | None = None

    @property
    def missing(self) -> Side | None:
        """Return the side that cannot be read."""
        return self.lost.lost if self.lost else self.gone


def read_standing(sides: Sides) -> Stands:
    """Read both sides, or what is left of them.

    :raises MigrationError: what :func:`require_two_databases` refuses; BG003 when neither side answers
    """
    try:
        lost = read_lost_side(sides)
    except DatabaseError as error:
        if error.code != _NO_SUCH_DATABASE:
            raise
        return _without(sides, error)
    if lost is not None:
        return Stands(standing_of(Facts(lost.situation, lost=lost.lost)), lost.situation, lost=lost)
    stands = _stands_by(sides, read_own_situation(sides))
    if stands.standing in (Standing.UNCLEAR, Standing.DISPUTED):
        # A switch that commits between the two readings looks like that.
        time.sleep(_LOOK_AGAIN_SECONDS)
        stands = _stands_by(sides, read_situation(sides))
    return stands


def _stands_by(sides: Sides, situation: Situation) -> Stands:
    """Return where a migration stands when both sides answer; links are read once there is a journal."""
    if not situation.entries:
        return Stands(standing_of(Facts(situation)), situation)
    links = read_links(sides)
    forth, back = links.that_stand(Direction.FORWARD), links.that_stand(Direction.REVERSE)
    copy = read_copy(sides.green, sides.migration)
    states = [state for lane in forth for state in lane.states.values()]
    facts = Facts(
        situation,
        subscribed=bool(forth) and all(lane.subscription for lane in forth),
        copying=(copy is not None and not copy.finished) or any(state != READY for state in states),
        way_back=bool(back) and all(lane.subscription for lane in back),
        parks=not both_at_once(sides.blue.major, sides.green.major),
    )
    return Stands(standing_of(facts), situation, links, copy)


def _without(sides: Sides, failure: DatabaseError) -> Stands:
    """Return the standing when a database is gone, if the other side's journal says that we dropped it.

    A run that was killed right after the drop left only the journal's row about the archive.
    """
    side = next(side for side in Side if str(side) == failure.details.get("side"))
    other = sides.session(side.other)
    situation = read_situation_of(sides, [side.other]) if has_journal(other) else Situation({}, ())
    opened = newest_opened(situation.entries)
    if opened is None or not (
        DROP in modes_of_decommission(situation.entries, side, opened.epoch)
        or proven_archive(situation.entries, side, opened.epoch)
    ):
        raise failure
    return Stands(standing_of(Facts(situation, gone=side)), situation, gone=side)
