# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe's table on one side: whom it lets in, and the rows of one run."""

from __future__ import annotations

from ..._domain.client.figures import Rows
from ..._domain.errors import MigrationError
from ..._domain.names import PROBE, SCHEMA, links_of
from ..ours import require_ours
from ..service.gate import create_trigger
from ..session import Session
from ..sql.client import probe as sql
from ..sql.service import marker


def require_carried(session: Session, migration: str) -> None:
    """Refuse to write where no link would carry the rows to the other side.

    :raises MigrationError: BG754
    """
    if not session.value(sql.IS_CARRIED, {"names": links_of(migration)}):
        raise MigrationError(
            "BG754",
            f"No link carries {SCHEMA}.{PROBE} away from {session.side}",
            "The switch is not measured by a client, and goes on without it",
            "Run replicate, or sync where the other side was in service before",
        )


def let_in(session: Session, role: str) -> None:
    """Let the role insert into the table, which wears the gate, and nothing else; all or nothing.

    :raises MigrationError: BG756 when USAGE on our schema would open more to it, BG758 when it is our own role, BG138
        when others own part of it
    """
    if session.value(sql.IS_OURS, {"role": role}):
        raise MigrationError(
            "BG758",
            f"The application arrives as {role}, which is our own role",
            "The switch is not measured by a client, and goes on without it",
            "Set bluegreen_application to the application's own role",
        )
    with session.transaction():
        session.run(marker.CREATE_PROBE)
        reach = session.row(sql.WOULD_REACH, {"role": role})
        if reach is not None:
            raise MigrationError(
                "BG756",
                f"On {session.side} default privileges let {role} {reach['privilege']} {reach['what']}, which only the "
                "missing USAGE on our schema prevents",
                "The switch is not measured by a client, and goes on without it",
                "Revoke these default privileges from our role, or let the migration go on without a probe",
            )
        session.run(sql.CREATE_KEEP_SMALL)
        session.run(sql.SIGN_ROWS, {"side": str(session.side)})
        create_trigger(session, (SCHEMA, PROBE))
        session.run(sql.LET_IN, None, role=role)
        require_ours(session)


def let_nobody_in(session: Session) -> None:
    """Take back what :func:`let_in` gave, from whomever."""
    session.run(marker.LET_NOBODY_IN)


def read_rows(session: Session, run: str) -> Rows:
    """Return the rows of one run."""
    rows = session.rows(sql.ROWS, {"run": run})
    times: dict[int, int] = {}
    for row in rows:
        times[row["number"]] = times.get(row["number"], 0) + row["times"]
    return Rows(times, {row["number"]: row["side"] for row in rows})
