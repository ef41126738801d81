# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes in every way that an application has, some of them in flight for a while, under any settings."""

from __future__ import annotations

from tests.attack.attacks import Attack, Draw, Generator, insert

_SETTINGS = (
    "SET search_path = pg_temp, ledger, public, pg_catalog",
    "SET search_path = ''",
    "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION DEFAULT",
    "SET application_name = 'bluegreen attack switch'",
    "SELECT pg_catalog.set_config('application_name', 'bluegreen attack', false)",
    "SET default_transaction_isolation = serializable",
    "SET transform_null_equals = on",
    "SET standard_conforming_strings = off",
    "SET row_security = off",
    "SET client_min_messages = error",
    "SET plan_cache_mode = force_generic_plan",
    "SET extra_float_digits = 0; SET DateStyle = 'German'; SET TimeZone = 'Asia/Kathmandu'",
)


def plain(draw: Draw) -> Attack:
    """Write in one of the ways that SQL has."""
    claim = draw.claim()
    table, token = claim.table, claim.token
    ways = (
        (insert(claim),),
        ((f"MERGE INTO {table} AS t USING (SELECT '{token}' AS token) AS s ON t.token = s.token "
         "WHEN NOT MATCHED THEN INSERT (token) VALUES (s.token)"),),
        (f"WITH w AS (INSERT INTO {table} (token) VALUES ('{token}') RETURNING 1) SELECT count(*) FROM w",),
        (f"PREPARE w AS INSERT INTO {table} (token) VALUES ($1)", f"EXECUTE w('{token}')", "DEALLOCATE w"),
        (f"DO $$BEGIN {insert(claim)}; EXCEPTION WHEN division_by_zero THEN NULL; END$$",),
        ("BEGIN", "SAVEPOINT a", insert(claim), "ROLLBACK TO a", insert(claim), "RELEASE a", "COMMIT"),
    )  # fmt: skip
    return Attack("plain write", draw.chance.choice(ways), claims=(claim,), writes=True)


def under_settings(draw: Draw) -> Attack:
    """Write under a session setting that somebody could have overlooked."""
    claim = draw.claim()
    steps = (draw.pick(*_SETTINGS), insert(claim), "RESET ALL")
    return Attack("write under settings", steps, claims=(claim,), writes=True)


def in_flight(draw: Draw) -> Attack:
    """Write in a transaction that stays open for a while, with or without an older snapshot."""
    claim = draw.claim()
    begin = draw.pick("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE")
    ways = (
        (begin, insert(claim), draw.hold(), "COMMIT"),
        (begin, "SELECT count(*) FROM ledger.notes", draw.hold(), insert(claim), draw.hold(), "COMMIT"),
        (begin, "SET LOCAL application_name = 'bluegreen x'", insert(claim), draw.hold(), "COMMIT"),
    )
    return Attack("write in flight", draw.chance.choice(ways), claims=(claim,))


def two_phases(draw: Draw) -> Attack:
    """Prepare a transaction, and commit it later, or never."""
    claim, gid = draw.claim(), draw.name()
    steps = ("BEGIN", insert(claim), f"PREPARE TRANSACTION '{gid}'", draw.hold())
    end = f"COMMIT PREPARED '{gid}'"
    # Nothing is acknowledged before the prepared transaction is committed.
    return (
        Attack("prepared", (*steps, end), claims=(claim,), undo=(f"ROLLBACK PREPARED '{gid}'",))
        if draw.chance.random() < 0.8
        else Attack("left prepared", steps, undo=(f"ROLLBACK PREPARED '{gid}'",))
    )


def worn(draw: Draw) -> Attack:
    """Change rows that are not counted, in ways that a fence must refuse too."""
    number = draw.chance.randint(1, 400)
    statement = draw.pick(
        "TRUNCATE ledger.chaff",
        f"UPDATE ledger.chaff SET body = body || '.' WHERE id = {number}",
        f"DELETE FROM ledger.chaff WHERE id = {number}",
        f"INSERT INTO ledger.chaff VALUES ({number}, 'x') ON CONFLICT (id) DO UPDATE SET body = 'y'",
        "UPDATE ledger.chaff SET body = 'all' WHERE false",
    )
    return Attack("chaff", (statement,), writes=True)


def ours_by_hand(draw: Draw) -> Attack:
    """Try to open our gate by hand, then write."""
    claim = draw.claim()
    first = draw.pick(
        "DROP TABLE bluegreen.fenced",
        "ALTER TABLE bluegreen.fenced RENAME TO was_fenced",
        "SELECT setval('bluegreen.gate', 4000000000000000001)",
        "SELECT nextval('bluegreen.gate')",
        "ALTER SEQUENCE bluegreen.gate RESTART WITH 4000000000000000001",
        "DELETE FROM bluegreen.journal",
        "INSERT INTO bluegreen.journal (migration, side, epoch, event) VALUES ('attack', 'blue', 99, 'opened')",
        "DROP FUNCTION bluegreen.pass_gate() CASCADE",
        "CREATE OR REPLACE FUNCTION bluegreen.pass_gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP SCHEMA bluegreen CASCADE",
        f"DROP TRIGGER bluegreen_gate ON {claim.table}",
        f"ALTER TABLE {claim.table} DISABLE TRIGGER bluegreen_gate",
        f"ALTER TABLE {claim.table} DISABLE TRIGGER ALL",
    )
    mine = claim.table in draw.names.own_tables
    tampers = mine and first.endswith((claim.table, "TRIGGER bluegreen_gate"))
    undo = (f"ALTER TABLE {claim.table} ENABLE TRIGGER USER",) if tampers else ()
    return Attack("ours by hand", (first, insert(claim)), undo, (claim,), tampers=tampers, mends_gate=tampers)


def call_ours(draw: Draw) -> Attack:
    """Call every function of ours that needs no arguments, by qualified name."""
    call = """
    DO $$DECLARE f text; BEGIN
        FOR f IN SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                 WHERE n.nspname = 'bluegreen' AND p.pronargs = 0 LOOP
            BEGIN EXECUTE 'SELECT ' || f; EXCEPTION WHEN OTHERS THEN NULL; END;
        END LOOP;
    END$$"""
    return Attack("call ours", (draw.pick("SET search_path = pg_temp, public", "RESET search_path"), call))


def large_object(draw: Draw) -> Attack:
    """Create a large object; it is not a row, and is not counted."""
    number = draw.chance.randint(1_000_000, 2_000_000)
    return Attack("large object", (f"SELECT lo_create({number})",), (f"SELECT lo_unlink({number})",))


WRITES: tuple[Generator, ...] = (
    plain, plain, under_settings, in_flight, in_flight, two_phases, worn, worn, ours_by_hand, call_ours, large_object,
)  # fmt: skip
