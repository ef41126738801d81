# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One observation of both sides, made at the door and handed down. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..lanes.catalogs import Catalogs
from ..lanes.link import LaneFacts, LaneSpec
from ..relations import TableName, parse_table_name
from ..service.situation import Situation
from ..sides import Direction, Side
from .way_home import GreenOnly, gone_from_green, green_only


@dataclass(frozen=True)
class Picture:
    """Who is in service, and what both catalogs say.

    It is as old as its reading: whatever has to be fresh, under the locks or after a change, is read again.
    ``both_live``: both directions may be live at the same time. ``excluded``: names of tables that no link carries.
    """

    situation: Situation
    catalogs: Catalogs
    both_live: bool
    excluded: tuple[str, ...] = ()

    def specs(self, direction: Direction) -> list[LaneSpec]:
        """Return the lanes of ``direction`` as they should be."""
        return self.catalogs.specs(direction, self.excluded)

    def lanes(self, direction: Direction) -> list[tuple[LaneSpec, LaneFacts]]:
        """Return the lanes of ``direction`` as they should be and as they are."""
        return self.catalogs.lanes(direction, self.excluded)

    @property
    def left_out(self) -> list[TableName]:
        """Return the tables that no link carries."""
        return self.catalogs.left_out(self.excluded)

    def way_back_problems(self, back: Direction, *, as_it_stands: bool = False) -> dict[str, tuple[str, ...]]:
        """Return what is wrong with the way back, by lane.

        Below 16 it cannot be live yet: publication and subscription must be prepared, without a slot.

        :param as_it_stands: green's tables are about to be changed back, so they do not say what should flow
        """
        lanes = self.lanes(back)
        if as_it_stands:
            lanes = [(replace(spec, tables=facts.published or spec.tables), facts) for spec, facts in lanes]
        if self.both_live:
            return problems_of(lanes)
        lacking = {spec.name: tuple(facts.lacks_while_parked(spec)) for spec, facts in lanes}
        return {name: reasons for name, reasons in lacking.items() if reasons}

    def green_only(self) -> list[GreenOnly]:
        """Return what green has and blue has no room for, not counted yet."""
        tables = self.catalogs.tables
        return green_only(tables[Side.BLUE], tables[Side.GREEN], self.left_out)

    def gone(self) -> tuple[str, ...]:
        """Return the tables whose rows came from blue and that green no longer has."""
        lanes = self.catalogs.links.that_stand(Direction.FORWARD)
        published = (one.table for facts in lanes for one in facts.published or ())
        excluded = (parse_table_name(name) for name in self.excluded)
        return gone_from_green(published, self.catalogs.tables[Side.GREEN], excluded)


def problems_of(lanes: Iterable[tuple[LaneSpec, LaneFacts]]) -> dict[str, tuple[str, ...]]:
    """Return why rows could be missing behind lanes, by their names; those that are healthy are left out."""
    return {spec.name: tuple(facts.problems(spec)) for spec, facts in lanes if facts.problems(spec)}
