# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the planner of one side knows, and ANALYZE."""

from __future__ import annotations

from ..._domain.capabilities import Capability
from ..._domain.plans.statistics import Extended, Known, Lack, Tree, lacking
from ..._domain.relations import TableName
from ..._domain.sides import Side
from ..session import Session
from ..sides import Sides
from ..sql.plans import statistics as sql


def read_lacking(sides: Sides, new: Side) -> tuple[Lack, ...]:
    """Return the tables to analyze on the new side before it takes over."""
    return lacking(read_had(sides.session(new.other)), read_known(sides.session(new)))


def read_known(session: Session) -> Known:
    """Return what the planner of the side that takes over knows."""
    without = tuple(TableName(row["schema"], row["name"]) for row in session.rows(sql.TABLES, {}))
    return _read(session, without, sizes=True)


def read_had(session: Session) -> Known:
    """Return what the planner of the side in service knows of trees and by extended statistics; it takes no lock."""
    return _read(session, (), sizes=False)


def _read(session: Session, without: tuple[TableName, ...], *, sizes: bool) -> Known:
    asked = {"sizes": sizes}
    return Known(
        without=without,
        trees=tuple(
            Tree(TableName(row.pop("schema"), row.pop("name")), **row) for row in session.rows(sql.TREES, asked)
        ),
        extended=tuple(
            Extended(
                name=TableName(row.pop("own_schema"), row.pop("own_name")),
                table=TableName(row.pop("schema"), row.pop("name")),
                **row,
            )
            for row in session.rows(sql.EXTENDED, asked)
        ),
    )


def analyze(session: Session, lack: Lack) -> None:
    """Give a table statistics; as a tree without its partitions and children, where the server can do that."""
    only = lack.whole and Capability.ANALYZE_ONLY.of(session.major)
    session.run(sql.ANALYZE_ONLY if only else sql.ANALYZE, table=lack.table.parts)
