# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection from one server to the other, made by the server itself."""

from __future__ import annotations

from ..._domain.clock import Deadline
from ..._domain.preflight.servers import Reach
from ..._domain.sides import Side
from ..session import Session
from ..sides import Sides
from ..sql.preflight import reach as sql
from ..subscribe import hand_over

SECONDS = 10.0
# A connection that failed, would have needed no password, or took too long. Other errors say nothing about it.
_FAILED = ("08", "2F003", "57014")


def try_reach(sides: Sides, side: Side, may_try_subscription: bool, seconds: float = SECONDS) -> Reach | None:
    """Let ``side``'s server connect to the other one as its link would.

    With dblink where that is installed; otherwise with a subscription that is rolled back in the same statement, where
    that is allowed.

    :param may_try_subscription: false in check mode, which does not write even that
    :param seconds: for the connection
    :returns: ``None`` when there was no way to test it
    """
    session = sides.connect(side, "reachability", Deadline(2 * seconds, f"Reaching {side.other} from {side}"))
    try:
        schema = session.value(sql.DBLINK_SCHEMA)
        if schema is None and not may_try_subscription:
            return None
        conninfo = sides.place(side.other).peer_conninfo("bluegreen reachability")
        session.run(sql.LIMIT, {"ms": int(seconds * 1000)})
        with session.transaction():
            _try(session, conninfo, schema)
            answer = session.row(sql.ANSWER)
    finally:
        session.close()
    if answer is None:
        raise LookupError("the server did not say what came of its connection")
    sqlstate = answer.pop("sqlstate")
    if sqlstate and not sqlstate.startswith(_FAILED):
        return None
    return Reach(**{name: value or None for name, value in answer.items()})


def _try(session: Session, conninfo: str, schema: str | None) -> None:
    hand_over(session, dict.fromkeys(("error", "sqlstate", "system", "database"), ""))
    if schema is None:
        hand_over(session, {"name": "bluegreen_probe", "conninfo": conninfo, "options": sql.NOTHING_KEPT})
        session.run(sql.BY_SUBSCRIPTION)
    else:
        hand_over(session, {"schema": schema, "conninfo": f"{conninfo} replication='database'"})
        session.run(sql.BY_DBLINK)
