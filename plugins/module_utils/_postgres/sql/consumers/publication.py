# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a publication as it was defined, and writing it again on another server."""

from __future__ import annotations

from ..catalog import IS_USERS_SCHEMA, TO_ACT_AS, is_published

# Columns that exist only in some majors are looked up by name in the row's JSON form.
PUBLICATION = """
SELECT p.oid, pg_catalog.pg_get_userbyid(p.pubowner)::text AS owner, p.puballtables AS all_tables,
       pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)
           AS publish,
       COALESCE(pg_catalog.to_jsonb(p) ->> 'pubviaroot', 'false') AS via_root,
       COALESCE(pg_catalog.to_jsonb(p) ->> 'pubgencols', 'n') AS generated
FROM pg_catalog.pg_publication p WHERE p.pubname = %(name)s
"""
_TABLES = """
SELECT n.nspname::text AS schema, c.relname::text AS name, NULL::text[] AS columns, '' AS condition
FROM pg_catalog.pg_publication_rel r
JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
"""
TABLES = f"{_TABLES} WHERE r.prpubid = %(oid)s AND {is_published('r')}"
# From 15 on.
TABLES_WITH_LISTS = f"""
SELECT n.nspname::text AS schema, c.relname::text AS name,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs::int2[])) AS columns,
       COALESCE(pg_catalog.pg_get_expr(r.prqual, r.prrelid), '') AS condition
FROM pg_catalog.pg_publication_rel r
JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE r.prpubid = %(oid)s AND {is_published("r")}
"""
SCHEMAS = """
SELECT n.nspname::text AS name FROM pg_catalog.pg_publication_namespace s
JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = %(oid)s
"""
# What a publication of all tables carries of the user's; the server leaves out the same by itself.
EVERY_TABLE = f"""
SELECT n.nspname::text AS schema, c.relname::text AS name, NULL::text[] AS columns, '' AS condition
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p' AND {IS_USERS_SCHEMA}
"""
READ_ONLY = "BEGIN READ ONLY"
# Majors have other keywords, which alone would be in quotes.
QUOTE_EVERY_NAME = "SET LOCAL quote_all_identifiers = on"
CREATE_PUBLICATION = "CREATE PUBLICATION {publication}"
SET_PUBLICATION = "ALTER PUBLICATION {publication} SET "
MAY_BE_GIVEN = f"""
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r
               WHERE r.rolname = %(role)s AND pg_catalog.pg_has_role(r.oid, {TO_ACT_AS})
               AND pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE')) AS may
"""
GIVE_TO = "ALTER PUBLICATION {publication} OWNER TO {role}"
