# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying a sample of blue's rows to a throw-away database, with the rows that its foreign keys require.

Rows travel as text of the table's own row type. The driver fills in the names; of a foreign key's column number n these
are {cn} in the child, {pn} in the parent, {tn} the type there and {on} the schema of its ``=``.
"""

from __future__ import annotations

from ..catalog import IS_USERS

IS_THROW_AWAY = """
SELECT %(mark)s IN (pg_catalog.current_setting('cluster_name'),
    (SELECT pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d
     WHERE d.datname = pg_catalog.current_database())) AS marked
"""
DATABASE = "SELECT pg_catalog.current_database() AS name"
SUBSCRIPTIONS = """
SELECT s.subname AS name FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
WHERE d.datname = pg_catalog.current_database()
"""
DROP_SUBSCRIPTION = (
    "ALTER SUBSCRIPTION {name} DISABLE",
    "ALTER SUBSCRIPTION {name} SET (slot_name = NONE)",
    "DROP SUBSCRIPTION {name}",
)
SLOTS = """
SELECT slot_name AS name FROM pg_catalog.pg_replication_slots WHERE database = pg_catalog.current_database()
"""
# Wait up to five seconds for the session that held it.
END_SLOT = """
SELECT pg_catalog.pg_terminate_backend(active_pid, 5000) FROM pg_catalog.pg_replication_slots
WHERE slot_name = %(name)s AND active_pid IS NOT NULL
"""
DROP_SLOT = "SELECT pg_catalog.pg_drop_replication_slot(%(name)s)"
PUBLICATIONS = "SELECT pubname AS name FROM pg_catalog.pg_publication"
DROP_PUBLICATION = "DROP PUBLICATION {name}"
EVENT_TRIGGERS = (
    "SELECT evtname AS name FROM pg_catalog.pg_event_trigger WHERE pg_catalog.starts_with(evtname::text, 'bluegreen_')"
)
DROP_EVENT_TRIGGER = "DROP EVENT TRIGGER {name}"
# A new database has an empty schema public, and plpgsql.
LEFT = """
SELECT 'schema' AS kind, n.nspname AS name FROM pg_catalog.pg_namespace n
WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_') AND n.nspname <> 'information_schema'
AND (n.nspname <> 'public' OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refobjid = n.oid
                                      AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass))
UNION ALL SELECT 'extension', x.extname FROM pg_catalog.pg_extension x WHERE x.extname <> 'plpgsql'
"""
DROP_SCHEMA = "DROP SCHEMA IF EXISTS {name} CASCADE"
DROP_EXTENSION = "DROP EXTENSION IF EXISTS {name} CASCADE"
MAKE_PUBLIC = "CREATE SCHEMA IF NOT EXISTS public"
NO_SIGNPOST = "ALTER DATABASE {database} RESET default_transaction_read_only"
UNKNOWN_ROLES = """
SELECT w.name FROM pg_catalog.unnest(%(names)s::text[]) AS w (name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = w.name) ORDER BY 1
"""
CREATE_ROLE = "CREATE ROLE {name}"

# Text must mean the same on both servers. Blue is only read; a row that a policy hides is an error, not an empty
# sample.
_PINNED = """('TimeZone', 'UTC'), ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), ('bytea_output', 'hex'),
             ('extra_float_digits', '3'), ('lc_monetary', 'C'), ('xmloption', 'content')"""
_PIN = "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES {settings}) AS settings (name, value)"
READ_ONLY = "SET default_transaction_read_only = on"
PIN_BLUE = _PIN.format(settings=f"{_PINNED}, ('row_security', 'off')")
PIN_COPY = _PIN.format(settings=f"{_PINNED}, ('check_function_bodies', 'off')")
# Triggers have fired on blue already, and parents may come after their children.
NO_TRIGGERS = """
SELECT pg_catalog.set_config('session_replication_role', 'replica', false)
WHERE pg_catalog.current_setting('session_replication_role') <> 'replica'
"""
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

COUNT = "SELECT count(*) AS rows FROM ONLY {table}"
SAMPLE = "SELECT (t.*)::text AS line FROM ONLY {table} AS t LIMIT %(limit)s"

FOREIGN_KEYS = f"""
SELECT n.nspname AS child_schema, c.relname AS child, pn.nspname AS parent_schema, p.relname AS parent, pairs.*
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(ca.attname::text ORDER BY u.place) AS child_columns,
           pg_catalog.array_agg(pa.attname::text ORDER BY u.place) AS parent_columns,
           pg_catalog.array_agg(tn.nspname::text ORDER BY u.place) AS type_schemas,
           pg_catalog.array_agg(t.typname::text ORDER BY u.place) AS type_names,
           pg_catalog.array_agg(opn.nspname::text ORDER BY u.place) AS operators,
           pg_catalog.bool_and(op.oprname = '=') AS plain
    FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conpfeqop))
         WITH ORDINALITY AS u (child, parent, operator, place)
    JOIN pg_catalog.pg_attribute ca ON ca.attrelid = c.oid AND ca.attnum = u.child
    JOIN pg_catalog.pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = u.parent
    JOIN pg_catalog.pg_type t ON t.oid = pa.atttypid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
    JOIN pg_catalog.pg_operator op ON op.oid = u.operator JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
) AS pairs
WHERE k.contype = 'f' AND k.conparentid = 0 AND pairs.plain AND {IS_USERS}
ORDER BY 1, 2, k.conname
"""


def fill(columns: int) -> str:
    """Return the statement that puts lines into {table}: its columns {c0}, {c1}, …, the generated ones left out."""
    names = ", ".join(f"{{c{n}}}" for n in range(columns))
    values = ", ".join(f"(r.whole).{{c{n}}}" for n in range(columns))
    return (
        f"INSERT INTO {{table}} ({names}) OVERRIDING SYSTEM VALUE SELECT {values}"
        " FROM (SELECT l.line::{table} AS whole FROM pg_catalog.unnest(%(lines)s::text[]) AS l (line) OFFSET 0) AS r"
    )


def wanted(columns: int) -> str:
    """Return the query for the keys whose parents are missing, of a foreign key with that many columns."""
    key = ", ".join(f"c.{{c{n}}}::text" for n in range(columns))
    return f"SELECT DISTINCT ARRAY[{key}] AS key FROM {{child}} AS c WHERE {_is_orphan(columns)}"


def parents(columns: int) -> str:
    """Return the query for the parents with the keys %(k0)s, %(k1)s, …, a list for each column."""
    lists = ", ".join(f"%(k{n})s::text[]" for n in range(columns))
    names = ", ".join(f"k{n}" for n in range(columns))
    same = " AND ".join(f"t.{{p{n}}} OPERATOR({{o{n}}}.=) k.k{n}::{{t{n}}}" for n in range(columns))
    return f"SELECT (t.*)::text AS line FROM unnest({lists}) AS k ({names}) JOIN {{parent}} AS t ON {same}"


def delete_orphans(columns: int) -> str:
    """Return the statement that deletes the rows whose parents are missing, and returns one row for each."""
    return f"DELETE FROM {{child}} AS c WHERE {_is_orphan(columns)} RETURNING 1"


def _is_orphan(columns: int) -> str:
    known = " AND ".join(f"c.{{c{n}}} IS NOT NULL" for n in range(columns))
    same = " AND ".join(f"p.{{p{n}}} OPERATOR({{o{n}}}.=) c.{{c{n}}}" for n in range(columns))
    return f"{known} AND NOT EXISTS (SELECT FROM {{parent}} AS p WHERE {same})"
