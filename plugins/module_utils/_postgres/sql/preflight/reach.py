# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Testing, from one server, the connection to the other that a link would open.

Everything is passed in session settings, and every error is caught, so no server logs a password.
"""

from __future__ import annotations

from ..subscribe import CREATE

LIMIT = "SET statement_timeout = %(ms)s"
NOTHING_KEPT = "enabled = false, create_slot = false, slot_name = NONE"
ANSWER = """
SELECT current_setting('bluegreen.error') AS error, current_setting('bluegreen.sqlstate') AS sqlstate,
       current_setting('bluegreen.system') AS system, current_setting('bluegreen.database') AS database
"""

DBLINK_SCHEMA = """
SELECT n.nspname::text AS schema
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = 'dblink'
WHERE e.extname = 'dblink' AND has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE')
LIMIT 1
"""

# As a WAL sender's session: like a link it needs the attribute REPLICATION, the pg_hba.conf entry and a free sender.
BY_DBLINK = """
DO $bluegreen$
DECLARE
    met record;
    detail pg_catalog.text;
BEGIN
    EXECUTE pg_catalog.format('SELECT * FROM %I.dblink('
                   'pg_catalog.current_setting(''bluegreen.conninfo''), ''IDENTIFY_SYSTEM'')'
                   ' AS t (systemid text, timeline text, xlogpos text, dbname text)',
                   pg_catalog.current_setting('bluegreen.schema')) INTO met;
    PERFORM pg_catalog.set_config('bluegreen.system', met.systemid, false),
            pg_catalog.set_config('bluegreen.database', met.dbname, false);
EXCEPTION
    WHEN query_canceled OR OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        PERFORM pg_catalog.set_config('bluegreen.error', pg_catalog.concat_ws(': ', SQLERRM,
                    CASE WHEN detail OPERATOR(pg_catalog.<>) '' THEN detail END), false),
                pg_catalog.set_config('bluegreen.sqlstate', SQLSTATE, false);
END $bluegreen$
"""

# The subscription never exists: the block that creates it always ends with an error, which undoes it.
BY_SUBSCRIPTION = f"""
DO $bluegreen$
BEGIN
    BEGIN
        {CREATE}
        RAISE EXCEPTION USING ERRCODE = 'BG000';
    EXCEPTION
        WHEN query_canceled OR OTHERS THEN
            IF SQLSTATE OPERATOR(pg_catalog.<>) 'BG000' THEN
                PERFORM pg_catalog.set_config('bluegreen.error', SQLERRM, false),
                        pg_catalog.set_config('bluegreen.sqlstate', SQLSTATE, false);
            END IF;
    END;
END $bluegreen$
"""
