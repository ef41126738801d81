# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a schema copy needs to know besides the schemas, and the record of what was copied."""

from __future__ import annotations

from ..catalog import TO_ACT_AS
from ..ours import present

# Our own triggers, other people's event triggers, and what green already has; addressed as in a dump's contents.
LEFT_OUT = """
SELECT 'pg_trigger'::regclass::oid::bigint AS catalog, t.oid::bigint AS oid, false AS with_comment
FROM pg_trigger t WHERE t.tgname = 'bluegreen_gate'
UNION ALL
SELECT 'pg_event_trigger'::regclass::oid::bigint, v.oid::bigint, true
FROM pg_event_trigger v
UNION ALL
SELECT 'pg_extension'::regclass::oid::bigint, x.oid::bigint, true
FROM pg_extension x WHERE x.extname = ANY (%(extensions)s::text[])
UNION ALL
SELECT 'pg_namespace'::regclass::oid::bigint, n.oid::bigint, false
FROM pg_namespace n WHERE n.nspname = ANY (%(schemas)s::text[])
"""

# What is not copied, so that nobody finds out too late. Preflight covers large objects and values of sequences.
NOT_COPIED = """
SELECT 'publication ' || quote_ident(pubname) AS title, 'publications do not move by themselves' AS reason
FROM pg_publication WHERE NOT starts_with(pubname::text, 'bluegreen_')
UNION ALL
SELECT 'subscription ' || quote_ident(s.subname), 'subscriptions do not move by themselves'
FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database() AND NOT starts_with(s.subname::text, 'bluegreen_')
UNION ALL
SELECT 'event trigger ' || quote_ident(v.evtname), 'only a superuser may create one'
FROM pg_event_trigger v
WHERE NOT starts_with(v.evtname::text, 'bluegreen_')
AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_event_trigger'::regclass AND e.objid = v.oid
                AND e.deptype = 'e')
UNION ALL
SELECT 'tablespace ' || quote_ident(t.spcname), 'everything on green is made in its default tablespace'
FROM pg_tablespace t WHERE EXISTS (SELECT FROM pg_class c WHERE c.reltablespace = t.oid AND c.oid >= 16384)
UNION ALL
SELECT 'rows of materialized view ' || c.oid::regclass, 'sync refreshes it on green'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND n.nspname <> 'bluegreen'
UNION ALL
SELECT 'operator ' || o.oid::regoperator, 'it has no function: at most another operator mentions it, and makes it again'
FROM pg_operator o WHERE o.oprcode = 0 AND o.oid >= 16384
UNION ALL
SELECT 'index ' || i.indexrelid::regclass, 'it is invalid on blue: REINDEX or drop it there'
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.oid >= 16384
ORDER BY 1
"""

# To change an object's owner takes SET ROLE.
ROLES = f"""
SELECT wanted.name, r.oid IS NOT NULL AS present,
       COALESCE(pg_has_role(r.oid, {TO_ACT_AS}), false) AS usable
FROM unnest(%(names)s::text[]) AS wanted (name) LEFT JOIN pg_roles r ON r.rolname = wanted.name
ORDER BY 1
"""

EXTENSIONS = """
SELECT wanted.name, a.name IS NOT NULL AS available,
       COALESCE(v.trusted OR NOT v.superuser OR current_setting('is_superuser') = 'on', false) AS allowed
FROM unnest(%(names)s::text[]) AS wanted (name)
LEFT JOIN pg_available_extensions a ON a.name = wanted.name
LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
ORDER BY 1
"""

HAS_RECORD = f"SELECT {present('copied_schema')} AS present"
READ_RECORD = """
SELECT kind, name, definition, owner FROM bluegreen.copied_schema WHERE kind NOT LIKE '% aside' AND kind <> 'not copied'
"""
READ_ASIDE = "SELECT kind, name FROM bluegreen.copied_schema WHERE kind LIKE '% aside' ORDER BY kind, name"
CREATE_RECORD = """
CREATE TABLE IF NOT EXISTS bluegreen.copied_schema (
    kind text NOT NULL, name text NOT NULL, definition text NOT NULL, owner text
)
"""
READ_LEFT = """
SELECT name AS title, definition AS reason FROM bluegreen.copied_schema WHERE kind = 'not copied' ORDER BY 1
"""
FORGET_LEFT = "DELETE FROM bluegreen.copied_schema WHERE kind = 'not copied'"
EMPTY_RECORD = "DELETE FROM bluegreen.copied_schema WHERE kind <> 'not copied'"
FILL_RECORD = """
INSERT INTO bluegreen.copied_schema (kind, name, definition, owner)
SELECT kind, name, definition, owner
FROM jsonb_to_recordset(%(objects)s::jsonb) AS o (kind text, name text, definition text, owner text)
"""
