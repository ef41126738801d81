# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are copied into a staging table, from which the owner inserts them into their own table.

Each constant is a query that writes a statement. A stage's columns have no constraints: a domain is replaced by its
base type, and where domains lie deeper, in arrays or composite types, the column is text. Nothing else is cast, since
a cast may be a function of the type's owner.
"""

from __future__ import annotations

_COLUMNS = """
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN unnest(%(columns)s::text[]) WITH ORDINALITY AS k (name, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = k.name
CROSS JOIN LATERAL (
    WITH RECURSIVE plain AS (
        SELECT t.* FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
        UNION ALL SELECT t.* FROM plain p JOIN pg_catalog.pg_type t ON t.oid = p.typbasetype WHERE p.typtype = 'd'
    ), parts AS (
        SELECT p.oid, p.typtype, p.typelem, p.typrelid, p.typbasetype FROM plain p WHERE p.typtype <> 'd'
        UNION
        SELECT t.oid, t.typtype, t.typelem, t.typrelid, t.typbasetype FROM parts p
        LEFT JOIN pg_catalog.pg_range r ON p.oid IN (r.rngtypid, r.rngmultitypid)
        LEFT JOIN pg_catalog.pg_attribute f ON p.typtype = 'c' AND f.attrelid = p.typrelid AND NOT f.attisdropped
        JOIN pg_catalog.pg_type t ON t.oid IN (p.typelem, p.typbasetype, r.rngtypid, r.rngsubtype, f.atttypid)
    )
    SELECT p.oid AS base, (SELECT pg_catalog.bool_or(d.typtype = 'd') FROM parts d) AS deep
    FROM plain p WHERE p.typtype <> 'd') AS y
WHERE n.nspname = %(schema)s AND c.relname = %(table)s
GROUP BY n.nspname, c.relname, c.relowner
"""
MAKE = f"""
SELECT pg_catalog.format('CREATE TEMPORARY TABLE bluegreen_stage (%%s) ON COMMIT DROP; '
                         'GRANT SELECT ON pg_temp.bluegreen_stage TO %%I',
           pg_catalog.string_agg(pg_catalog.format('%%I %%s', a.attname, CASE
               WHEN y.deep THEN 'pg_catalog.text'
               WHEN y.base = a.atttypid THEN pg_catalog.format_type(a.atttypid, a.atttypmod)
               ELSE pg_catalog.format_type(y.base, -1) END), ', ' ORDER BY k.place),
           pg_catalog.pg_get_userbyid(c.relowner)) AS statement
{_COLUMNS}
"""
STAGE = ("pg_temp", "bluegreen_stage")
POUR = f"""
SELECT pg_catalog.format('WITH made AS (INSERT INTO %%I.%%I (%%s) OVERRIDING SYSTEM VALUE SELECT %%s '
                         'FROM pg_temp.bluegreen_stage AS s RETURNING 1) SELECT pg_catalog.count(*) AS rows FROM made',
           n.nspname, c.relname, pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.place),
           pg_catalog.string_agg(CASE WHEN y.deep THEN pg_catalog.format('CAST(s.%%I AS %%s)', a.attname,
                                                           pg_catalog.format_type(a.atttypid, a.atttypmod))
                                      ELSE pg_catalog.format('s.%%I', a.attname) END,
                                 ', ' ORDER BY k.place)) AS statement
{_COLUMNS}
"""
