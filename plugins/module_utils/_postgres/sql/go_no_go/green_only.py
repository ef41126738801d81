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
COUNT_ROWS = f"SELECT pg_catalog.count(*) AS values FROM {{table}} AS t WHERE {_SINCE}"
COUNT_VALUES = f"{COUNT_ROWS} AND t.{{column}} IS NOT NULL"

# Then rows that row security hides are an error, not zero.
HIDE_NOTHING = "SET row_security = off"

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
OPEN_ROWS = f"""
DECLARE green_only NO SCROLL CURSOR FOR
SELECT pg_catalog.to_jsonb(t)::text AS row FROM {{table}} AS t WHERE {_SINCE}
"""
OPEN_VALUES = f"""
DECLARE green_only NO SCROLL CURSOR FOR
SELECT (SELECT pg_catalog.jsonb_object_agg(e.key, e.value) FROM pg_catalog.jsonb_each(pg_catalog.to_jsonb(t)) AS e
        WHERE e.key = ANY (%(columns)s::text[]))::text AS row
FROM {{table}} AS t WHERE {_SINCE} AND t.{{column}} IS NOT NULL
"""
FETCH = "FETCH 1000 FROM green_only"
CLOSE = "CLOSE green_only"
