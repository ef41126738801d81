# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight knows about a server, its activity and the current role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..relations import TableName


@dataclass(frozen=True)
class Standby:
    """A standby as its primary sees it, by its slot's name, or by its own.

    ``has_slot``: it streams through a physical slot. ``gives_feedback``: ``hot_standby_feedback`` is on.
    ``copies_slots``: some standby does. ``is_waited_for``: a logical slot sends nothing that it has not received.
    """

    name: str
    has_slot: bool
    gives_feedback: bool
    copies_slots: bool
    is_waited_for: bool

    @property
    def lacks(self) -> str:
        """Return the settings that it takes for a failover to lose no link; nothing if it has them all."""
        settings = {
            "primary_slot_name": self.has_slot,
            "hot_standby_feedback = on": self.gives_feedback,
            "sync_replication_slots = on with a dbname in primary_conninfo": self.copies_slots,
        }
        there = [name for name, is_set in settings.items() if not is_set]
        at_it = f"{', '.join(there)} at {self.name}" if there else ""
        here = "" if self.is_waited_for else f"{self.name}'s slot in synchronized_standby_slots at the primary"
        return "; ".join(part for part in (at_it, here) if part)


@dataclass(frozen=True)
class Database:
    """The database and its server. ``size``: bytes. ``frozen_age``: transactions since the oldest frozen one.

    ``fenced``: our fence closes it.
    """

    version: int
    system: str
    name: str
    in_recovery: bool
    encoding: str
    collate: str
    ctype: str
    provider: str
    locale: str | None
    connection_limit: int
    frozen_age: int
    large_objects: int
    size: int
    fenced: bool
    tablespaces: tuple[str, ...]
    known_tablespaces: tuple[str, ...]
    needed_roles: tuple[str, ...]
    standbys: tuple[Standby, ...]

    @property
    def major(self) -> int:
        """Return the major version, such as 17."""
        return self.version // 10000


@dataclass(frozen=True)
class Pace:
    """What the server has written since its last checkpoint, ``seconds`` ago: bytes of WAL, transactions."""

    seconds: float
    wal_bytes: float
    transactions: int


@dataclass(frozen=True)
class Access:
    """What the current role may do in the database."""

    role: str
    database_owner: str
    creates: bool
    owns_database: bool
    sees_activity: bool
    creates_roles: bool


@dataclass(frozen=True)
class Role:
    """A role, seen from the current role and from the role that the link connects as.

    ``inherited``: the current role has its privileges; ``settable``: it may SET ROLE to it; ``link_inherits``: the
    link's role has its privileges; ``sets_replica``: it may set session_replication_role.
    """

    name: str
    superuser: bool
    replication: bool
    bypasses_row_security: bool
    connection_limit: int
    inherited: bool
    settable: bool
    link_inherits: bool
    sets_replica: bool


@dataclass(frozen=True)
class Allowed:
    """What the server said when it was asked, where only a role of a managed service would allow it.

    Anybody may create a role of that name, and a restored dump does; ``None``: there was no need to ask, or no way.
    """

    subscribes: bool | None = None
    replicates: bool | None = None


@dataclass(frozen=True)
class Setting:
    """A server setting, numbers in the base unit of the server."""

    name: str
    value: str
    needs_restart: bool
    pending_restart: bool


@dataclass(frozen=True)
class Slot:
    """A replication slot of any database. ``retained``: bytes of WAL, ``None`` unknown.

    ``spilled``: transactions that did not fit into memory when decoded, of ``decoded`` ones.
    """

    name: str
    database: str | None
    here: bool
    active_pid: int | None
    wal_status: str | None
    retained: int | None
    failover: bool
    spilled: int
    decoded: int


@dataclass(frozen=True)
class Sender:
    """A WAL sender; ``application`` is ``None`` where it may not be seen."""

    pid: int
    application: str | None


@dataclass(frozen=True)
class Subscription:
    """A subscription of any database of the server. ``copying``: tables that are not ready.

    ``errors``: ``None`` where the server does not count them (14). ``conflicts``: changes that found no row, or a
    different one; ``None`` before 18.
    """

    oid: str
    name: str
    here: bool
    enabled: bool
    workers: int
    copying: tuple[TableName, ...]
    errors: int | None
    conflicts: int | None = None


@dataclass(frozen=True)
class Publication:
    """A publication of the database. ``tables``: those that it names."""

    name: str
    all_tables: bool
    tables: frozenset[TableName] = frozenset()


@dataclass(frozen=True)
class Prepared:
    """A prepared transaction of any database; ``seconds``: its age."""

    gid: str
    database: str
    seconds: float


@dataclass(frozen=True)
class Transaction:
    """An open transaction; ``seconds``: its age."""

    pid: int
    role: str
    database: str
    seconds: float


@dataclass(frozen=True)
class Peer:
    """How the other server should reach this side. ``missing``: keywords without which it would guess."""

    address: str
    user: str | None
    password: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Reach:
    """The result of this server's connection to the other one.

    ``error`` is ``None`` if it succeeded; ``system`` and ``database`` identify what answered, if that could be asked.
    """

    error: str | None = None
    system: str | None = None
    database: str | None = None


# A default by role (empty: every role of the database): name to value.
RoleSettings = Mapping[str, Mapping[str, str]]
