# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our schema and the journal in it."""

from __future__ import annotations

from ..ours import present

_RECORDS = """bluegreen.copied_schema, bluegreen.compared_table, bluegreen.comparison, bluegreen.comparison_verdict,
    bluegreen.known_table, bluegreen.refreshed_view"""
DROP_JOURNAL = f"DROP TABLE IF EXISTS bluegreen.journal, bluegreen.pair, bluegreen.word, {_RECORDS}"
FORGET = f"""
DELETE FROM bluegreen.journal WHERE migration = %(migration)s;
DELETE FROM bluegreen.word WHERE migration = %(migration)s;
DELETE FROM bluegreen.pair WHERE migration = %(migration)s;
DROP TABLE IF EXISTS {_RECORDS};
"""
KNOWN = """
SELECT migration FROM bluegreen.journal UNION SELECT migration FROM bluegreen.word
UNION SELECT migration FROM bluegreen.pair
"""
DROP_SCHEMA = "DROP SCHEMA IF EXISTS bluegreen CASCADE"

CREATE_JOURNAL = """
CREATE TABLE IF NOT EXISTS bluegreen.journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration text NOT NULL,
    side text NOT NULL,
    epoch integer NOT NULL,
    event text NOT NULL,
    target text,
    lsn pg_lsn,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    by_role text NOT NULL DEFAULT session_user,
    details jsonb NOT NULL DEFAULT '{}'
)
"""

CREATE_WORDS = """
CREATE TABLE IF NOT EXISTS bluegreen.word (
    migration text NOT NULL,
    word text NOT NULL CHECK (word IN ('approved', 'postponed')),
    by_role text NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
)
"""

# The two databases that a migration's name belongs to; the identity is the cluster's, which its standbys share.
CREATE_PAIR = """
CREATE TABLE IF NOT EXISTS bluegreen.pair (
    migration text PRIMARY KEY,
    blue_system text NOT NULL,
    blue_name text NOT NULL,
    green_system text NOT NULL,
    green_name text NOT NULL
)
"""
# Cleanup removes the gate from the side in service, and the pair from the other: a finished migration has no claim.
CLAIMS = f"""
SELECT p.migration FROM bluegreen.pair p
WHERE p.migration <> %(migration)s AND {present("gate")}
  AND NOT EXISTS (SELECT FROM bluegreen.pair own WHERE own.migration = %(migration)s)
  AND ((p.blue_system, p.blue_name, p.green_system, p.green_name)
           = (%(blue_system)s, %(blue_name)s, %(green_system)s, %(green_name)s)
       OR (p.green_system, p.green_name, p.blue_system, p.blue_name)
           = (%(blue_system)s, %(blue_name)s, %(green_system)s, %(green_name)s))
ORDER BY 1 LIMIT 1
"""
PAIR = "SELECT blue_system, blue_name, green_system, green_name FROM bluegreen.pair WHERE migration = %(migration)s"
WRITE_PAIR = """
INSERT INTO bluegreen.pair (migration, blue_system, blue_name, green_system, green_name)
VALUES (%(migration)s, %(blue_system)s, %(blue_name)s, %(green_system)s, %(green_name)s) ON CONFLICT DO NOTHING
"""

WORDS = """
SELECT w.word, w.by_role,
       w.at > COALESCE((SELECT pg_catalog.max(j.at) FROM bluegreen.journal j
                        WHERE j.migration = w.migration AND j.event IN ('fenced', 'opened')), '-infinity') AS newer
FROM bluegreen.word w WHERE w.migration = %(migration)s
"""

# One fence and one opening per epoch: two zombies could never both write one.
CREATE_JOURNAL_KEY = """
CREATE UNIQUE INDEX IF NOT EXISTS journal_switch_key ON bluegreen.journal (migration, epoch, event)
WHERE event IN ('fenced', 'opened')
"""

HAS_JOURNAL = f"SELECT {present('journal')} AS present"

_ENTRIES = """
SELECT migration, side AS written_as, epoch, event, target, lsn::text, by_role, details,
       pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
FROM bluegreen.journal
"""
READ = f"{_ENTRIES} WHERE migration = %(migration)s ORDER BY id"
OPENINGS = f"{_ENTRIES} WHERE event = 'opened' ORDER BY id"
# Waits for sessions that have written a row; sessions that are about to write one wait for us.
HOLD = "LOCK TABLE bluegreen.journal IN SHARE MODE"

# On a standby this fails, as it should: nobody journals there.
WRITE = """
INSERT INTO bluegreen.journal (migration, side, epoch, event, target, lsn, details)
VALUES (%(migration)s, %(side)s, %(epoch)s, %(event)s, %(target)s, pg_catalog.pg_current_wal_insert_lsn(),
        %(details)s::jsonb)
RETURNING lsn::text
"""
