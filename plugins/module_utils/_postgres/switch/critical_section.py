# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the critical section does on one server."""

from __future__ import annotations

from ..._domain.clock import Deadline
from ..._domain.names import copy_session_name
from ..session import Session
from ..sql.switch import critical_section as sql


def limit_silence(session: Session, deadline: Deadline, lock_seconds: float) -> None:
    """Let the server end this session's transaction if we are silent until ``deadline``."""
    limits = {"ms": deadline.left_milliseconds(), "lock_ms": max(1, int(lock_seconds * 1000))}
    session.run(sql.LIMIT_SILENCE, limits)
    session.expect_lock_timeout(lock_seconds)


def end_runs(session: Session, migration: str) -> None:
    """End the sessions on this side of every other run of the migration, and of its first copy."""
    names = {"run": f"bluegreen {migration} "[:63], "copy": copy_session_name(migration)}
    session.run(sql.END_RUNS, {"own": session.own_pids(), **names})


def has_fence_row(session: Session, migration: str, epoch: int) -> bool:
    """Tell whether this side's journal has the fence row of that switch; fence and row commit together."""
    return session.value(sql.FENCE_ROW, {"migration": migration, "epoch": epoch}) is not None


def flushed_lsn(session: Session) -> str:
    """Return the LSN up to which this side's WAL is on disk: everything committed before lies below it."""
    return str(session.value(sql.FLUSHED))


def standbys_behind(session: Session, lsn: str | None) -> list[str]:
    """Return the physical standbys that have not flushed ``lsn`` (``None``: all that this side has flushed)."""
    return [row["name"] for row in session.rows(sql.STANDBYS_BEHIND, {"lsn": lsn})]
