# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counting and exporting rows and values that were written since the switch and that only green can hold."""

from __future__ import annotations

# Transaction ids order the opening's row and later writes; age() handles their wraparound.
_SINCE = """
pg_catalog.age(t.xmin) < (SELECT pg_catalog.age(j.xmin) FROM bluegreen.journal j
                          WHERE j.migration = %(migration)s AND j.event = 'opened' ORDER BY j.id DESC LIMIT 1)
"""
# Then rows that row security hides are an error, not zero.
HIDE_NOTHING = "SET row_security = off"

# Takes no right to read rows, and no time: without a page there is no row.
EMPTY = """
SELECT pg_catalog.bool_and(m.relkind IN ('r', 'p') AND pg_catalog.pg_relation_size(m.oid) = 0) AS empty
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class m
  ON m.oid = c.oid OR m.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) AS t)
WHERE n.nspname = %(schema)s AND c.relname = %(table)s
"""

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
FETCH = "FETCH 1000 FROM green_only"
CLOSE = "CLOSE green_only"


def count(column: str, alone: bool) -> str:
    """Return the query for the number of rows, or with a ``column`` of rows that have a value in {column}."""
    return f"SELECT pg_catalog.count(*) AS values FROM {_rows(column, alone)}"


def open_rows(column: str, alone: bool) -> str:
    """Return the statement that opens a cursor over them as JSON, whole rows or the columns %(columns)s."""
    row = "pg_catalog.to_jsonb(t)"
    if column:
        row = (
            f"(SELECT pg_catalog.jsonb_object_agg(e.key, e.value) FROM pg_catalog.jsonb_each({row}) AS e"
            " WHERE e.key = ANY (%(columns)s::text[]))"
        )
    return f"DECLARE green_only NO SCROLL CURSOR FOR SELECT {row}::text AS row FROM {_rows(column, alone)}"


def _rows(column: str, alone: bool) -> str:
    # The rows of a child belong to the child.
    written = f"{'ONLY ' if alone else ''}{{table}} AS t WHERE {_SINCE}"
    return f"{written} AND t.{{column}} IS NOT NULL" if column else written
