# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a database's catalog, set-based: one query per question, whatever the number of tables."""

from __future__ import annotations

from ..._domain.capabilities import Capability
from ..._domain.relation_kinds import gated_kinds, kinds_that_take_part


def _one_of(letters: list[tuple[str, str]]) -> str:
    return "(c.relkind, c.relpersistence) IN (" + ", ".join(f"('{kind}', '{lasts}')" for kind, lasts in letters) + ")"


# The server's own schemas by their exact names: what else begins with pg_ is somebody's. No pattern with a backslash,
# which a setting gives another meaning.
IS_USERS_SCHEMA = """
    n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'bluegreen')
    AND n.nspname !~ '^pg_(toast_)?temp_[0-9]+$'
"""
OF_EXTENSION = """
    EXISTS (SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
"""


def is_exception(entry: str) -> str:
    """Return the condition that an entry of pg_publication_rel is one of EXCEPT; of any version, but dear."""
    return f"COALESCE(pg_catalog.to_jsonb({entry}) ->> 'prexcept', 'false') = 'true'"


def is_published(entry: str) -> str:
    """Return the condition that an entry of pg_publication_rel is published; the version is asked once."""
    return f"CASE WHEN (SELECT {Capability.EXCEPT_TABLES.in_sql}) THEN NOT {is_exception(entry)} ELSE true END"


# What pg_has_role is asked to learn whether a member may act as the role.
TO_ACT_AS = f"CASE WHEN {Capability.MEMBERSHIP_OPTIONS.in_sql} THEN 'SET' ELSE 'MEMBER' END"
# The user's relations whose rows are copied to green.
IS_USERS = f"""
    {IS_USERS_SCHEMA} AND {_one_of(kinds_that_take_part())} AND NOT {OF_EXTENSION}
"""
# An extension's sequence goes on as well where a default of a table that is none of an extension's draws from it, or an
# expression or a function that the server knows to depend on it.
_IS_DRAWN_FROM = """
    EXISTS (SELECT FROM pg_catalog.pg_depend d
            LEFT JOIN pg_catalog.pg_attrdef f
                 ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid
            WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid AND d.deptype = 'n'
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                            WHERE e.classid = CASE WHEN f.oid IS NULL THEN d.classid
                                                   ELSE 'pg_catalog.pg_class'::pg_catalog.regclass END
                            AND e.objid = COALESCE(f.adrelid, d.objid) AND e.deptype = 'e'))
"""
SEQUENCE_GOES_ON = f"""
    {IS_USERS_SCHEMA} AND c.relkind = 'S' AND {_one_of(kinds_that_take_part())}
    AND (NOT {OF_EXTENSION} OR {_IS_DRAWN_FROM})
"""
# The value that a sequence (c, s) has drawn last; NULL: never used, or not to be read. pg_sequence_last_value does not
# tell where one stands that was set or restarted and not drawn from since: it counts as drawn there.
STANDS_AT = """
    COALESCE(pg_catalog.pg_sequence_last_value(c.oid),
             CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') THEN NULLIF(pg_catalog.substring(
                 pg_catalog.query_to_xml('SELECT last_value FROM ' || c.oid::pg_catalog.regclass::text,
                                         true, false, '')::text, '<last_value>(-?[0-9]+)<')::bigint, s.seqstart) END)
"""
# Relations that can be written through; of views only those with a trigger that does the writing.
IS_WRITTEN = f"""
    {IS_USERS_SCHEMA} AND {_one_of(gated_kinds())}
    AND (c.relkind <> 'v' OR EXISTS (SELECT FROM pg_catalog.pg_trigger i
                                     WHERE i.tgrelid = c.oid AND i.tgtype::int & 64 <> 0))
"""


def _tables(condition: str) -> str:
    return f"""
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relreplident::text AS identity,
       rn.nspname AS root_schema, r.relname AS root_name,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
        FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts) AS key,
       (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                   'generated', a.attgenerated <> '',
                   'key', COALESCE(pg_catalog.array_position(ri.indkey::int2[], a.attnum) + 1, 0))
               ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (SELECT a.relid FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY AS a (relid, place)
                   ORDER BY a.place DESC LIMIT 1) AS top ON true
JOIN pg_catalog.pg_class r ON r.oid = COALESCE(top.relid, c.oid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_index ri ON ri.indrelid = c.oid AND ri.indisvalid AND ri.indimmediate
     AND (CASE c.relreplident WHEN 'd' THEN ri.indisprimary WHEN 'i' THEN ri.indisreplident ELSE false END)
WHERE {condition}
ORDER BY 1, 2
"""


TABLES = _tables(f"c.relkind IN ('r', 'p') AND {IS_USERS}")
# Everything whose rows pg_dump takes: unlogged tables too.
DUMPED_TABLES = _tables(
    f"c.relkind = 'r' AND c.relpersistence IN ('p', 'u') AND {IS_USERS_SCHEMA} AND NOT {OF_EXTENSION}"
)
PUBLISHED_TABLES = _tables(f"""
    c.oid IN (SELECT p.prrelid FROM pg_catalog.pg_publication_rel p
              JOIN pg_catalog.pg_publication q ON q.oid = p.prpubid
              WHERE q.pubname = %(publication)s AND {is_published("p")})
""")

IDENTITY_OF_DATABASE = """
SELECT s.system_identifier::text AS system, d.oid::text AS database, d.datname::text AS name,
       pg_catalog.current_setting('server_version_num')::int AS version
FROM pg_catalog.pg_control_system() AS s, pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
"""

USER_SEQUENCES = f"""
SELECT n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND {IS_USERS}
ORDER BY 1, 2
"""
DATABASE_SIZE = "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"
