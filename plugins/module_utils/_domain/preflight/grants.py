# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the migration's role is granted before, and what is taken back afterwards: page and files come from here.

``{migrator}``, ``{owner}`` and ``{database}`` stand for names, ``{password}`` for the password.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from ..capabilities import Capability
from ..sides import Side


class Due(Enum):
    """When a grant is due."""

    ALWAYS = "always"
    WITH_ROW_SECURITY = "where tables have row-level security"
    WITH_STANDBYS = "where a side has standbys"
    ON_REQUEST = "only for what its step does"


@dataclass(frozen=True)
class Grant:
    """One statement, and the one that takes it back.

    ``first`` and ``last``: majors of the server, 0 for any. ``if_there``: in its place where the role is there already.
    """

    name: str
    statement: str
    take_back: str
    why: str
    due: Due = Due.ALWAYS
    first: int = 0
    last: int = 0
    sides: tuple[Side, ...] = tuple(Side)
    if_there: str = ""

    def is_for(self, side: Side, major: int, due: Collection[Due]) -> bool:
        """Tell whether that server is to be told it."""
        begun = self.first <= major and (not self.last or major <= self.last)
        return begun and side in self.sides and self.due in due

    @property
    def is_per_owner(self) -> bool:
        """Tell whether there is one for each owner."""
        return "{owner}" in self.statement


_ORIGIN_FUNCTIONS = (
    "pg_replication_origin_create(text), pg_replication_origin_drop(text), pg_replication_origin_oid(text), "
    "pg_replication_origin_session_setup, pg_replication_origin_session_reset()"
)
_PLAIN_SUBSCRIBERS = Capability.SUBSCRIBERS.first
GRANTS = (
    Grant(
        "role",
        "CREATE ROLE {migrator} LOGIN REPLICATION PASSWORD {password}",
        "DROP ROLE {migrator}",
        "REPLICATION: a subscription on the other server makes a replication slot here, and reads from it",
        if_there="ALTER ROLE {migrator} REPLICATION",
    ),
    Grant(
        "owner",
        "GRANT {owner} TO {migrator}",
        "REVOKE {owner} FROM {migrator}",
        "reads every table, publishes it and puts triggers on it; creates the schema bluegreen; restores objects in "
        "the name of their owner; sets the database's signpost; a subscription writes as the tables' owner",
    ),
    Grant(
        "subscriber",
        "GRANT pg_create_subscription TO {migrator}",
        "REVOKE pg_create_subscription FROM {migrator}",
        "makes subscriptions",
        first=_PLAIN_SUBSCRIBERS,
    ),
    Grant(
        "superuser",
        "ALTER ROLE {migrator} SUPERUSER",
        "ALTER ROLE {migrator} NOSUPERUSER",
        f"before PostgreSQL {_PLAIN_SUBSCRIBERS} a server lets nobody but a superuser make a subscription",
        last=_PLAIN_SUBSCRIBERS - 1,
    ),
    Grant(
        "monitor",
        "GRANT pg_monitor TO {migrator}",
        "REVOKE pg_monitor FROM {migrator}",
        "sees long transactions and sessions of other roles; without it they are unknown, and unknown stops a switch",
    ),
    Grant(
        "signal",
        "GRANT pg_signal_backend TO {migrator}",
        "REVOKE pg_signal_backend FROM {migrator}",
        "ends the sessions that clients still have on the side out of service after a switch",
    ),
    Grant(
        "connect",
        "GRANT CONNECT ON DATABASE {database} TO {migrator}",
        "REVOKE CONNECT ON DATABASE {database} FROM {migrator}",
        "connects, where that is not open to everybody",
    ),
    Grant(
        "bypass",
        "ALTER ROLE {migrator} BYPASSRLS",
        "ALTER ROLE {migrator} NOBYPASSRLS",
        "reads the rows that row-level security would hide, and which would then be missing on green",
        Due.WITH_ROW_SECURITY,
    ),
    Grant(
        "origins",
        "GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status() TO {migrator}",
        "REVOKE EXECUTE ON FUNCTION pg_show_replication_origin_status() FROM {migrator}",
        "sees up to where its rows have arrived, without which nothing reads on after a failover",
        Due.WITH_STANDBYS,
    ),
    Grant(
        "create",
        "GRANT CREATE ON DATABASE {database} TO {migrator}",
        "REVOKE CREATE ON DATABASE {database} FROM {migrator}",
        "creates the schema bluegreen where the role is no member of the database's owner",
        Due.ON_REQUEST,
    ),
    Grant(
        "createrole",
        "ALTER ROLE {migrator} CREATEROLE",
        "ALTER ROLE {migrator} NOCREATEROLE",
        "setup creates roles, memberships, passwords and settings that green lacks",
        Due.ON_REQUEST,
        sides=(Side.GREEN,),
    ),
    Grant(
        "createdb",
        "ALTER ROLE {migrator} CREATEDB",
        "ALTER ROLE {migrator} NOCREATEDB",
        "creates green's database",
        Due.ON_REQUEST,
        sides=(Side.GREEN,),
    ),
    Grant(
        "replica",
        "GRANT SET ON PARAMETER session_replication_role TO {migrator}",
        "REVOKE SET ON PARAMETER session_replication_role FROM {migrator}",
        "verify repairs rows, and writes as replication does",
        Due.ON_REQUEST,
        first=Capability.PARAMETER_PRIVILEGES.first,
    ),
    Grant(
        "origin_writes",
        f"GRANT EXECUTE ON FUNCTION {_ORIGIN_FUNCTIONS} TO {{migrator}}",
        f"REVOKE EXECUTE ON FUNCTION {_ORIGIN_FUNCTIONS} FROM {{migrator}}",
        "gives writes of a repair or a backfill an origin, where a link leads away from that side",
        Due.ON_REQUEST,
    ),
)
