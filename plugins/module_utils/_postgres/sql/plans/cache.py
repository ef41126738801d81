# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a server's buffers, and reading it into another's."""

from __future__ import annotations

from ..catalog import IS_USERS_SCHEMA

# Looking takes the lock of each buffer's header for an instant, and about 40 bytes of memory for each.
_USERS = f"""
    SELECT c.oid, n.nspname, c.relname, false AS toast
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'i') AND c.relpersistence = 'p' AND {IS_USERS_SCHEMA}
    UNION ALL
    SELECT c.reltoastrelid, n.nspname, c.relname, true
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.reltoastrelid <> 0 AND c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND {IS_USERS_SCHEMA}
"""
_PAGES = "pg_catalog.pg_relation_size({oid}) / pg_catalog.current_setting('block_size')::pg_catalog.int8"
HELD = f"""
WITH users AS ({_USERS}), held AS (
    SELECT b.relfilenode, b.relblocknumber AS block, b.usagecount AS usage FROM {{view}} b
    WHERE b.relforknumber = 0
      AND b.reldatabase = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), sized AS (
    SELECT u.*, pg_catalog.pg_relation_filenode(u.oid) AS node, {_PAGES.format(oid="u.oid")} AS pages FROM users u
)
SELECT s.nspname::text AS schema, s.relname::text AS name, s.toast, s.pages,
       (h.block * %(slices)s / s.pages)::pg_catalog.int4 AS slice, pg_catalog.count(*) AS blocks,
       pg_catalog.avg(h.usage)::pg_catalog.float8 AS usage
FROM held h JOIN sized s ON s.node = h.relfilenode AND h.block < s.pages
GROUP BY 1, 2, 3, 4, 5
"""
PAGES = f"""
SELECT u.nspname::text AS schema, u.relname::text AS name, u.toast, {_PAGES.format(oid="u.oid")} AS pages
FROM ({_USERS}) u
"""
BUFFERS = """
SELECT s.setting::pg_catalog.int8 AS buffers, pg_catalog.current_setting('block_size')::pg_catalog.int4 AS block_size
FROM pg_catalog.pg_settings s WHERE s.name = 'shared_buffers'
"""
# A relation may have shrunk meanwhile, or be gone.
READ = """
SELECT {function}(r.oid::pg_catalog.regclass, 'buffer', 'main', %(first)s::pg_catalog.int8,
                  least(%(last)s::pg_catalog.int8, r.pages - 1)) AS blocks
FROM (SELECT f.oid, pg_catalog.pg_relation_size(f.oid)
             / pg_catalog.current_setting('block_size')::pg_catalog.int8 AS pages
      FROM (SELECT CASE WHEN %(toast)s THEN c.reltoastrelid ELSE c.oid END AS oid
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = %(schema)s AND c.relname = %(name)s) f) r
WHERE r.pages > %(first)s
"""
