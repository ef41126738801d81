# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lanes as they are: one round trip to each server, however many there are."""

from __future__ import annotations

import re
from typing import Any

from ..._domain.lanes.catalogs import NOTHING, Links, joined
from ..._domain.lanes.link import LaneFacts, Published
from ..._domain.lanes.source import Source
from ..._domain.names import links_of
from ..._domain.relations import TableName
from ..._domain.sides import Side
from ..session import Session
from ..sides import Sides
from ..sql.lanes.parts import parts


def read_links(sides: Sides) -> Links:
    """Return every lane of both directions of which any part exists."""
    names = links_of(sides.migration)
    return Links(sides.migration, {side: _read_parts(sides.session(side), names) for side in Side})


def read_lane(publisher: Session, subscriber: Session, name: str) -> LaneFacts:
    """Return the state of the lane of that name on both servers."""
    mine, theirs = (_read_parts(session, f"^{re.escape(name)}$") for session in (publisher, subscriber))
    return joined(mine.get(name, NOTHING), theirs.get(name, NOTHING))


def _read_parts(session: Session, names: str) -> dict[str, LaneFacts]:
    return {row["name"]: _facts(row) for row in session.rows(parts(session.major), {"names": names})}


def _facts(row: dict[str, Any]) -> LaneFacts:
    return LaneFacts(
        published=_published(row["published"] or ()) if row["has_publication"] else None,
        all_tables=row["all_tables"],
        slot=row["slot"],
        slot_status=row["slot_status"],
        lag=row["lag"],
        retained=row["retained"],
        position=row["position"],
        reader=bool(row["reader"]),
        source=Source.from_comment(row["source"]),
        timeline=row["timeline"],
        subscription=row["subscription"],
        enabled=row["enabled"],
        working=row["worker"] is not None,
        worker=row["worker"],
        states={TableName(schema, name): state for schema, name, state in row["states"] or ()},
        attached=row["attached"],
        errors=row["errors"],
        conflicts=row["conflicts"],
        options=row["options"] or {},
    )


def _published(rows: Any) -> tuple[Published, ...]:
    return tuple(
        Published(TableName(schema, name), tuple(columns) if columns else None) for schema, name, columns in rows
    )
