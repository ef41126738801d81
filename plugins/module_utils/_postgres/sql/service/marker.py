# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers: one row per lane, whose arrival proves that everything before it has been applied."""

from __future__ import annotations

# Every marker is a row of its own, so its arrival cannot conflict with older ones that were left behind.
CREATE = """
CREATE TABLE IF NOT EXISTS {marker} (
    token text PRIMARY KEY,
    side text NOT NULL,
    purpose text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    lsn pg_lsn NOT NULL DEFAULT pg_catalog.pg_current_wal_insert_lsn()
)
"""
# What the client's probe writes: rows only come, so two equal ones are in no lane's way. PostgreSQL wants a published
# table to have an identity all the same.
CREATE_PROBE = """
CREATE TABLE IF NOT EXISTS bluegreen.probe (run uuid NOT NULL, number integer NOT NULL, side text);
ALTER TABLE bluegreen.probe REPLICA IDENTITY FULL
"""
# USAGE stays with a role that may read or write anything else here: somebody gave it that.
LET_NOBODY_IN = """
DO $bluegreen$
DECLARE
    let_in pg_catalog.oid;
BEGIN
    FOR let_in IN SELECT DISTINCT a.grantee FROM pg_catalog.pg_attribute t, pg_catalog.aclexplode(t.attacl) AS a
                  WHERE t.attrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('bluegreen.probe')
                    AND a.grantee OPERATOR(pg_catalog.<>) 0::pg_catalog.oid LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON TABLE bluegreen.probe FROM %I', pg_catalog.pg_get_userbyid(let_in));
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n,
                                   pg_catalog.aclexplode(c.relacl) AS a
                       WHERE n.oid OPERATOR(pg_catalog.=) c.relnamespace
                         AND n.nspname OPERATOR(pg_catalog.=) 'bluegreen'
                         AND a.grantee OPERATOR(pg_catalog.=) let_in) THEN
            EXECUTE pg_catalog.format('REVOKE USAGE ON SCHEMA bluegreen FROM %I', pg_catalog.pg_get_userbyid(let_in));
        END IF;
    END LOOP;
END $bluegreen$
"""
DROP_PROBE = f"{LET_NOBODY_IN}; DROP TABLE IF EXISTS bluegreen.probe; DROP FUNCTION IF EXISTS bluegreen.keep_small()"
TABLES = """
SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'bluegreen' AND c.relkind = 'r' AND c.relname ~ '^marker_[0-9]+$' ORDER BY 1
"""
DROP = "DROP TABLE IF EXISTS {marker}"
EMPTY_OWN = "DELETE FROM {marker} WHERE side = %(side)s"
EMPTY = "DELETE FROM {marker}"
WRITE = "INSERT INTO {marker} (token, side, purpose) VALUES (%(token)s, %(side)s, %(purpose)s)"
HAS = "SELECT EXISTS (SELECT FROM {marker} WHERE token = %(token)s) AS arrived"
# Other markers of the same purpose may be on their way; those of killed runs are removed after some days.
REMOVE = """
DELETE FROM {marker} WHERE token = %(token)s
   OR side = %(side)s AND at < pg_catalog.clock_timestamp() - interval '7 days'
"""
# The time of a marker that has not arrived yet tells how far the other side lags, measured on one clock.
ON_THEIR_WAY = """
SELECT token, EXTRACT(epoch FROM pg_catalog.clock_timestamp() - at)::float8 AS age FROM {marker} WHERE side = %(side)s
"""
ARRIVED = "SELECT token FROM {marker} WHERE token = ANY (%(tokens)s)"
# The newest marker is kept: once it has arrived, so has everything committed before its time. It replaces the previous
# one in one transaction, so the other side always has exactly one.
KEEP = """
WITH before AS (DELETE FROM {marker} WHERE side = %(side)s AND purpose = 'kept')
INSERT INTO {marker} (token, side, purpose) VALUES (%(token)s, %(side)s, 'kept')
"""
