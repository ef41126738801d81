# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a lane stops: the row that comes next, and the row that it conflicts with."""

from __future__ import annotations

# Reads what the slot would send next without consuming it. A copy is read, since the worker could not start meanwhile.
COPY_SLOT = "SELECT pg_catalog.pg_copy_logical_replication_slot(%(slot)s, %(copy)s, true)"
PEEK = """
SELECT data FROM pg_catalog.pg_logical_slot_peek_binary_changes(%(slot)s, NULL, %(changes)s,
    'proto_version', '1', 'publication_names', %(publication)s) LIMIT %(changes)s
"""
TIME_LIMIT = "SET statement_timeout = '1500ms'"
SAME_OUTPUT = """
SELECT pg_catalog.set_config(s.name, s.value, false)
FROM (VALUES ('datestyle', 'ISO'), ('intervalstyle', 'postgres'), ('timezone', 'UTC'), ('lc_monetary', 'C'),
             ('extra_float_digits', '3'), ('bytea_output', 'hex')) AS s (name, value)
"""
UNIQUE_KEYS = """
SELECT x.relname AS index, c.relkind = 'r' AS alone,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
        FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE k.place <= i.indnkeyatts) AS columns
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(name)s
  AND i.indisunique AND i.indisvalid AND i.indexprs IS NULL AND i.indpred IS NULL
ORDER BY i.indisprimary DESC, 1
"""


def find(columns: str, alone: bool, conditions: str) -> str:
    """Return the query for a row; a child of a table that stands ``alone`` may have one with the same key."""
    return f"SELECT {columns} FROM {'ONLY ' if alone else ''}{{table}} AS t WHERE {conditions}"
