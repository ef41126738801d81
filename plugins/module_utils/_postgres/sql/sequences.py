# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of sequences, and advancing them, never backwards."""

from __future__ import annotations

from .catalog import SEQUENCE_GOES_ON, STANDS_AT

SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
       s.seqcycle AS cycles, pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS visible,
       {STANDS_AT} AS last
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
WHERE {SEQUENCE_GOES_ON}
"""
# Never backwards: values that the new side has drawn itself count as well. The arrays are JSON, because parsing a
# thousand constants would take longer than applying them.
ADVANCE = f"""
SELECT pg_catalog.count(pg_catalog.setval(c.oid::pg_catalog.regclass,
           CASE WHEN s.seqincrement > 0
                THEN LEAST(GREATEST(w.value::bigint, {STANDS_AT}), s.seqmax)
                ELSE GREATEST(LEAST(w.value::bigint, {STANDS_AT}), s.seqmin) END))
       AS advanced
FROM ROWS FROM (pg_catalog.json_array_elements_text(%(schemas)s), pg_catalog.json_array_elements_text(%(names)s),
                pg_catalog.json_array_elements_text(%(values)s)) AS w (schema, name, value)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind = 'S'
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
"""
