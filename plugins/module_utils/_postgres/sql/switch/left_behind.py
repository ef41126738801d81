# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of the side out of service, without our own role and superusers, who maintain the server."""

from __future__ import annotations

from ..catalog import IS_WRITTEN

# The type of a session that a role may not see is hidden: NULL then counts as a client, unless it sends WAL.
_WRITTEN = f"pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND {IS_WRITTEN}"
_THIS_DATABASE = "(SELECT * FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS d"
_CLIENTS = """
FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
WHERE a.datname = pg_catalog.current_database() AND NOT r.rolsuper AND r.rolname <> CURRENT_USER
  AND COALESCE(a.backend_type, 'client backend') = 'client backend'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_replication w WHERE w.pid = a.pid)
"""
_WHO = """a.usename::text AS role, CASE WHEN a.backend_type IS NOT NULL THEN a.application_name END AS application,
       CASE WHEN a.backend_type IS NOT NULL THEN COALESCE(pg_catalog.host(a.client_addr), 'local') END AS address"""

COUNT = f"""
SELECT {_WHO}, pg_catalog.count(*) AS sessions, 0 AS ended {_CLIENTS}
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""
# Sessions that we may not end are counted and stay.
END = f"""
SELECT role, application, address,
       pg_catalog.count(*) AS sessions, pg_catalog.count(*) FILTER (WHERE ended) AS ended
FROM (SELECT {_WHO},
             CASE WHEN pg_catalog.pg_has_role(a.usesysid, 'USAGE')
                       OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')
                  THEN pg_catalog.pg_terminate_backend(a.pid) ELSE false END AS ended
      {_CLIENTS} AND a.usename <> ALL (%(spared)s::text[]) OFFSET 0) AS each
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""
ROLES = "SELECT rolname::text AS role FROM pg_catalog.pg_roles"
# A role that is none of these can neither drop a gate nor write to a relation that has none yet.
_MIGHTY = f"""
SELECT c.relowner FROM {_WRITTEN}
UNION SELECT a.grantee FROM {_WRITTEN}, pg_catalog.aclexplode(c.relacl) a WHERE a.privilege_type = 'TRIGGER'
UNION SELECT n.nspowner FROM pg_catalog.pg_namespace n
UNION SELECT a.grantee FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
      WHERE a.privilege_type = 'CREATE' AND n.nspname !~ '^pg_(toast_)?temp_'
UNION SELECT d.datdba FROM {_THIS_DATABASE}
UNION SELECT a.grantee FROM {_THIS_DATABASE}, pg_catalog.aclexplode(d.datacl) a WHERE a.privilege_type = 'CREATE'
UNION SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = session_user OR r.rolsuper OR r.rolcreaterole
"""
HARMLESS = f"""
WITH mighty (role) AS MATERIALIZED ({_MIGHTY})
SELECT r.rolname::text AS role FROM pg_catalog.pg_roles r
WHERE NOT EXISTS (SELECT FROM mighty m WHERE m.role = 0 OR pg_catalog.pg_has_role(r.oid, m.role, 'MEMBER'))
"""
SECONDS_SINCE_FENCE = """
SELECT EXTRACT(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.max(at))::float8 AS seconds
FROM bluegreen.journal WHERE migration = %(migration)s AND event = 'fenced'
"""
