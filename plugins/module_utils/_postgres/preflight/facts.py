# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One side's facts for preflight, read in one read-only snapshot, and a sample that shows how fast reading is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..._domain.confirmation import Confirmation
from ..._domain.endpoint import Endpoint
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.preflight import servers
from ..._domain.preflight.facts import SideFacts
from ..._domain.preflight.outlook import Sample
from ..._domain.relations import TableName
from ..._domain.session_settings import EQUAL_ON_BOTH_SIDES, LINKS
from ..consumers.found import read_consumers
from ..failures import LOCKED
from ..ours import read_strange_links, read_strangers
from ..schema.relation_facts import read_schema
from ..service.beginnings import read_strays
from ..session import Session
from ..sql.preflight import facts as sql
from ..sql.waits import CONFIRMATION
from ..users_settings import users_session
from .large_values import read_largest_values
from .privileges import try_privileges

_SETTINGS = (
    "wal_level", "max_replication_slots", "max_wal_senders", "max_logical_replication_workers", "max_worker_processes",
    "max_active_replication_origins", "max_sync_workers_per_subscription", "max_locks_per_transaction",
    "max_connections", "max_prepared_transactions", "wal_sender_timeout", "max_slot_wal_keep_size",
    "idle_replication_slot_timeout", "statement_timeout", "transaction_timeout", "autovacuum", "track_counts",
    "autovacuum_freeze_max_age", "shared_preload_libraries", "session_preload_libraries",
    "superuser_reserved_connections", "reserved_connections",
)  # fmt: skip
LOCK_SECONDS = 3.0
_PAGE = 8192  # bytes
_FEWEST_PAGES, _MOST_PAGES = 128, 1024
_ACCESS = ("role", "database_owner", "creates", "owns_database", "sees_activity", "creates_roles")
_REQUIRED_BY_PEER = ("dbname", "user")


def read_side(session: Session, migration: str, application_roles: Sequence[str]) -> SideFacts:
    """Return all facts of the session's side except its reach, in a few queries, however many tables there are.

    :raises MigrationError: BG022 when a lock prevents reading
    """
    try:
        with session.transaction(sql.BEGIN):
            session.run(sql.LOCK_TIMEOUT, {"ms": int(LOCK_SECONDS * 1000)})
            session.run(sql.SAME_TEXT)
            facts = _read(session, migration, application_roles)
        tables = [one.name for one in facts.relations]
        return replace(
            facts, allowed=try_privileges(session, facts), largest_values=read_largest_values(session, tables)
        )
    except DatabaseError as error:
        if error.sqlstate != LOCKED:
            raise
        raise MigrationError(
            "BG022",
            f"Something in {session.side} has been locked exclusively for more than {LOCK_SECONDS:g} s: {error.what}",
            "Nothing was changed",
            error.todo,
        ) from None


def _read(session: Session, migration: str, application_roles: Sequence[str]) -> SideFacts:
    peer = describe_peer(session.endpoint)
    row = session.row(sql.DATABASE, {})
    if row is None:
        raise LookupError("pg_database has no row of the current database")
    access = servers.Access(**{name: row.pop(name) for name in _ACCESS})
    return SideFacts(
        side=session.side,
        database=servers.Database(
            **{key: _frozen(value) for key, value in row.items()},
            standbys=tuple(servers.Standby(**one) for one in session.rows(sql.STANDBYS, {})),
        ),
        access=access,
        peer=peer,
        reach=None,
        roles=_read_roles(session, peer.user or access.role),
        role_settings=_read_role_settings(session),
        schema_changers=_read_schema_changers(session, application_roles),
        **_read_beginning(session),
        strangers=read_strangers(session) + read_strange_links(session, migration),
        strays=read_strays(session),
        confirmation=_read_confirmation(session) if access.sees_activity else None,
        **_read_activity(session),
        consumers=read_consumers(session, migration),
        **_read_objects(session, peer.user or access.role),
    )


def _read_objects(session: Session, link_role: str) -> dict[str, Any]:
    session.run(sql.QUOTE_EVERY_NAME)
    return read_schema(session, link_role)


def describe_peer(endpoint: Endpoint) -> servers.Peer:
    """Return the connection string by which the other server reaches this side."""
    told = endpoint.peer
    missing = [name for name in _REQUIRED_BY_PEER if not told.get(name)]
    if not (told.get("host") or told.get("hostaddr")):
        missing.insert(0, "host")
    address = f"{told.get('host') or told.get('hostaddr', '')}:{told.get('port', '5432')}/{told.get('dbname', '')}"
    return servers.Peer(address, told.get("user"), bool(told.get("password")), tuple(missing))


def _read_beginning(session: Session) -> dict[str, Any]:
    """Read the settings of a session of our role that asks for none."""
    names = [*_SETTINGS, *EQUAL_ON_BOTH_SIDES, *LINKS]
    with users_session(session) as plain:
        begins_as = str(plain.value(sql.BEGINS_AS))
        plain.run(sql.AS_ITSELF)  # which is shown more
        settings = {row["name"]: servers.Setting(**row) for row in plain.rows(sql.SETTINGS, {"names": names})}
        return {"settings": settings, "begins_as": begins_as}


def _read_confirmation(session: Session) -> Confirmation:
    [row] = session.rows(CONFIRMATION)
    return Confirmation(**row)


def _read_roles(session: Session, link: str) -> dict[str, servers.Role]:
    return {row["name"]: servers.Role(**row) for row in session.rows(sql.roles(session.major), {"link": link})}


def _read_role_settings(session: Session) -> dict[str, dict[str, str]]:
    return {
        row["role"]: dict(setting.split("=", 1) for setting in row["settings"])
        for row in session.rows(sql.ROLE_SETTINGS)
    }


def _read_schema_changers(session: Session, application_roles: Sequence[str]) -> frozenset[str]:
    return frozenset(row["role"] for row in session.rows(sql.SCHEMA_CHANGERS, {"roles": list(application_roles)}))


def _read_activity(session: Session) -> dict[str, Any]:
    pace = session.row(sql.PACE)
    return {
        "pace": servers.Pace(**pace) if pace else None,
        "publications": tuple(_publication(row) for row in session.rows(sql.PUBLICATIONS)),
        "subscriptions": tuple(_subscription(row) for row in session.rows(sql.subscriptions(session.major))),
        "slots": tuple(servers.Slot(**row) for row in session.rows(sql.SLOTS)),
        "senders": tuple(servers.Sender(**row) for row in session.rows(sql.SENDERS)),
        "background_workers": int(session.value(sql.BACKGROUND_WORKERS, {})),
        "clients": int(session.value(sql.CLIENTS, {})),
        "prepared": tuple(servers.Prepared(**row) for row in session.rows(sql.PREPARED)),
        "transactions": tuple(servers.Transaction(**row) for row in session.rows(sql.TRANSACTIONS, {})),
        "drifted_collations": tuple(row["name"] for row in session.rows(sql.collations(session.major))),
    }


def read_sample(session: Session) -> Sample | None:
    """Read some megabytes of the largest table to measure the speed; ``None`` where there is too little data."""
    largest = session.row(sql.LARGEST_TABLE, {"pages": _MOST_PAGES})
    if largest is None or largest["pages"] < _FEWEST_PAGES:
        return None
    table = TableName(largest["schema"], largest["name"])
    started = time.monotonic()
    try:
        with session.transaction(sql.BEGIN):
            session.run(sql.LOCK_TIMEOUT, {"ms": int(LOCK_SECONDS * 1000)})
            session.rows(sql.SAMPLE, {"end": f"({largest['pages']},0)"}, table=table.parts)
    except DatabaseError as error:
        if error.sqlstate != LOCKED:
            raise
        return None
    return Sample(str(table), largest["pages"] * _PAGE, time.monotonic() - started)


def _publication(row: dict[str, Any]) -> servers.Publication:
    tables = frozenset(TableName(*name) for name in row.pop("tables") or ())
    return servers.Publication(tables=tables, **row)


def _subscription(row: dict[str, Any]) -> servers.Subscription:
    copying = tuple(TableName(*name) for name in row.pop("copying") or ())
    return servers.Subscription(copying=copying, **row)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
