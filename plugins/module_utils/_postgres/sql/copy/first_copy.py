# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first copy's own state on green: what it owns, what is left to do, and who works on it."""

from __future__ import annotations

from ...._domain.capabilities import Capability
from ..functions import PINNED
from ..ours import present
from ..service.gate import PASS_FIRST_COPY_BODY

CREATE = f"""
CREATE TABLE IF NOT EXISTS bluegreen.first_copy (
    migration text PRIMARY KEY,
    attempt integer NOT NULL,
    phase text NOT NULL,
    lanes text[] NOT NULL,
    streams integer NOT NULL,
    lsn pg_lsn,
    tables integer NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    begun timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    copied timestamptz,
    ended timestamptz,
    error jsonb,
    died text
);
CREATE TABLE IF NOT EXISTS bluegreen.first_copy_table (
    schema text NOT NULL,
    name text NOT NULL,
    columns text[] NOT NULL,
    is_binary boolean NOT NULL,
    bytes bigint NOT NULL,
    late boolean NOT NULL,
    PRIMARY KEY (schema, name)
);
CREATE TABLE IF NOT EXISTS bluegreen.first_copy_work (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage integer NOT NULL,
    schema text,
    name text,
    object text,
    title text NOT NULL,
    bytes bigint NOT NULL DEFAULT 0,
    first_block bigint,
    end_block bigint,
    take_away text,
    statement text,
    done boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS first_copy_work_next ON bluegreen.first_copy_work (stage, bytes DESC, id) WHERE NOT done;
CREATE INDEX IF NOT EXISTS first_copy_work_table ON bluegreen.first_copy_work (schema, name) WHERE NOT done;
CREATE OR REPLACE FUNCTION bluegreen.pass_first_copy() RETURNS pg_catalog.trigger LANGUAGE plpgsql SECURITY DEFINER
{PINNED} AS $${PASS_FIRST_COPY_BODY}$$;
REVOKE ALL ON FUNCTION bluegreen.pass_first_copy() FROM PUBLIC;
"""
DROP = """
DROP TABLE IF EXISTS bluegreen.first_copy, bluegreen.first_copy_table, bluegreen.first_copy_work;
DROP FUNCTION IF EXISTS bluegreen.pass_first_copy();
"""

EXISTS = f"SELECT {present('first_copy')} AS present"
READ = """
SELECT attempt, phase, lanes, streams, lsn::text, tables, bytes, error, died,
       EXTRACT(epoch FROM COALESCE(ended, pg_catalog.clock_timestamp()) - begun)::float8 AS seconds,
       EXTRACT(epoch FROM COALESCE(copied, ended, pg_catalog.clock_timestamp()) - begun)::float8 AS copy_seconds
FROM bluegreen.first_copy WHERE migration = %(migration)s
"""
OWNED = "SELECT schema, name FROM bluegreen.first_copy_table ORDER BY 1, 2"
WORK = """
SELECT stage, pg_catalog.count(*) AS items, pg_catalog.count(*) FILTER (WHERE done) AS done,
       COALESCE(pg_catalog.sum(bytes), 0)::bigint AS bytes,
       COALESCE(pg_catalog.sum(bytes) FILTER (WHERE done), 0)::bigint AS bytes_done
FROM bluegreen.first_copy_work GROUP BY 1
"""
# Rows in transactions that have not ended; the server shows the count to their own role and to pg_read_all_stats.
UNDER_WAY = """
SELECT p.relid::pg_catalog.regclass::text AS name, p.bytes_processed AS bytes
FROM pg_catalog.pg_stat_progress_copy p
WHERE p.datname = pg_catalog.current_database() AND p.command = 'COPY FROM'
  AND p.relid IN (SELECT c.oid FROM bluegreen.first_copy_table t JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
                  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name)
ORDER BY 2 DESC
"""
INDEXES_UNDER_WAY = """
SELECT p.relid::pg_catalog.regclass::text AS name, p.phase,
       (CASE WHEN p.blocks_total > 0 AND p.tuples_total = 0 THEN 100.0 * p.blocks_done / p.blocks_total
             WHEN p.tuples_total > 0 THEN 100.0 * p.tuples_done / p.tuples_total END)::float8 AS percent
FROM pg_catalog.pg_stat_progress_create_index p
WHERE p.datname = pg_catalog.current_database() ORDER BY 1
"""

BEGIN_ATTEMPT = """
INSERT INTO bluegreen.first_copy AS f (migration, attempt, phase, lanes, streams)
VALUES (%(migration)s, 1, 'begun', %(lanes)s, %(streams)s)
ON CONFLICT (migration) DO UPDATE SET attempt = f.attempt + 1, phase = 'begun', lanes = EXCLUDED.lanes,
    streams = EXCLUDED.streams, lsn = NULL, tables = 0, bytes = 0, begun = pg_catalog.clock_timestamp(),
    copied = NULL, ended = NULL, error = NULL
RETURNING attempt
"""
# A stream of an older attempt holds a shared lock on this row while it writes.
LOCK_ATTEMPT = "SELECT attempt FROM bluegreen.first_copy WHERE migration = %(migration)s FOR UPDATE"
SHARE_ATTEMPT = """
SELECT attempt FROM bluegreen.first_copy
WHERE migration = %(migration)s AND attempt = %(attempt)s AND phase IN ('copying', 'copied') FOR KEY SHARE
"""
SET_PHASE = """
UPDATE bluegreen.first_copy SET phase = %(phase)s,
    lsn = COALESCE(%(lsn)s::pg_lsn, lsn),
    copied = CASE WHEN %(phase)s = 'copied' THEN pg_catalog.clock_timestamp() ELSE copied END,
    ended = CASE WHEN %(phase)s IN ('done', 'failed') THEN pg_catalog.clock_timestamp() END,
    error = %(error)s::jsonb,
    tables = (SELECT pg_catalog.count(*) FROM bluegreen.first_copy_table),
    bytes = (SELECT COALESCE(pg_catalog.sum(t.bytes), 0) FROM bluegreen.first_copy_table t)
WHERE migration = %(migration)s AND attempt = %(attempt)s
"""
# A worker that dies before its attempt has begun leaves a row of attempt 0.
SET_DIED = """
INSERT INTO bluegreen.first_copy (migration, attempt, phase, lanes, streams, died)
VALUES (%(migration)s, 0, 'begun', %(lanes)s, %(streams)s, %(died)s)
ON CONFLICT (migration) DO UPDATE SET died = EXCLUDED.died
"""
FORGET_WORK = "TRUNCATE bluegreen.first_copy_work, bluegreen.first_copy_table"

OWN_TABLES = """
INSERT INTO bluegreen.first_copy_table (schema, name, columns, is_binary, bytes, late)
SELECT * FROM pg_catalog.jsonb_to_recordset(%(tables)s::jsonb)
    AS t (schema text, name text, columns text[], is_binary boolean, bytes bigint, late boolean)
"""
ADD_CHUNKS = """
INSERT INTO bluegreen.first_copy_work (stage, schema, name, title, bytes, first_block, end_block)
SELECT 1, c.schema, c.name, pg_catalog.format('%%I.%%I', c.schema, c.name), c.bytes, c.first_block, c.end_block
FROM pg_catalog.jsonb_to_recordset(%(chunks)s::jsonb)
    AS c (schema text, name text, bytes bigint, first_block bigint, end_block bigint)
"""
# Nobody else analyzes a tree of partitions as a whole. A server that can do only that reads each table once; otherwise
# the highest table of a tree is analyzed with all below it. A tree with a foreign table would ask that one's server.
ADD_ANALYZE = f"""
WITH RECURSIVE up (relid, root, height, bytes) AS (
    SELECT c.oid, c.oid, 0, t.bytes
    FROM bluegreen.first_copy_table t
    JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
    UNION ALL
    SELECT u.relid, h.inhparent, u.height + 1, u.bytes
    FROM up u JOIN pg_catalog.pg_class l ON l.oid = u.root AND l.relispartition
    JOIN pg_catalog.pg_inherits h ON h.inhrelid = u.root
), down (root, relid) AS (
    SELECT root, root FROM up
    UNION
    SELECT d.root, h.inhrelid FROM down d JOIN pg_catalog.pg_inherits h ON h.inhparent = d.relid
), near AS (
    SELECT u.root, u.bytes, u.height, pg_catalog.max(u.height) OVER (PARTITION BY u.relid) AS highest
    FROM up u WHERE u.root NOT IN (
        SELECT d.root FROM down d JOIN pg_catalog.pg_class f ON f.oid = d.relid AND f.relkind = 'f')
)
INSERT INTO bluegreen.first_copy_work (stage, schema, name, title, bytes, statement)
SELECT 5, n.nspname, c.relname, pg_catalog.format('statistics of %I.%I', n.nspname, c.relname),
       pg_catalog.sum(o.bytes)::bigint,
       pg_catalog.format(CASE WHEN {Capability.ANALYZE_ONLY.in_sql} THEN 'ANALYZE ONLY %I.%I' ELSE 'ANALYZE %I.%I' END,
                         n.nspname, c.relname)
FROM near o JOIN pg_catalog.pg_class c ON c.oid = o.root JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE o.height = o.highest OR {Capability.ANALYZE_ONLY.in_sql}
GROUP BY n.nspname, c.relname
"""

_ITEM = """
SELECT w.id, w.stage, w.schema, w.name, w.first_block, w.end_block, w.statement, t.columns, t.is_binary
FROM bluegreen.first_copy_work w
LEFT JOIN bluegreen.first_copy_table t ON t.schema = w.schema AND t.name = w.name
WHERE NOT w.done AND
"""
NEXT_CHUNK = f"{_ITEM} w.stage = 1 ORDER BY w.stage, w.bytes DESC, w.id LIMIT 1 FOR UPDATE OF w SKIP LOCKED"
# An index, once its table's rows are there; a constraint on it, once the index is.
NEXT_INDEX = f"""
{_ITEM} w.stage IN (2, 3) AND NOT EXISTS (
    SELECT FROM bluegreen.first_copy_work b
    WHERE NOT b.done AND b.schema = w.schema AND b.name = w.name AND b.stage < w.stage)
ORDER BY w.stage DESC, w.bytes DESC, w.id LIMIT 1 FOR UPDATE OF w SKIP LOCKED
"""
NEXT_OTHER = f"""
{_ITEM} w.stage > 3 AND w.stage = (SELECT pg_catalog.min(b.stage) FROM bluegreen.first_copy_work b WHERE NOT b.done)
ORDER BY w.bytes DESC, w.id LIMIT 1 FOR UPDATE OF w SKIP LOCKED
"""
IS_LEFT = "SELECT EXISTS (SELECT FROM bluegreen.first_copy_work WHERE NOT done) AS some"
CHUNKS_LEFT = "SELECT EXISTS (SELECT FROM bluegreen.first_copy_work WHERE NOT done AND stage = 1) AS some"
DONE = "UPDATE bluegreen.first_copy_work SET done = true WHERE id = %(id)s"

# All other sessions of this copy: streams of a worker that died or is frozen.
END_STREAMS = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE application_name = %(name)s AND usename = session_user AND datname = pg_catalog.current_database()
  AND pid <> pg_catalog.pg_backend_pid()
"""
MAINTENANCE_MEMORY = """
SELECT pg_catalog.set_config('maintenance_work_mem', '256MB', false)
WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')) < 268435456
"""
NO_TIME_LIMITS = """
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
               'transaction_timeout')
"""
# The server notices within seconds that a client is gone, and releases its lock.
NOTICE_DEAD_CLIENT = """
SELECT pg_catalog.set_config('tcp_keepalives_idle', '5', false),
       pg_catalog.set_config('tcp_keepalives_interval', '2', false),
       pg_catalog.set_config('tcp_keepalives_count', '3', false)
"""
