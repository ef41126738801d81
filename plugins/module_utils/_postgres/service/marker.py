# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marker rows on one side."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from ..._domain.names import FIRST_LANE, SCHEMA, marker_table
from ..ours import making
from ..session import Session
from ..sql.service import marker as sql


def create_markers(session: Session, lane: int = FIRST_LANE) -> None:
    """Create the marker table of a lane; the first lane's exists from the beginning, with the table of the probe."""
    with making(session):
        session.run(sql.CREATE, None, marker=(SCHEMA, marker_table(lane)))
        if lane == FIRST_LANE:
            session.run(sql.CREATE_PROBE)


def drop_markers(session: Session) -> None:
    """Drop the marker tables of all lanes, and the table of the probe."""
    session.run(sql.DROP_PROBE)
    for name in _marker_tables(session):
        session.run(sql.DROP, None, marker=(SCHEMA, name))


def empty_markers(session: Session) -> None:
    """Delete all markers, before a first copy brings the other side's."""
    for name in _marker_tables(session):
        session.run(sql.EMPTY, None, marker=(SCHEMA, name))


def forget_markers(session: Session) -> None:
    """Delete this side's own markers of all lanes; their link is gone, so they would never arrive."""
    for name in _marker_tables(session):
        session.run(sql.EMPTY_OWN, {"side": str(session.side)}, marker=(SCHEMA, name))


def _marker_tables(session: Session) -> list[str]:
    return [row["name"] for row in session.rows(sql.TABLES)]


def write_marker(session: Session, lane: int, purpose: str, token: str) -> None:
    """Write a marker of this side into the lane."""
    session.run(
        sql.WRITE,
        {"side": str(session.side), "purpose": purpose, "token": token},
        marker=(SCHEMA, marker_table(lane)),
    )


def has_marker(session: Session, lane: int, token: str) -> bool:
    """Tell whether the marker has arrived on this side."""
    return bool(session.value(sql.HAS, {"token": token}, marker=(SCHEMA, marker_table(lane))))


def remove_markers(session: Session, tokens: Mapping[int, str]) -> None:
    """Delete these markers, by lane, and those of this side that killed runs left days ago."""
    for lane, token in tokens.items():
        session.run(sql.REMOVE, {"side": str(session.side), "token": token}, marker=(SCHEMA, marker_table(lane)))


def keep_markers(session: Session, lanes: Iterable[int]) -> None:
    """Keep a marker in each lane, replacing the previous one: if this side is lost, it tells the other how far it had
    got."""
    for lane in lanes:
        arguments = {"side": str(session.side), "token": uuid.uuid4().hex}
        session.run(sql.KEEP, arguments, marker=(SCHEMA, marker_table(lane)))


def seconds_on_the_way(publisher: Session, subscriber: Session, lane: int) -> float | None:
    """Return the age of the oldest marker of the publisher that the subscriber lacks; ``None`` when none is on its way.

    Waiting and watching runs write markers: without one, the seconds are unknown.
    """
    name = marker_table(lane)
    if name not in _marker_tables(publisher) or name not in _marker_tables(subscriber):
        return None
    sent = publisher.rows(sql.ON_THEIR_WAY, {"side": str(publisher.side)}, marker=(SCHEMA, name))
    tokens = {"tokens": [row["token"] for row in sent]}
    there = {row["token"] for row in subscriber.rows(sql.ARRIVED, tokens, marker=(SCHEMA, name))}
    return max((float(row["age"]) for row in sent if row["token"] not in there), default=None)
