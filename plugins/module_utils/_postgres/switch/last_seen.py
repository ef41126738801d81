# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading on one side alone what has certainly arrived from the other."""

from __future__ import annotations

from ..._domain.clock import Deadline
from ..._domain.errors import DatabaseError
from ..._domain.lanes.link import READY
from ..._domain.names import SCHEMA, link_prefix, marker_table
from ..._domain.relations import TableName
from ..._domain.sequences import Sequence
from ..._domain.sides import Direction
from ..._domain.switch.last_seen import LaneSeen
from ..lanes.link import like
from ..lanes.source import NOTHING_YET, read_applied
from ..session import Session
from ..sql.lanes import link as link_sql
from ..sql.switch import last_seen as sql

_FARTHEST_SECONDS = 3.0  # for all columns together: no side takes writes meanwhile
_NOT_TOLD = ("42501", "57014")  # our role may not see all rows, or the table takes too long to read


def read_lanes_seen(survivor: Session, migration: str) -> list[LaneSeen]:
    """Return the lanes that bring the other side's rows to the session's side, as far as this side knows."""
    names = read_lane_names(survivor, migration)
    return [_read_lane(survivor, name, int(name.rpartition("_")[2])) for name in names]


def read_lane_names(survivor: Session, migration: str) -> list[str]:
    """Return the names of the lanes into the session's side."""
    prefix = f"{link_prefix(migration)}{Direction.into(survivor.side)}_"
    rows = survivor.rows(link_sql.SUBSCRIBED_LANES, {"pattern": f"{like(prefix)}%"})
    return sorted(row["lane"] for row in rows if row["lane"][len(prefix) :].isdigit())


def _read_lane(survivor: Session, name: str, lane: int) -> LaneSeen:
    subscription = survivor.row(link_sql.SUBSCRIPTION, {"name": name})
    if subscription is None:
        return LaneSeen(name, ())
    oid = subscription["oid"]
    states = {
        TableName(row["schema"], row["name"]): row["state"] for row in survivor.rows(link_sql.SUBSCRIBED, {"oid": oid})
    }
    kept = survivor.row(sql.KEPT, {"side": str(survivor.side.other)}, marker=(SCHEMA, marker_table(lane))) or {}
    return LaneSeen(
        name,
        tuple(sorted(table for table in states if table.schema != SCHEMA)),
        tuple(sorted(table for table, state in states.items() if state != READY)),
        kept.get("at"),
        kept.get("lsn"),
        applied if (applied := read_applied(survivor, oid)) != NOTHING_YET else None,
    )


def is_receiving(survivor: Session, name: str) -> bool:
    """Tell whether that lane's worker has heard from the other side within three seconds."""
    row = survivor.row(sql.WORKERS, {"name": name})
    return bool(row and row["fresh"])


def has_workers(survivor: Session, name: str) -> bool:
    """Tell whether any worker of that lane still runs; once none does, whatever it had begun is applied or undone."""
    row = survivor.row(sql.WORKERS, {"name": name})
    return bool(row and row["workers"])


def end_workers(survivor: Session, name: str) -> None:
    """End all workers of that lane, those of first copies too; whatever they had begun is undone."""
    survivor.run(link_sql.END_WORKERS, {"name": name})


def read_sequences_alone(survivor: Session) -> tuple[list[Sequence], list[TableName]]:
    """Return the sequences that our role may set, and the names of all others."""
    settable, others = [], []
    for row in survivor.rows(sql.SEQUENCES, {}):
        name = TableName(row.pop("schema"), row.pop("name"))
        if row.pop("settable"):
            settable.append(Sequence(name, **row))
        else:
            others.append(name)
    return settable, others


def read_farthest(survivor: Session, sequences: list[Sequence]) -> dict[TableName, int | None]:
    """Return the farthest value in the columns that each sequence fills; unreadable columns are left out."""
    upwards = {one.name: one.increment > 0 for one in sequences}
    farthest: dict[TableName, int | None] = {}
    limit = Deadline(_FARTHEST_SECONDS, "Looking for the farthest values")
    for row in survivor.rows(sql.FILLED, {}):
        name = TableName(row["schema"], row["name"])
        table = row["table_schema"], row["table_name"]
        value = _farthest(survivor, table, row["column"], upwards.get(name, True), limit)
        before = farthest.get(name)
        known = [one for one in (before, value) if one is not None]
        farthest[name] = (max if upwards.get(name, True) else min)(known) if known else None
    return farthest


def _farthest(survivor: Session, table: tuple[str, str], column: str, upwards: bool, limit: Deadline) -> int | None:
    if not limit.left():
        return None
    survivor.set_deadline(limit)
    survivor.run(sql.HIDE_NOTHING)
    try:
        row = survivor.row(sql.FARTHEST, None, table=table, column=column) or {}
    except DatabaseError as error:
        if error.sqlstate not in _NOT_TOLD:
            raise
        return None
    finally:
        survivor.set_deadline(None)
    return row.get("highest" if upwards else "lowest")
