# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries sent through the application's own route to the database."""

from __future__ import annotations

from .catalog import IS_USERS

WRITABLE = f"""
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND {IS_USERS}
ORDER BY 1, 2 LIMIT 1
"""
# Only transactions that write get an id; a standby cannot assign one. No table of the user's is touched.
WRITES = """
SELECT pg_catalog.pg_current_xact_id()::text AS transaction,
       pg_catalog.current_setting('transaction_read_only') AS read_only,
       EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'bluegreen' AND c.relname = 'fenced') AS fenced
"""
MAY_IDENTIFY = "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS allowed"
