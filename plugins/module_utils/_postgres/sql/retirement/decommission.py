# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who and what still depends on a database, and dropping it."""

from __future__ import annotations

SECONDS_SINCE = "SELECT EXTRACT(epoch FROM pg_catalog.clock_timestamp() - %(at)s::timestamptz)::float8 AS seconds"

# Whatever a role may not see of a session is NULL, backend_type too: such a session counts.
SESSIONS = """
SELECT COALESCE(usename::text, 'unknown role') AS role, COALESCE(application_name, '') AS application,
       COALESCE(client_addr::text, 'local') AS address, pid
FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()
  AND COALESCE(backend_type, 'client backend') IN ('client backend', 'walsender')
ORDER BY pid
"""
LINKS = """
SELECT 'subscription ' || subname AS name FROM pg_catalog.pg_subscription
WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
UNION ALL
SELECT 'slot ' || slot_name FROM pg_catalog.pg_replication_slots WHERE database = pg_catalog.current_database()
UNION ALL
SELECT 'prepared transaction ' || gid FROM pg_catalog.pg_prepared_xacts
WHERE database = pg_catalog.current_database()
ORDER BY 1
"""

# Every role with its own grant except the owner and us, and the application roles, whichever way they may connect.
MAY_CONNECT = """
SELECT g.role FROM pg_catalog.pg_database d
CROSS JOIN LATERAL (
    SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END AS role
    FROM pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
    WHERE a.privilege_type = 'CONNECT'
      AND a.grantee NOT IN (d.datdba, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = session_user))
    UNION
    SELECT r.rolname::text FROM pg_catalog.pg_roles r
    WHERE r.rolname = ANY (%(roles)s::text[]) AND pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')
) AS g
WHERE d.datname = pg_catalog.current_database()
ORDER BY g.role <> 'PUBLIC', g.role
"""
GRANTS = """
SELECT a.grantee::text AS role, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text
       END AS name, a.is_grantable AS grantable, a.grantee = me.oid AS is_me, a.grantee = d.datdba AS is_owner
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_roles me ON me.rolname = session_user
CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
WHERE a.privilege_type = 'CONNECT' AND d.datname = pg_catalog.current_database()
ORDER BY a.grantee
"""
MY_OID = "SELECT oid::text AS oid FROM pg_catalog.pg_roles WHERE rolname = session_user"
NAMES_OF_ROLES = """
SELECT oid::text AS oid, rolname::text AS name FROM pg_catalog.pg_roles WHERE oid = ANY (%(oids)s::oid[])
"""
WHO_AND_WHERE = "SELECT session_user::text AS role, pg_catalog.current_database()::text AS database"
REVOKE_FROM_PUBLIC = "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC"
REVOKE_FROM_ROLE = "REVOKE CONNECT ON DATABASE {database} FROM {role}"

GRANT_TO_PUBLIC = "GRANT CONNECT ON DATABASE {database} TO PUBLIC"
GRANT_TO_ROLE = "GRANT CONNECT ON DATABASE {database} TO {role}"
GRANT_WITH_OPTION = "GRANT CONNECT ON DATABASE {database} TO {role} WITH GRANT OPTION"

DROP_DATABASE = "DROP DATABASE {database}"
EXISTS = "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = %(name)s) AS present"
