# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a healthy migration, in which tests plant faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consumers.consumer import Consumer, Reader
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight import servers
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.checks import examine
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.facts import Facts, SideFacts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.schema import relation_facts
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side

OURS = "bluegreen_shop_forward_1"
USERS = TableName("public", "users")
SYSTEMS = {Side.BLUE: "7001", Side.GREEN: "7002"}
_SETTINGS = {
    "wal_level": "logical",
    "max_replication_slots": "10",
    "max_wal_senders": "10",
    "max_logical_replication_workers": "4",
    "max_worker_processes": "8",
    "max_sync_workers_per_subscription": "2",
    "max_locks_per_transaction": "64",
    "max_connections": "100",
    "max_prepared_transactions": "0",
    "wal_sender_timeout": "60000",
    "max_slot_wal_keep_size": "-1",
    "statement_timeout": "0",
    "autovacuum": "on",
    "track_counts": "on",
    "autovacuum_freeze_max_age": "200000000",
    "shared_preload_libraries": "",
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
}
_RELOADED = ("wal_sender_timeout", "max_slot_wal_keep_size", "max_sync_workers_per_subscription", "autovacuum")


def settings(**changes: str) -> dict[str, servers.Setting]:
    """Return a server's settings."""
    return {
        name: servers.Setting(name, value, needs_restart=name not in _RELOADED, pending_restart=False)
        for name, value in {**_SETTINGS, **changes}.items()
    }


def role(name: str, **changes: Any) -> servers.Role:
    """Return an ordinary role that has nothing to do with the migration."""
    ordinary = servers.Role(
        name,
        superuser=False,
        replication=False,
        bypasses_row_security=False,
        connection_limit=-1,
        inherited=False,
        settable=False,
        link_inherits=False,
        sets_replica=False,
    )
    return replace(ordinary, **changes)


def roles(*others: servers.Role) -> dict[str, servers.Role]:
    """Return the roles of a migration with the least privileges, and others."""
    ours = (
        role("app"),
        role("owner", inherited=True, settable=True, link_inherits=True),
        role("migrator", replication=True, inherited=True, settable=True, link_inherits=True),
        role("pg_create_subscription", inherited=True, settable=True, link_inherits=True),
        role("pg_signal_backend", inherited=True, settable=True, link_inherits=True),
    )
    return {each.name: each for each in (*ours, *others)}


def side(which: Side, major: int, **changes: Any) -> SideFacts:
    """Return a side without any object."""
    database = servers.Database(
        version=major * 10000 + 1,
        system=SYSTEMS[which],
        name="shop",
        in_recovery=False,
        encoding="UTF8",
        collate="C.UTF-8",
        ctype="C.UTF-8",
        provider="c",
        locale=None,
        connection_limit=-1,
        frozen_age=1000,
        large_objects=0,
        size=8_000_000,
        fenced=False,
        tablespaces=(),
        known_tablespaces=("pg_default", "pg_global"),
        needed_roles=("owner", "app"),
        standbys=(),
    )
    clean = SideFacts(
        side=which,
        database=database,
        access=servers.Access(
            "migrator", "owner", creates=True, owns_database=True, sees_activity=True, creates_roles=False
        ),
        peer=servers.Peer(f"{which}.example.com:5432/shop", "migrator", password=True, missing=()),
        reach=servers.Reach(None, SYSTEMS[which.other], "shop"),
        settings=settings(),
        roles=roles(),
        role_settings={},
        available={"plpgsql": "1.0", "pg_prewarm": "1.2"},
        extensions=(extension("plpgsql", "1.0"),),
    )
    return replace(clean, **changes)


def facts(blue: dict[str, Any] | None = None, green: dict[str, Any] | None = None, **changes: Any) -> Facts:
    """Return both sides, 17 to 18, with these differences."""
    clean = Facts("shop", side(Side.BLUE, 17, **(blue or {})), side(Side.GREEN, 18, **(green or {})), ("app",))
    return replace(clean, **changes)


BARE_STANDBY = servers.Standby("replica", has_slot=False, gives_feedback=False, copies_slots=False, is_waited_for=False)


def with_database(base: Facts, which: Side, **changes: Any) -> Facts:
    """Return facts whose database differs like this on one side."""
    one = base.blue if which is Side.BLUE else base.green
    changed: dict[str, Any] = {str(which): replace(one, database=replace(one.database, **changes))}
    return replace(base, **changed)


def column(name: str = "id", type_name: str = "integer", **changes: Any) -> relation_facts.Column:
    """Return a column without anything special."""
    plain = relation_facts.Column(
        name, type_name, not_null=False, default=False, identity="", generated="", collation=None
    )
    return replace(plain, **changes)


def table(name: str = "users", **changes: Any) -> relation_facts.Relation:
    """Return a table with a primary key."""
    plain = relation_facts.Relation(
        name=TableName("public", name),
        kind="r",
        persistence="p",
        owner="owner",
        leaf=False,
        identity="d",
        key_immediate=True,
        identity_index=False,
        identity_columns=("id",),
        uniques=(("id",),),
        row_security_forced=False,
        hidden_from_link=False,
        filled=False,
        analyzed=False,
        columns=(column("id", not_null=True),),
    )
    return replace(plain, **changes)


def sequence(**changes: Any) -> relation_facts.Sequence:
    """Return a sequence at its start."""
    fresh = relation_facts.Sequence(
        TableName("public", "numbers"), "owner", least=1, most=1000, step=1, cycles=False, last_value=1
    )
    return replace(fresh, **changes)


def extension(name: str, version: str, **changes: Any) -> relation_facts.Extension:
    """Return an extension in its newest version."""
    return replace(relation_facts.Extension(name, version, version, keeps_data=False, schema="public"), **changes)


def slot(name: str, **changes: Any) -> servers.Slot:
    """Return a logical slot of the database that somebody reads."""
    busy = servers.Slot(
        name,
        database="shop",
        here=True,
        active_pid=4711,
        wal_status="reserved",
        retained=0,
        failover=False,
        spilled=0,
        decoded=0,
    )
    return replace(busy, **changes)


def consumer(slot: str, **changes: Any) -> Consumer:
    """Return a consumer of somebody else's that is there."""
    reader = Reader(4711, "cdc", "debezium", "10.0.0.5")
    busy = Consumer(slot, "pgoutput", "shop", two_phase=False, failover=False, reader=reader, behind=1024)
    return replace(busy, **changes)


def subscription(name: str, **changes: Any) -> servers.Subscription:
    """Return a running subscription of the database."""
    running = servers.Subscription("16400", name, here=True, enabled=True, workers=1, copying=(), errors=0)
    return replace(running, **changes)


def codes(found: Facts) -> list[str]:
    """Return the codes of all findings, with the side: `BG145 blue`."""
    return [f"{finding.code} {finding.side}" for finding in examine(found)]


WITHOUT_SUBSCRIPTIONS = {name: each for name, each in roles().items() if name != "pg_create_subscription"}
CLOSED = servers.Access(
    "migrator", "owner", creates=False, owns_database=False, sees_activity=False, creates_roles=False
)
OPEN = replace(CLOSED, creates=True, owns_database=True, sees_activity=True)
KEY = column("id", not_null=True)


def both(blue: relation_facts.Relation, green: relation_facts.Relation, **changes: object) -> Facts:
    """Return facts of a table on both sides."""
    return facts({"relations": (blue,)}, {"relations": (green,)}, **changes)


def columns(blue: relation_facts.Column, green: relation_facts.Column) -> Facts:
    """Return facts of a table with one more column on both sides."""
    return both(table(columns=(KEY, blue)), table(columns=(KEY, green)))


def on_blue(**changes: Any) -> Facts:
    """Return facts of one table on blue."""
    return facts({"relations": (table(**changes),)})
