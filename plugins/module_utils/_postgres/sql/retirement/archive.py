# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an archive is made from, and the database in which its restore is tested."""

from __future__ import annotations

# pg_dump switches the same limits off for its own sessions.
WITHOUT_LIMITS = """
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_session_timeout',
               'idle_in_transaction_session_timeout')
"""
BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
EXPORT_SNAPSHOT = """
SELECT pg_catalog.pg_export_snapshot() AS name, pg_catalog.pg_current_wal_insert_lsn()::text AS lsn,
       pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS taken_at
"""

SUBSCRIPTIONS = """
SELECT subname::text AS name FROM pg_catalog.pg_subscription
WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
ORDER BY 1
"""
ROLES = "SELECT rolname::text AS name FROM pg_catalog.pg_roles WHERE NOT pg_catalog.starts_with(rolname::text, 'pg_')"
CREATE_ROLE = "CREATE ROLE {role}"
WHO = "SELECT session_user::text AS role"
END_SESSIONS_OF = (
    "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = %(name)s"
)
DROP_DATABASE = "DROP DATABASE IF EXISTS {database} WITH (FORCE)"

# Left by a killed run: its pg_dump goes on without it.
END_SESSIONS_NAMED = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE application_name = %(name)s AND datname = pg_catalog.current_database() AND usename = session_user
  AND pid <> pg_catalog.pg_backend_pid()
"""
