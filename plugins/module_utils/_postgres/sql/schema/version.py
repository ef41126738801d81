# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version table, and what psql runs before and after each versioned migration."""

from __future__ import annotations

from ..catalog import TO_ACT_AS
from ..functions import PINNED

COLUMNS_OF_TABLE = """
SELECT a.attname::text AS name
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
"""
COLUMNS = ("version", "description", "checksum", "duration_ms", "applied_at", "applied_by")

CREATE_TABLE = """
CREATE TABLE {table} (
    version bigint PRIMARY KEY,
    description text NOT NULL,
    checksum text NOT NULL,
    duration_ms bigint NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    applied_by text NOT NULL DEFAULT session_user
)
"""
# The table outlives us and our role, so where possible it belongs to the database's owner.
LASTING_OWNER = f"""
SELECT pg_get_userbyid(d.datdba)::text AS name
FROM pg_database d
WHERE d.datname = current_database() AND pg_get_userbyid(d.datdba) <> current_user
AND has_schema_privilege(d.datdba, %(schema)s, 'CREATE')
AND pg_has_role(d.datdba, {TO_ACT_AS})
"""
GIVE_TABLE = "ALTER TABLE {table} OWNER TO {owner}"

READ = """
SELECT version, description, checksum, duration_ms, applied_by,
       to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS applied_at
FROM {table} ORDER BY version
"""
# In any schema, under any name: a table with these columns is a version table of this collection.
TABLES_OF_VERSIONS = """
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind = 'r' AND a.attname = ANY (%(columns)s::text[]) AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY 1, 2 HAVING count(*) = cardinality(%(columns)s::text[])
ORDER BY 1, 2
"""
TAKE_OVER = """
INSERT INTO {table} (version, description, checksum, duration_ms, applied_at, applied_by)
SELECT version, description, checksum, duration_ms, applied_at, applied_by
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (version bigint, description text, checksum text, duration_ms bigint,
                                               applied_at timestamptz, applied_by text)
WHERE NOT EXISTS (SELECT FROM {table})
"""
IS_FENCED = "SELECT to_regclass('bluegreen.fenced') IS NOT NULL AS fenced"

INVALID_INDEXES = """
SELECT quote_ident(n.nspname) AS schema, c.relname::text AS name
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.oid >= 16384
"""

PROGRAMS = """
SELECT a.pid FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.usename = session_user AND a.application_name = %(name)s
AND a.pid <> pg_backend_pid() ORDER BY 1
"""

# Lifts the fence for this transaction only, and lets nothing commit before the epilogue has run: a COMMIT in a file
# would leave half a migration and open a fenced side to everybody, so the deferred trigger refuses it. If a setting of
# the role or the database makes psql start as another role, the file runs as that role.
PROLOGUE = f"""
SELECT pg_catalog.current_setting('role') AS bluegreen_role \\gset
SET ROLE NONE;
SELECT pg_catalog.to_regclass('bluegreen.fenced') IS NOT NULL AS bluegreen_fenced \\gset
\\if :bluegreen_fenced
DROP TABLE bluegreen.fenced;
\\endif
CREATE TEMPORARY TABLE bluegreen_migration (fenced boolean NOT NULL, finished boolean NOT NULL) ON COMMIT DROP;
CREATE FUNCTION pg_temp.bluegreen_refuse_commit() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY DEFINER
{PINNED} AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_temp.bluegreen_migration WHERE finished) THEN
        RAISE EXCEPTION 'the file may not end its own transaction' USING ERRCODE = 'BG226';
    END IF;
    RETURN NULL;
END $function$;
REVOKE ALL ON FUNCTION pg_temp.bluegreen_refuse_commit() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER bluegreen_refuse_commit AFTER INSERT ON pg_temp.bluegreen_migration
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.bluegreen_refuse_commit();
INSERT INTO pg_temp.bluegreen_migration VALUES (:'bluegreen_fenced', false);
SET ROLE :"bluegreen_role";
"""

# The server refuses it within a transaction.
OUTSIDE_A_TRANSACTION = "DISCARD ALL"

RECORD_UP = """
INSERT INTO :"bluegreen_schema".:"bluegreen_table" (version, description, checksum, duration_ms)
VALUES (:'bluegreen_version', :'bluegreen_description', :'bluegreen_checksum',
        COALESCE((CASE WHEN :'bluegreen_milliseconds' OPERATOR(pg_catalog.<>) ''
                       THEN :'bluegreen_milliseconds' END)::bigint,
                 EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) pg_catalog.now())
                 OPERATOR(pg_catalog.*) 1000));
"""
RECORD_DOWN = """
DELETE FROM :"bluegreen_schema".:"bluegreen_table" WHERE version OPERATOR(pg_catalog.=) :'bluegreen_version'::bigint;
"""

# The fence is closed again at the very end: before that, the user's deferred constraints may still write.
EPILOGUE = """
SET ROLE NONE;
DO $$ BEGIN
    IF pg_catalog.to_regclass('pg_temp.bluegreen_migration') IS NULL THEN
        RAISE EXCEPTION 'the file may not end its own transaction' USING ERRCODE = 'BG226';
    END IF;
END $$;
SELECT fenced AS bluegreen_fenced FROM pg_temp.bluegreen_migration \\gset
{record}
UPDATE pg_temp.bluegreen_migration SET finished = true;
SET CONSTRAINTS ALL IMMEDIATE;
\\if :bluegreen_fenced
CREATE TABLE bluegreen.fenced ();
\\endif
"""
