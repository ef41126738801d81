# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables and columns bear which names, and what of it is kept on green."""

from __future__ import annotations

from ..catalog import IS_USERS
from ..ours import present

# The row of a table's type changes when the table is named, moved or given away, and at hardly anything else; that of
# the table itself with each right, trigger and option.
IDENTITIES = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.jsonb_build_object(
           'oid', c.oid::bigint, 'file', c.relfilenode::bigint, 'named_by', t.xmin::text,
           'root', pg_catalog.jsonb_build_array(rn.nspname, r.relname),
           'columns', COALESCE((
               SELECT pg_catalog.jsonb_object_agg(a.attname, pg_catalog.jsonb_build_array(
                          a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod), a.xmin::text))
               FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '{{}}'::jsonb)) AS identity
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = c.reltype
LEFT JOIN LATERAL (SELECT a.relid FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY AS a (relid, place)
                   ORDER BY a.place DESC LIMIT 1) AS top ON true
JOIN pg_catalog.pg_class r ON r.oid = COALESCE(top.relid, c.oid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.relkind IN ('r', 'p') AND {IS_USERS}
"""
HAS_KNOWN = f"SELECT {present('known_table')} AS present"
CREATE_KNOWN = """
CREATE TABLE IF NOT EXISTS bluegreen.known_table (
    migration text NOT NULL,
    side text NOT NULL,
    schema text NOT NULL,
    name text NOT NULL,
    identity jsonb NOT NULL,
    PRIMARY KEY (migration, side, schema, name)
)
"""


def _insert(tables: str, otherwise: str) -> str:
    return f"""
INSERT INTO bluegreen.known_table (migration, side, schema, name, identity)
SELECT %(migration)s, t.side, t.schema, t.name, t.identity FROM {tables}
ON CONFLICT (migration, side, schema, name) DO {otherwise}
"""


_ANEW = "UPDATE SET identity = EXCLUDED.identity"
_GIVEN = """
pg_catalog.jsonb_to_recordset(%(tables)s::jsonb) AS t (side text, schema text, name text, identity jsonb)
"""
KEEP = _insert(_GIVEN, _ANEW)
KEEP_NEW = _insert(_GIVEN, "NOTHING")
KEEP_GREENS = _insert(f"(SELECT 'green' AS side, i.* FROM ({IDENTITIES}) AS i) AS t", _ANEW)
FORGET = """
DELETE FROM bluegreen.known_table AS t
USING ROWS FROM (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(tables)s::text[])) AS g (schema, name)
WHERE t.migration = %(migration)s AND t.schema = g.schema AND t.name = g.name
"""
KNOWN = """
SELECT side, schema, name, identity FROM bluegreen.known_table WHERE migration = %(migration)s
"""
