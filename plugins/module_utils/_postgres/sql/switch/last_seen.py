# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a side knows about the other without asking it: lanes, kept markers, values that its sequences must exceed."""

from __future__ import annotations

from ..catalog import SEQUENCE_GOES_ON, STANDS_AT
from ..lanes.link import WORKERS_OF_LANE

KEPT = """
SELECT pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, lsn::text AS lsn
FROM {marker} WHERE side = %(side)s AND purpose = 'kept' ORDER BY at DESC LIMIT 1
"""
WORKERS = f"""
SELECT pg_catalog.count(*) AS workers,
       COALESCE(pg_catalog.max(w.last_msg_receipt_time) > pg_catalog.clock_timestamp() - interval '3 seconds', false)
           AS fresh
{WORKERS_OF_LANE}
"""

# A sequence that was never used is at its start value: the other side may have used it.
SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
       s.seqcycle AS cycles, COALESCE({STANDS_AT}, s.seqstart) AS last,
       pg_catalog.has_sequence_privilege(c.oid, 'UPDATE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
           AS settable
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
WHERE {SEQUENCE_GOES_ON}
"""
# Integer columns that a sequence fills: they own it, or their default uses it.
FILLED = f"""
SELECT n.nspname AS schema, c.relname AS name, tn.nspname AS table_schema, t.relname AS table_name,
       a.attname::text AS column
FROM (
    SELECT d.objid AS sequence, d.refobjid AS filled, d.refobjsubid::int AS number FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    UNION
    SELECT d.refobjid, f.adrelid, f.adnum::int FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'n'
) AS fills
JOIN pg_catalog.pg_class c ON c.oid = fills.sequence AND c.relkind = 'S'
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = fills.filled
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = fills.number
WHERE {SEQUENCE_GOES_ON}
  AND a.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype)
"""
FARTHEST = """
SELECT pg_catalog.max({column})::bigint AS highest, pg_catalog.min({column})::bigint AS lowest FROM {table}
"""
HIDE_NOTHING = "SET row_security = off"
