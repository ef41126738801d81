# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the slot of the way back still holds, and what bringing it over could break."""

from __future__ import annotations

# What a message shows of the statement that lets our role read how far rows had arrived.
GRANT_ORIGINS = "GRANT EXECUTE ON FUNCTION pg_show_replication_origin_status()"
# Peeking leaves the slot as it is: whoever runs us again reads the same.
CHANGES = """
SELECT c.data
FROM pg_catalog.pg_logical_slot_peek_binary_changes(
    %(slot)s::text::name, NULL, NULL, 'proto_version', '1',
    'publication_names', pg_catalog.quote_ident(%(slot)s::text)) AS c
"""
# Every row that was written on blue after the emergency has a younger transaction than this one.
OPENED_BY = """
SELECT j.xmin::text::int8 AS xmin FROM bluegreen.journal j
WHERE j.migration = %(migration)s AND j.event = 'opened' AND j.epoch = %(epoch)s
"""
FOREIGN_KEYS = """
SELECT c.conname::text AS name, cn.nspname::text AS child_schema, ct.relname::text AS child,
       pn.nspname::text AS parent_schema, pt.relname::text AS parent,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
             ORDER BY k.place) AS columns,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(c.confkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number
             ORDER BY k.place) AS referred,
       ARRAY(SELECT n.nspname::text
             FROM pg_catalog.unnest(c.conpfeqop) WITH ORDINALITY AS k (operator, place)
             JOIN pg_catalog.pg_operator o ON o.oid = k.operator
             JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
             ORDER BY k.place) AS operators
FROM pg_catalog.pg_constraint c
JOIN pg_catalog.pg_class ct ON ct.oid = c.conrelid
JOIN pg_catalog.pg_namespace cn ON cn.oid = ct.relnamespace
JOIN pg_catalog.pg_class pt ON pt.oid = c.confrelid
JOIN pg_catalog.pg_namespace pn ON pn.oid = pt.relnamespace
WHERE c.contype = 'f' AND c.convalidated AND c.conparentid = 0
ORDER BY 2, 3, 1
"""


def orphans(columns: int) -> str:
    """Values that refer to no row: {child}, {parent}, and for each column {c0}, {p0} and the operator's schema {o0}."""
    numbers = range(columns)
    given = " AND ".join(f"c.{{c{n}}} IS NOT NULL" for n in numbers)
    same = " AND ".join(f"p.{{p{n}}} OPERATOR({{o{n}}}.=) c.{{c{n}}}" for n in numbers)
    texts = ", ".join(f"pg_catalog.concat(c.{{c{n}}})" for n in numbers)
    return f"""
SELECT ARRAY[{texts}]::pg_catalog.text[] AS key FROM {{child}} AS c
WHERE {given} AND NOT EXISTS (SELECT FROM {{parent}} AS p WHERE {same}) LIMIT 3
"""
