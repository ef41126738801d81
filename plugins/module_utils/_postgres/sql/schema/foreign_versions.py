# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Version tables of other tools, recognised by their columns, and the version that each records."""

from __future__ import annotations

# The table's name, and the columns that tell the tool from others that use the same name.
TOOLS = (
    ("Flyway", "flyway_schema_history", ("installed_rank", "version", "success")),
    ("Alembic", "alembic_version", ("version_num",)),
    ("golang-migrate", "schema_migrations", ("version", "dirty")),
    ("dbmate", "schema_migrations", ("version",)),
)
FIND = """
SELECT n.nspname::text AS schema, c.relname::text AS name,
       (SELECT pg_catalog.array_agg(a.attname::text) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relname = ANY (%(names)s::text[]) AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2
"""
VERSIONS = {
    "Flyway": "SELECT version::text AS version FROM {table} WHERE success AND version IS NOT NULL"
    " ORDER BY installed_rank DESC LIMIT 1",
    "Alembic": "SELECT pg_catalog.string_agg(version_num::text, ', ' ORDER BY version_num) AS version FROM {table}",
    "golang-migrate": "SELECT version || CASE WHEN dirty THEN ' (dirty)' ELSE '' END AS version FROM {table} LIMIT 1",
    "dbmate": "SELECT pg_catalog.max(version::text) AS version FROM {table}",
}
