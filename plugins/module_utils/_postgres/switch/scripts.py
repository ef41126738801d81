# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the switch's SQL files in a session's open transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..._domain.clock import Deadline
from ..._domain.errors import ConnectionLost, DatabaseError, MigrationError
from ..._domain.lanes.link import LaneSpec
from ..._domain.schema.version import UP
from ..._domain.switch.scripts import SwitchScript, SwitchScripts
from ..lanes import link
from ..schema import version
from ..service import gate
from ..session import Session
from ..sql.service import gate as gate_sql
from ..sql.switch import scripts as sql
from ..users_settings import ours, users

SCRIPT_FAILED = "BG263"


def run_scripts(session: Session, scripts: SwitchScripts, settings: Mapping[str, str], lock_seconds: float) -> None:
    """Run all files, with their rows in the version table, in the open transaction, which has lifted the fence.

    :param settings: the result of :func:`~.users_settings.read_users_settings`
    :raises MigrationError: BG263 naming the file, when the server refused it or its time was up
    """
    limit = Deadline(scripts.limit, f"Running {scripts.versions}")
    _publish(session, scripts.during)
    if scripts.direction == UP and not version.has_table(session, scripts.table):
        version.create_table_within(session, scripts.table)
    for script in scripts.scripts:
        run_script(session, scripts, script, settings, limit, lock_seconds)
    gate.gate_new_tables(session)
    _publish(session, scripts.after)


def run_script(
    session: Session,
    scripts: SwitchScripts,
    script: SwitchScript,
    settings: Mapping[str, str],
    limit: Deadline,
    lock_seconds: float,
) -> None:
    """Run one file with its row; parameters and errors as with :func:`run_scripts`."""
    started = time.monotonic()
    up = scripts.direction == UP
    session.expect_lock_timeout(lock_seconds)
    try:
        limit.check()
        session.run(
            sql.HAND_OVER,
            {
                "text": script.up if up else script.down,
                "settings": users(settings),
                "ms": limit.left_milliseconds(),
                "lock_ms": max(1, int(min(lock_seconds, limit.left()) * 1000)),
            },
        )
        session.run(sql.EXECUTE)
        session.run(sql.COME_BACK, {"settings": ours(settings)})
        session.run(sql.RECORD_UP if up else sql.RECORD_DOWN, _row(script, started), table=scripts.table.parts)
    except ConnectionLost:
        raise
    except MigrationError as error:
        raise _failed(session, script, up, error) from None


def _row(script: SwitchScript, started: float) -> dict[str, object]:
    return {
        "version": script.version,
        "description": script.description,
        "checksum": script.checksum,
        "milliseconds": int((time.monotonic() - started) * 1000),
    }


def _publish(session: Session, lanes: tuple[LaneSpec, ...]) -> None:
    for lane in lanes:
        link.change_publication(session, lane)


def lift_fence(session: Session) -> None:
    """Lift the fence for the open transaction only; it holds the gate, so nobody sees it."""
    session.run(gate_sql.DROP_FENCED)


def close_fence(session: Session) -> None:
    """Close it again before that transaction ends."""
    session.run(gate_sql.CREATE_FENCED)


def _failed(session: Session, script: SwitchScript, up: bool, error: MigrationError) -> MigrationError:
    sqlstate = error.sqlstate if isinstance(error, DatabaseError) else None
    verb = "bringing" if up else "taking back"
    return DatabaseError(
        SCRIPT_FAILED,
        f"{verb.capitalize()} version {script.version} ({script.description}) on {session.side} failed: {error.what}",
        "Nothing of it has taken effect",
        "Correct the file, or give it more time by bluegreen_at_cutover_limit",
        sqlstate,
    )
