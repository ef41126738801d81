# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes to any schema, drawn from its own catalog and rows."""

from __future__ import annotations

from random import Random

from tests.fixtures.databases import Database
from tests.schemas.words import quoted

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname),
       ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
       ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND a.attgenerated = '' AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)
             AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey))),
       (SELECT quote_ident(a.attname) FROM pg_attribute a JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype) LIMIT 1)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition AND c.oid >= 16384
AND n.nspname <> 'bluegreen' ORDER BY 1
"""
_SCHEMAS = "SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"


def give_rights(side: Database) -> None:
    """Let the application write."""
    app = quoted(side.roles["app"].name)
    for (name,) in side.query(_SCHEMAS):
        for what in (
            "USAGE ON SCHEMA",
            "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA",
            "ALL ON ALL SEQUENCES IN SCHEMA",
        ):
            side.query(f"GRANT {what} {quoted(name)} TO {app}")


def writes_anywhere(side: Database, chance: Random, number: int) -> list[list[str]]:
    """Return transactions: copies of rows with a new key, changed texts, deletes."""
    tables = side.query(_TABLES)
    return [
        [statement for _time in range(3) for statement in _write(chance, *chance.choice(tables))]
        for _time in range(number)
    ]


def _write(chance: Random, title: str, columns: list[str], texts: list[str], number: str | None) -> list[str]:
    row = f'(SELECT ctid FROM {title} x ORDER BY x::text COLLATE "C" LIMIT 1 OFFSET {chance.randint(0, 9)})'
    found = []
    if number is not None:
        values = (f"(SELECT max({number}) + 1 FROM {title})" if one == number else one for one in columns)
        found.append(
            f"INSERT INTO {title} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"
            f" SELECT {', '.join(values)} FROM {title} WHERE ctid = {row} LIMIT 1"
        )
        found.append(
            f"DELETE FROM {title} WHERE {number} = (SELECT max({number}) FROM {title}) AND {chance.randint(0, 3)} = 0"
        )
    if texts:
        column = chance.choice(texts)
        found.append(f"UPDATE {title} SET {column} = pg_catalog.left({column}, 5) || '.' WHERE ctid = {row}")
    return found
