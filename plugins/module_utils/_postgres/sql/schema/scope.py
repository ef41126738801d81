# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is excluded from blue's schema, and extensions in versions that the user chose."""

from __future__ import annotations

from ..catalog import IS_USERS_SCHEMA

UNKNOWN = """
SELECT 'schema ' || w.name AS title FROM unnest(%(schemas)s::text[]) AS w (name)
WHERE NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = w.name)
UNION ALL SELECT 'table ' || w.name FROM unnest(%(tables)s::text[]) AS w (name)
WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass(w.name) AND c.relkind IN ('r', 'p', 'f'))
UNION ALL SELECT 'extension ' || w.name FROM unnest(%(extensions)s::text[]) AS w (name)
WHERE NOT EXISTS (SELECT FROM pg_extension x WHERE x.extname = w.name)
ORDER BY 1
"""

SCHEMAS = f"""
SELECT n.nspname::text AS name FROM pg_namespace n
WHERE {IS_USERS_SCHEMA}
AND (n.nspname = ANY (%(exclude)s::text[])
     OR cardinality(%(include)s::text[]) > 0 AND n.nspname <> ALL (%(include)s::text[]))
ORDER BY 1
"""

# A table includes its partitions and children, and the sequences that it owns.
TABLES = f"""
WITH RECURSIVE excluded AS (
    SELECT to_regclass(w.name)::oid AS oid FROM unnest(%(exclude)s::text[]) AS w (name)
    UNION SELECT i.inhrelid FROM excluded e JOIN pg_inherits i ON i.inhparent = e.oid
),
included AS (
    SELECT to_regclass(w.name)::oid AS oid FROM unnest(%(include)s::text[]) AS w (name)
    UNION SELECT i.inhrelid FROM included e JOIN pg_inherits i ON i.inhparent = e.oid
),
aside AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND {IS_USERS_SCHEMA}
    AND (EXISTS (SELECT FROM excluded e WHERE e.oid = c.oid)
         OR cardinality(%(include)s::text[]) > 0 AND NOT EXISTS (SELECT FROM included e WHERE e.oid = c.oid))
),
with_sequences AS (
    SELECT oid FROM aside
    UNION SELECT s.oid FROM aside
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = aside.oid AND d.classid = d.refclassid
    AND d.deptype IN ('a', 'i')
    JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
)
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM with_sequences w JOIN pg_class c ON c.oid = w.oid JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY 1, 2
"""

EXTENSIONS = """
SELECT x.extname::text AS name FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
WHERE x.extname = ANY (%(exclude)s::text[]) OR n.nspname = ANY (%(schemas)s::text[])
ORDER BY 1
"""

VERSIONS = """
SELECT x.extname AS name, x.extversion AS version, n.nspname AS schema
FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.oid >= 16384 ORDER BY x.oid
"""
HAS_VERSION = """
SELECT EXISTS (SELECT FROM pg_available_extension_versions v WHERE v.name = %(name)s AND v.version = %(version)s) AS has
"""
CREATE_SCHEMA = "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}"
CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema} VERSION %(version)s CASCADE"
UPDATE_EXTENSION = "ALTER EXTENSION {name} UPDATE TO %(version)s"
