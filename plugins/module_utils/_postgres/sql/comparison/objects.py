# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects other than tables, each with its name and a fingerprint of what must be equal."""

from __future__ import annotations

from ..catalog import IS_USERS

# Not their values: the switch carries those over, and they differ before it.
SEQUENCES = f"""
SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname) AS name,
       pg_catalog.concat_ws(' ', pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin,
                            s.seqmax, s.seqcycle) AS fingerprint
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {IS_USERS}
"""
# Roles that own something in this database, or have a privilege on something in it or on the database itself.
ROLES = """
SELECT r.rolname::text AS name,
       pg_catalog.concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
                            r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolconfig,
                            ARRAY(SELECT g.rolname FROM pg_catalog.pg_auth_members m
                                  JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
                                  WHERE m.member = r.oid ORDER BY g.rolname::text COLLATE "C")) AS fingerprint
FROM pg_catalog.pg_roles r
WHERE r.oid <> 10 AND NOT pg_catalog.starts_with(r.rolname::text, 'pg_')
  AND EXISTS (SELECT FROM pg_catalog.pg_shdepend d
              JOIN pg_catalog.pg_database b ON b.datname = pg_catalog.current_database()
              WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid
                AND (d.dbid = b.oid OR (d.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND d.objid = b.oid)))
"""
MATERIALIZED_VIEWS = f"""
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND c.relispopulated AND {IS_USERS}
"""
# concat() prints a row; a cast of it to text may be a function of the view's owner.
CONTENTS = """
SELECT pg_catalog.concat_ws(' ', pg_catalog.count(*),
           pg_catalog.sum(pg_catalog.hashtextextended(pg_catalog.concat(t) COLLATE pg_catalog."C", 0))) AS fingerprint
FROM {table} AS t
"""
# In pieces of 16 MB, because a large object may exceed the largest value. A piece that is not full is the last.
LARGE_OBJECTS = """
SELECT m.oid::pg_catalog.text AS name, (
    WITH RECURSIVE pieces (next, whole, hash) AS (
        SELECT 0::pg_catalog.int8, true, ''::pg_catalog.bytea
        UNION ALL
        SELECT p.next + (1 << 24), pg_catalog.length(g.piece) = 1 << 24, pg_catalog.sha256(g.piece)
        FROM pieces AS p CROSS JOIN LATERAL (SELECT pg_catalog.lo_get(m.oid, p.next, 1 << 24) OFFSET 0) AS g (piece)
        WHERE p.whole)
    SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.string_agg(hash, '' ORDER BY next)), 'hex') FROM pieces
) AS fingerprint
FROM pg_catalog.pg_largeobject_metadata m
"""
