# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements that take most of a server's time, as pg_stat_statements counts them; what their plans depend on."""

from __future__ import annotations

# Where an extension's objects lie. What is not the extension's own under its name is not found.
EXTENSION_SCHEMA = """
SELECT n.nspname::text AS schema
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = %(extension)s
"""
# The columns depend on the extension's version, which may be older than the server's. A comment may come first. What
# superusers run would be planned as a superuser, whatever it calls. A change of our role counts for the other role.
TOP = r"""
WITH counted AS (
    SELECT pg_catalog.to_jsonb(s) AS c FROM {view} s
    WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), told AS (
    SELECT c ->> 'queryid' AS queryid, c ->> 'query' AS text, r.rolname::text AS role,
           (c ->> 'calls')::pg_catalog.int8 AS calls,
           COALESCE(c ->> 'total_exec_time', c ->> 'total_time')::pg_catalog.float8 AS milliseconds
    FROM counted JOIN pg_catalog.pg_roles r
         ON r.oid = (c ->> 'userid')::pg_catalog.oid AND r.rolname <> session_user AND NOT r.rolsuper
)
SELECT * FROM told
WHERE queryid IS NOT NULL AND NOT pg_catalog.starts_with(text, 'SELECT pg_catalog.set_config(')
  AND pg_catalog.regexp_replace(text, '^([[:space:](]|--[^\n]*\n|/[*]([^*]|[*]+[^*/])*[*]+/)+', '')
      ~* '^(select|insert|update|delete|merge|with|values|table)[^a-z0-9_]'
ORDER BY milliseconds DESC, queryid, role LIMIT %(top)s
"""
HIDDEN = """
SELECT pg_catalog.count(*) AS hidden FROM {view} s
WHERE s.queryid IS NULL
  AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
"""

# Two indexes of one form differ in their names only.
INDEXES = """
SELECT n.nspname::text AS schema, c.relname::text AS table, x.relname::text AS name, i.indisvalid AS valid,
       pg_catalog.concat_ws(' ', m.amname, i.indisunique, i.indnkeyatts, i.indoption,
           (SELECT pg_catalog.string_agg(pg_catalog.pg_get_indexdef(i.indexrelid, k.place::pg_catalog.int4, false), ','
                                         ORDER BY k.place)
            FROM pg_catalog.generate_series(1, i.indnatts) AS k (place)),
           (SELECT pg_catalog.string_agg(o.opcname, ',' ORDER BY l.place)
            FROM pg_catalog.unnest(i.indclass::pg_catalog.oid[]) WITH ORDINALITY AS l (number, place)
            JOIN pg_catalog.pg_opclass o ON o.oid = l.number),
           (SELECT pg_catalog.string_agg(o.collname, ',' ORDER BY l.place)
            FROM pg_catalog.unnest(i.indcollation::pg_catalog.oid[]) WITH ORDINALITY AS l (number, place)
            JOIN pg_catalog.pg_collation o ON o.oid = l.number),
           pg_catalog.pg_get_expr(i.indpred, i.indrelid)) AS form
FROM pg_catalog.json_to_recordset(%(tables)s::pg_catalog.json) AS t (schema text, name text)
JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name
JOIN pg_catalog.pg_index i ON i.indrelid = c.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam
"""
# Columns that we may read; of others nobody tells us whether there are statistics. Small tables need none.
COLUMNS = """
SELECT n.nspname::text AS schema, c.relname::text AS table, a.attname::text AS column, h.inherited,
       EXISTS (SELECT FROM pg_catalog.pg_stats s
               WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
               AND s.inherited = h.inherited) AS known,
       h.inherited
       OR CASE WHEN %(sizes)s THEN pg_catalog.pg_relation_size(c.oid)
               > 10 * pg_catalog.current_setting('block_size')::pg_catalog.int8 ELSE false END AS large
FROM pg_catalog.json_to_recordset(%(tables)s::pg_catalog.json) AS t (schema text, name text)
JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name AND c.relkind IN ('r', 'p', 'm')
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN (VALUES (true), (false)) AS h (inherited)
WHERE pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
  AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.oid))
"""

SETTINGS = """
SELECT s.name::text AS name, pg_catalog.concat_ws(' ', s.setting, s.unit) AS value FROM pg_catalog.pg_settings s
WHERE s.name = ANY (%(names)s::pg_catalog.text[])
"""
EXTENSIONS = "SELECT e.extname::text AS name, e.extversion AS value FROM pg_catalog.pg_extension e"
# Names and providers of columns' collations are compared by preflight; here is what every other column has.
COLLATION = """
SELECT 'of the database'::text AS name,
       pg_catalog.concat_ws(' ', d.datcollate, d.datctype, pg_catalog.to_jsonb(d) ->> 'datlocprovider',
                            COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'),
                            pg_catalog.to_jsonb(d) ->> 'datcollversion') AS value
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
"""
