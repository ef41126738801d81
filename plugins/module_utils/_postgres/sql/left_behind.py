# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of the side out of service: our own role and superusers, who look after the server, are none of them."""

from __future__ import annotations

# A role that may not see a session finds its kind hidden: NULL is then a client, unless it sends WAL.
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
# Whom we may not end is counted and stays.
END = f"""
SELECT role, application, address,
       pg_catalog.count(*) AS sessions, pg_catalog.count(*) FILTER (WHERE ended) AS ended
FROM (SELECT {_WHO},
             CASE WHEN pg_catalog.pg_has_role(a.usesysid, 'USAGE')
                       OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')
                  THEN pg_catalog.pg_terminate_backend(a.pid) ELSE false END AS ended
      {_CLIENTS} OFFSET 0) AS each
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""
SECONDS_SINCE_FENCE = """
SELECT EXTRACT(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.max(at))::float8 AS seconds
FROM bluegreen.journal WHERE migration = %(migration)s AND event = 'fenced'
"""
