# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting and ending the sessions of clients on the side out of service."""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.switch.left_behind import Clients
from ..service.journal import has_journal
from ..session import Session
from ..sql.switch import left_behind as sql


def read_clients(old: Session) -> list[Clients]:
    """Return the clients that are connected to this side."""
    return [Clients(**row) for row in old.rows(sql.COUNT)]


def plan_end_of_clients(old: Session) -> None:
    """Let the server plan :func:`end_clients`; this ends nobody."""
    old.plan(sql.END, spared="text[]")
    end_clients(old, (row["role"] for row in old.rows(sql.ROLES)))


def read_harmless(old: Session) -> list[str]:
    """Return the roles that own no table, gate or schema, and may create neither a trigger nor a table."""
    return [row["role"] for row in old.rows(sql.HARMLESS, {})]


def end_clients(old: Session, spared: Iterable[str] = ()) -> list[Clients]:
    """End all sessions that we may end, except those of the roles ``spared``, and return the clients."""
    return [Clients(**row) for row in old.rows(sql.END, {"spared": list(spared)})]


def seconds_since_fence(old: Session, migration: str) -> float | None:
    """Return the seconds since this side was fenced by a switch, ``None`` where its journal does not tell."""
    if not has_journal(old):
        return None
    seconds = old.value(sql.SECONDS_SINCE_FENCE, {"migration": migration})
    return None if seconds is None else float(seconds)
