# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison's progress, kept on green for the run that follows a killed one."""

from __future__ import annotations

from ..ours import present

# Unlogged, since it is written all the time; after a crash of green an unfinished comparison starts over.
CREATE_RUN = """
CREATE UNLOGGED TABLE IF NOT EXISTS bluegreen.comparison (
    migration text PRIMARY KEY,
    request jsonb NOT NULL,
    started timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    updated timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    compared_bytes bigint NOT NULL DEFAULT 0,
    total_bytes bigint NOT NULL DEFAULT 0,
    expected_end timestamptz,
    held_back_by text NOT NULL DEFAULT ''
);
ALTER TABLE bluegreen.comparison ADD COLUMN IF NOT EXISTS basis jsonb NOT NULL DEFAULT '{}'
"""
CREATE_TABLES = """
CREATE UNLOGGED TABLE IF NOT EXISTS bluegreen.compared_table (
    migration text NOT NULL REFERENCES bluegreen.comparison ON DELETE CASCADE,
    name text NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (migration, name)
)
"""
# Logged like the journal: hours of comparison survive a crash. Earlier versions created it unlogged.
CREATE_VERDICT = """
CREATE TABLE IF NOT EXISTS bluegreen.comparison_verdict (
    migration text PRIMARY KEY,
    clean boolean NOT NULL,
    started timestamptz NOT NULL,
    tables text[] NOT NULL
);
ALTER TABLE bluegreen.comparison_verdict SET LOGGED;
ALTER TABLE bluegreen.comparison_verdict ADD COLUMN IF NOT EXISTS missed jsonb NOT NULL DEFAULT '{}'
"""
EXISTS = f"""
SELECT {present("comparison")}
       AND {present("comparison_verdict")}
       AND {present("compared_table")}
       AND (SELECT c.relpersistence = 'p' FROM pg_catalog.pg_class c
            WHERE c.oid = pg_catalog.to_regclass('bluegreen.comparison_verdict'))
       AND (SELECT pg_catalog.count(*) = 2 FROM pg_catalog.pg_attribute a
            WHERE (a.attrelid, a.attname) IN ((pg_catalog.to_regclass('bluegreen.comparison'), 'basis'),
                                              (pg_catalog.to_regclass('bluegreen.comparison_verdict'), 'missed')))
       AS present
"""
READ_RUN = """
SELECT request, basis, pg_catalog.to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS started,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - started)::float8 AS age
FROM bluegreen.comparison WHERE migration = %(migration)s
"""
READ_TABLES = "SELECT name, state FROM bluegreen.compared_table WHERE migration = %(migration)s"
FORGET = "DELETE FROM bluegreen.comparison WHERE migration = %(migration)s"
BEGIN_RUN = """
INSERT INTO bluegreen.comparison (migration, request, basis)
VALUES (%(migration)s, %(request)s::jsonb, %(basis)s::jsonb)
RETURNING pg_catalog.to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS started
"""
NOW = """
SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS now
"""
SAVE_RUN = """
UPDATE bluegreen.comparison
SET updated = pg_catalog.clock_timestamp(), compared_bytes = %(compared)s, total_bytes = %(total)s,
    expected_end = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => %(seconds_left)s),
    held_back_by = %(held_back_by)s
WHERE migration = %(migration)s
"""
SAVE_TABLES = """
INSERT INTO bluegreen.compared_table (migration, name, state)
SELECT %(migration)s, t.name, t.state
FROM pg_catalog.jsonb_to_recordset(%(tables)s::jsonb) AS t (name text, state jsonb)
ON CONFLICT (migration, name) DO UPDATE SET state = EXCLUDED.state
"""
COMMIT_DURABLY = "SET LOCAL synchronous_commit = on"
SAVE_VERDICT = """
INSERT INTO bluegreen.comparison_verdict (migration, clean, started, tables, missed)
VALUES (%(migration)s, %(clean)s, %(started)s::timestamptz, %(tables)s::text[], %(missed)s::jsonb)
ON CONFLICT (migration) DO UPDATE SET clean = EXCLUDED.clean, started = EXCLUDED.started, tables = EXCLUDED.tables,
                                      missed = EXCLUDED.missed
"""
HAS_VERDICT = f"SELECT {present('comparison_verdict')} AS present"
READ_VERDICT = """
SELECT clean, tables, COALESCE(pg_catalog.to_jsonb(v) -> 'missed', '{}') AS missed,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - started)::float8 AS age
FROM bluegreen.comparison_verdict AS v WHERE migration = %(migration)s
"""
