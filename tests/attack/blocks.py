# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks that block: locks, idle transactions, floods, signals to other sessions."""

from __future__ import annotations

from tests.attack.attacks import Attack, Draw, Generator
from tests.fixtures.old_locks import computed_keys

_MODES = (
    "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)  # fmt: skip
_SEEN_KEYS = """
DO $$DECLARE l record; BEGIN
    FOR l IN SELECT classid, objid, objsubid FROM pg_locks WHERE locktype = 'advisory' LOOP
        IF l.objsubid = 2 THEN PERFORM pg_advisory_lock(l.classid::bigint::bit(32)::int, l.objid::bigint::bit(32)::int);
        ELSE PERFORM pg_advisory_lock((l.classid::bigint << 32) | l.objid::bigint); END IF;
    END LOOP;
END$$
"""


def table_lock(draw: Draw) -> Attack:
    """Lock a table in any mode."""
    table = draw.pick("ledger.notes", "ledger.transfers", "ledger.parts_2026", "ledger.chaff", *draw.names.own_tables)
    lock = f"LOCK TABLE {table} IN {draw.pick(*_MODES)} MODE"
    return Attack("table lock", ("BEGIN", lock, draw.hold(), draw.pick("COMMIT", "ROLLBACK")))


def advisory(draw: Draw) -> Attack:
    """Take the advisory locks whose keys can be computed or seen."""
    first, second = computed_keys(draw.names.migration)
    take = draw.pick(
        f"SELECT pg_try_advisory_lock({first}, {second})",
        f"SELECT pg_advisory_lock_shared({first}, {second})",
        _SEEN_KEYS,
    )
    return Attack("advisory lock", (take, draw.hold(), "SELECT pg_advisory_unlock_all()"))


def idle(draw: Draw) -> Attack:
    """Keep a snapshot or a catalog lock, under the name of one of our sessions."""
    first = draw.pick(
        "SELECT count(*) FROM ledger.notes",
        "SELECT pg_current_xact_id()",
        "SELECT * FROM ledger.chaff FOR UPDATE",
        "CREATE TEMP TABLE mallory_temp (token text) ON COMMIT DROP",
        "LOCK TABLE ledger.chaff IN SHARE MODE",
        "SELECT nextval('ledger.tickets')",
        "SELECT pg_sequence_last_value('bluegreen.gate'::regclass)",
        "SELECT * FROM bluegreen.gate",
    )
    begin = draw.pick("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN READ ONLY")
    name = draw.pick("bluegreen x", f"bluegreen {draw.names.migration} switch", "psql", "")
    return Attack("idle transaction", (f"SET application_name = '{name}'", begin, first, draw.hold(), "ROLLBACK"))


def signal_ours(draw: Draw) -> Attack:
    """End other sessions, which is refused except for the role's own."""
    function = draw.pick("pg_terminate_backend", "pg_cancel_backend")
    which = draw.pick("application_name LIKE 'bluegreen%'", f"usename = '{draw.names.migrator}'", "backend_type <> ''")
    call = f"""DO $$DECLARE p int; BEGIN
        FOR p IN SELECT pid FROM pg_stat_activity WHERE {which} AND pid <> pg_backend_pid() LOOP
            BEGIN PERFORM {function}(p); EXCEPTION WHEN OTHERS THEN NULL; END;
        END LOOP;
    END$$"""
    return Attack("signals", (call,))


def flood(draw: Draw) -> Attack:
    """Flood the queue of notifications, the catalog of temporary things, or the sequence of values."""
    times = draw.chance.randint(10, 2000)
    statement = draw.pick(
        f"DO $$BEGIN FOR i IN 1..{times} LOOP PERFORM pg_notify('bluegreen', i::text); END LOOP; END$$",
        f"DO $$BEGIN FOR i IN 1..{times // 40} LOOP EXECUTE 'CREATE TEMP TABLE mallory_' || i || ' (a int)'; END LOOP; "
        "DISCARD TEMP; END$$",
        f"SELECT count(nextval('ledger.tickets')) FROM generate_series(1, {times})",
        f"SELECT pg_logical_emit_message(false, 'bluegreen', repeat('x', {times}))",
    )
    return Attack("flood", (statement,))


def maintain(draw: Draw) -> Attack:
    """Maintain a table, where the major version or ownership allows it."""
    table = draw.pick("ledger.notes", "ledger.chaff", *draw.names.own_tables)
    verb = draw.pick("VACUUM", "VACUUM FULL", "ANALYZE", "REINDEX TABLE", "VACUUM FREEZE")
    return Attack("maintenance", (f"{verb} {table}",))


BLOCKS: tuple[Generator, ...] = (table_lock, advisory, idle, idle, signal_ours, flood, maintain)
