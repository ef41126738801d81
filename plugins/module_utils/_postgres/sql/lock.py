# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks that only we can take: taking one first gives it a new key, which nobody can have seen."""

from __future__ import annotations

from .ours import present

HAS_ROOM = f"SELECT {present('lock')} AS present"
# Unlogged: no publication carries it, no commit waits for a standby, and a crash ends every holder of a lock.
CREATE_ROOM = "CREATE UNLOGGED TABLE IF NOT EXISTS bluegreen.lock (what text PRIMARY KEY, key bigint NOT NULL)"
MAKE_ROW = """
INSERT INTO bluegreen.lock (what, key) VALUES (%(what)s, %(key)s) ON CONFLICT (what) DO NOTHING
"""

# Sessions of our role are ours, and a superuser's, who is trusted; anybody else has read our key in pg_locks and
# grabbed it. A session that is ending counts for as long as its lock is held.
_HELD = """
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted AND l.objsubid OPERATOR(pg_catalog.=) 1
  AND l.pid IS NOT NULL
  AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d
                                         WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
  AND l.classid OPERATOR(pg_catalog.=) (k.key OPERATOR(pg_catalog.>>) 32)::pg_catalog.oid
  AND l.objid OPERATOR(pg_catalog.=) (k.key OPERATOR(pg_catalog.&) 4294967295)::pg_catalog.oid
  AND (a.pid IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_roles r
                                WHERE r.oid OPERATOR(pg_catalog.=) a.usesysid
                                  AND (r.rolsuper OR r.rolname OPERATOR(pg_catalog.=) session_user)))
"""
HOLDERS = f"""
SELECT held.* FROM bluegreen.lock k
CROSS JOIN LATERAL (SELECT l.pid, a.usename::text AS role, a.application_name AS application,
                           a.client_addr::text AS address, a.backend_start::text AS since {_HELD}) AS held
WHERE k.what = %(what)s
"""
# One round trip and one transaction: a session that dies in it leaves no lock, and the next one looks after it has
# ended.
TAKE = f"""
SELECT key FROM bluegreen.lock WHERE what = %(what)s FOR UPDATE;
UPDATE bluegreen.lock AS k SET key = %(key)s WHERE k.what = %(what)s AND NOT EXISTS (SELECT {_HELD})
RETURNING pg_catalog.pg_try_advisory_lock(k.key) AS taken
"""
RELEASE = "SELECT pg_catalog.pg_advisory_unlock_all()"

# The last session leaves nothing behind if only locks were created; a session that waits for the row creates it again.
LEAVE_NO_TRACE = f"""
DO $bluegreen$
BEGIN
    LOCK TABLE bluegreen.lock IN ACCESS EXCLUSIVE MODE NOWAIT;
    IF NOT EXISTS (SELECT FROM bluegreen.lock k
                   WHERE EXISTS (SELECT {_HELD} AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()))
    THEN
        DROP TABLE bluegreen.lock;
        DROP SCHEMA bluegreen;
    END IF;
EXCEPTION
    WHEN lock_not_available OR dependent_objects_still_exist OR undefined_table OR invalid_schema_name THEN
        NULL;
END $bluegreen$
"""

END_SESSION = "SELECT pg_catalog.pg_terminate_backend(%(pid)s)"
