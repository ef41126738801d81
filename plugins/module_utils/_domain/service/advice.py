# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice, by direction and by the side in service: the one source for messages. Pure.

No advice touches rows, database or gate of a side that is in service, or that may be.
"""

from __future__ import annotations

from ..sides import Direction, Side
from .situation import Situation

END = "run cleanup when green has proven itself"
NO_WAY_BACK = "BG760"
NO_WAY_BACK_WORDS = "there is no way back: green no longer has tables that blue's rows were in"
ANEW = "a new attempt is a new migration, with another bluegreen_migration and an empty green"


def mending(direction: Direction, serves: Side | None) -> str:
    """Return the playbook that repairs that direction's link: ``sync`` repairs both while green is in service.

    :param serves: the side in service, ``None`` if that is not clear
    """
    return "replicate" if direction is Direction.FORWARD and serves is not Side.GREEN else "sync"


def may_be_emptied(side: Side, situation: Situation) -> bool:
    """Tell whether nobody uses the rows of a side: the other side is in service, and our fence closes this one."""
    gate = situation.gates.get(side)
    return situation.in_service is side.other and gate is not None and gate.fenced and not situation.contradiction()


def before_a_copy_to(side: Side, situation: Situation) -> str:
    """Return what to do about rows in tables that a copy would fill."""
    if may_be_emptied(side, situation):
        return f"Empty these tables on {side}, then run the same command again"
    return f"Leave {side} as it is, since it may be in service, and run status, which shows where things stand"


def after_a_gap(direction: Direction, situation: Situation) -> str:
    """Return what to do if rows that a link should have brought are lost for good."""
    if situation.in_service is None:
        return "Run status, which shows where things stand"
    if situation.in_service is Side.GREEN:
        gone = "way back to blue" if direction is Direction.REVERSE else "way to green after a rollback"
        return f"There is no {gone} any more: {END}"
    if situation.switched or direction is Direction.REVERSE:
        return f"Run cleanup, which ends this migration; {ANEW}"
    if may_be_emptied(Side.GREEN, situation):
        return "Run rollback to undo the migration, empty green, and start again with setup"
    return f"Run rollback to undo the migration; {ANEW}"


def after_a_failover(direction: Direction, situation: Situation, *, known: bool) -> str:
    """Return what to do where a link may not go on reading after a failover of its publisher.

    :param known: that rows are missing, or would be, is known and not only possible
    """
    anew = after_a_gap(direction, situation)
    if known:
        return anew
    return (
        f"Let a superuser run in {direction.subscriber}'s database: GRANT EXECUTE ON FUNCTION "
        f"pg_show_replication_origin_status() TO the role in use; then run the same command again. Or: {anew}"
    )


def about_a_row_in_the_way(side: Side, serves: Side | None, said: bool) -> str:
    """Return what to do about a row of ``side`` that stops a link, or may do so.

    :param said: the server of ``side`` says that a row stops it; a row that only we have found may be innocent
    """
    if serves is not side.other:
        return (
            f"Leave {side} as it is, since it may be in service: find out who has written to {side.other}, which takes "
            "no writes, and run status"
        )
    only = "" if said else f"Look for SQLSTATE 23505 in {side}'s log; without it that row is not the reason. With it: "
    compare = f"compare that row with {side.other}'s"
    return (
        f"{only}{compare if only else compare.capitalize()}. If {side.other} never had it, it did not come through the "
        f"link: delete it on {side} with session_replication_role = replica. If it did, make {side}'s unique index as "
        f"{side.other}'s. The lane continues by itself within seconds"
    )
