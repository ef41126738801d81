# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database tells about the migration that it needs; every role can read it."""

from __future__ import annotations

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_RELATIONS = """
relations AS (
    SELECT c.oid, c.relname, n.nspname, c.relkind, c.relpersistence, c.relreplident, c.relowner, c.relrowsecurity,
           x.extname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
    LEFT JOIN pg_extension x ON x.oid = e.refobjid
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname NOT IN ('information_schema', 'bluegreen')
    AND NOT starts_with(n.nspname::text, 'pg_')
)"""
DATABASE = f"""
WITH {_RELATIONS}
SELECT current_database()::text AS name, pg_get_userbyid(d.datdba)::text AS owner,
       current_setting('server_version') AS version, current_setting('wal_level') AS wal_level, current_user AS role,
       EXISTS (SELECT FROM relations WHERE relrowsecurity AND extname IS NULL) AS row_security,
       EXISTS (SELECT FROM pg_replication_slots WHERE slot_type = 'physical')
       OR EXISTS (SELECT FROM pg_stat_replication r WHERE r.application_name NOT LIKE 'bluegreen%%'
                  AND NOT EXISTS (SELECT FROM pg_replication_slots l WHERE l.slot_type = 'logical'
                                  AND l.active_pid = r.pid)) AS standbys
FROM pg_database d WHERE d.datname = current_database()
"""
# Owners of what is the user's, not of what an extension brought. Nobody notes what the first superuser owns.
OWNERS = f"""
WITH {_RELATIONS},
owners AS (
    SELECT datdba AS oid FROM pg_database WHERE datname = current_database()
    UNION SELECT relowner FROM relations WHERE extname IS NULL
    UNION SELECT s.refobjid FROM pg_shdepend s
    WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o'
    AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND s.classid NOT IN ('pg_extension'::regclass, 'pg_subscription'::regclass, 'pg_publication'::regclass)
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = s.classid AND e.objid = s.objid AND e.deptype = 'e')
)
SELECT r.rolname::text AS name, r.rolsuper AS superuser FROM owners JOIN pg_roles r USING (oid)
WHERE r.rolname <> %(migrator)s ORDER BY 2, r.rolname::text COLLATE "C"
"""
# Roles that anything of the database names: owners, grantees, policies.
NAMED = """
SELECT DISTINCT r.rolname::text AS name FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
WHERE s.refclassid = 'pg_authid'::regclass
AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
WRITERS = f"""
WITH {_RELATIONS}
SELECT r.rolname::text AS name FROM pg_roles r
WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> %(migrator)s
AND EXISTS (SELECT FROM relations t WHERE t.extname IS NULL AND t.relkind IN ('r', 'p')
            AND has_table_privilege(r.oid, t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
ORDER BY r.rolname::text COLLATE "C"
"""
# Tables whose rows no link carries, or that refuse UPDATE and DELETE once they are published.
LEFT_BEHIND = f"""
WITH {_RELATIONS}
SELECT format('%%I.%%I', nspname, relname) AS name,
       CASE WHEN extname IS NOT NULL THEN 'belongs to the extension ' || quote_ident(extname)
            WHEN relkind = 'f' THEN 'is a foreign table'
            WHEN relpersistence = 'u' THEN 'is unlogged'
            ELSE 'has no replica identity' END AS why
FROM relations t
WHERE relkind IN ('r', 'p', 'f') AND (
    extname IS NOT NULL OR relkind = 'f' OR relpersistence = 'u'
    OR relreplident = 'n'
    OR relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary))
ORDER BY nspname::text COLLATE "C", relname::text COLLATE "C"
"""
ROLES_THERE = "SELECT rolname::text AS name FROM pg_roles"
