# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a trial that is rolled back would leave behind all the same: values that it draws from sequences."""

from __future__ import annotations

IS_SUPERUSER = "SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = session_user"
# Sequences that a trial could draw from, those of our own schema aside: the gate has one.
_SEQUENCES = """
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_sequence s ON s.seqrelid OPERATOR(pg_catalog.=) c.oid
WHERE n.nspname OPERATOR(pg_catalog.<>) 'bluegreen' AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
AND CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'S'
         THEN pg_catalog.has_sequence_privilege(c.oid, 'USAGE, UPDATE') END
"""
# Each of them takes a lock until the trial ends; nobody else should run out of locks.
SEQUENCES = f"""
SELECT pg_catalog.count(*) AS number,
       pg_catalog.min(pg_catalog.format('%%I.%%I', n.nspname, c.relname))
           FILTER (WHERE NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')) AS of_others,
       pg_catalog.current_setting('max_locks_per_transaction')::int
           * pg_catalog.current_setting('max_connections')::int / 4 AS most
{_SEQUENCES}
"""
# A sequence that is altered gets a new file, which a rollback removes with all values that were drawn from it.
KEEP_SEQUENCES = f"""
DO $bluegreen$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment {_SEQUENCES}
        AND pg_catalog.pg_has_role(c.relowner, 'USAGE') ORDER BY c.oid
    LOOP
        EXECUTE pg_catalog.format('ALTER SEQUENCE %I.%I INCREMENT BY %s', one.schema, one.name, one.increment);
    END LOOP;
END $bluegreen$
"""
LOCK_TIMEOUT = "SELECT pg_catalog.set_config('lock_timeout', %(ms)s::text, true)"
