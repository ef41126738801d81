# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both catalogs, read once for everything that is asked of links and tables."""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.lanes.catalogs import AS_THEY_ARE, Catalogs, Lanes, Links
from ..._domain.lanes.link import LaneFacts, LaneSpec
from ..._domain.relations import TableName
from ..._domain.sides import Direction, Side
from ..catalog import read_tables
from ..schema.version import tables_of_versions
from ..session import Session
from ..sides import Sides
from ..sql.lanes import link as sql
from .parts import read_links


def read_catalogs(sides: Sides, links: Links | None = None, lanes: Lanes = AS_THEY_ARE) -> Catalogs:
    """Return what both catalogs say of links and tables.

    :param links: where they have just been read
    """
    links = links or read_links(sides)
    several = max(links.most_lanes, lanes.number or 1) > 1
    return Catalogs(
        links,
        {side: tuple(read_tables(sides.session(side))) for side in Side},
        {side: sides.session(side).major for side in Side},
        tuple(name for side in Side for name in tables_of_versions(sides.session(side))),
        {side: _read_writes(sides.session(side)) for side in Side} if several else {},
    )


def _read_writes(publisher: Session) -> dict[TableName, int]:
    return {TableName(row["schema"], row["name"]): int(row["writes"]) for row in publisher.rows(sql.WRITES)}


def read_specs(sides: Sides, direction: Direction, excluded: Iterable[str]) -> list[LaneSpec]:
    """Return the lanes of ``direction`` as they should be at this moment."""
    return read_catalogs(sides).specs(direction, excluded)


def read_lanes(sides: Sides, direction: Direction, excluded: Iterable[str]) -> list[tuple[LaneSpec, LaneFacts]]:
    """Return the lanes of ``direction`` as they should be and as they are at this moment."""
    return read_catalogs(sides).lanes(direction, excluded)
