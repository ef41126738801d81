# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong rows planted on green behind replication's back: a comparison finds each of them, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from tests.fixtures.databases import run_statement
from tests.schemas.words import as_told

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname), coalesce(pg_partition_root(c.oid), c.oid)::regclass::text,
       ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
       ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)),
       ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND NOT a.attnotnull AND a.attgenerated = '' ORDER BY a.attnum),
       (SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        AND a.atttypid IN ('int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'date'::regtype)
        AND a.atttypmod = -1 LIMIT 1),
       EXISTS (SELECT FROM pg_index k WHERE k.indrelid = c.oid AND (k.indisprimary OR k.indisreplident))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384 AND n.nspname <> 'bluegreen'
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True)
class Table:
    """A table or a leaf, with names as SQL writes them. `number`: a column of the key that can be counted on."""

    title: str
    root: str
    columns: list[str]
    key: list[str]
    nullable: list[str]
    number: str | None
    keyed: bool


@dataclass(frozen=True)
class WrongRows:
    """What was done to a table, and how a comparison tells it."""

    what: str
    table: str
    kinds: tuple[str, ...]
    undo: str
    keyed: bool


Planter = Callable[[connection, Table, str, Random], WrongRows | None]


def plant_rows(opened: connection, chance: Random) -> list[WrongRows]:
    """Plant one fault of each kind, in a table of its own each; what a table's constraints refuse is tried elsewhere.

    The session keeps what it takes away, and has to undo it.
    """
    run_statement(
        opened, "SET session_replication_role = replica; SET search_path = pg_catalog; SET row_security = off"
    )
    tables = [Table(*row) for row in sorted(run_statement(opened, _TABLES))]
    planted: list[WrongRows] = []
    for number, plant in enumerate((_missing, _changed, _extra, _exchanged)):
        free = [one for one in tables if one.root not in {fault.table for fault in planted}]
        for table in chance.sample(free, len(free)):
            fault = _try(opened, plant, table, f"kept_{number}", chance)
            if fault is not None:
                planted.append(fault)
                break
    return planted


def _try(opened: connection, plant: Planter, table: Table, kept: str, chance: Random) -> WrongRows | None:
    run_statement(opened, "BEGIN")
    try:
        fault = plant(opened, table, kept, chance)
    except psycopg2.Error:
        fault = None
    run_statement(opened, "ROLLBACK" if fault is None else "COMMIT")
    return fault


def take_back(opened: connection, planted: list[WrongRows]) -> None:
    """Undo it."""
    for fault in planted:
        run_statement(opened, fault.undo)


def _places(opened: connection, table: Table, condition: str = "true") -> list[str]:
    query = f'SELECT ctid::text FROM ONLY {table.title} x WHERE {condition} ORDER BY x::text COLLATE "C"'
    return [place for (place,) in run_statement(opened, query)]


def _at(place: str) -> str:
    return f"ctid = '{place}'"


def _missing(opened: connection, table: Table, kept: str, chance: Random) -> WrongRows | None:
    places = _places(opened, table)
    if not places or not table.columns:
        return None
    where, columns = _at(chance.choice(places)), ", ".join(table.columns)
    run_statement(opened, f"CREATE TEMP TABLE {kept} AS SELECT {columns} FROM ONLY {table.title} WHERE {where}")
    run_statement(opened, f"DELETE FROM ONLY {table.title} WHERE {where}")
    back = f"INSERT INTO {table.title} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM pg_temp.{kept}"
    return WrongRows("a row is missing", table.root, ("missing",), back, keyed=table.keyed)


def _changed(opened: connection, table: Table, kept: str, chance: Random) -> WrongRows | None:
    if not table.key or not table.nullable:
        return None
    column = chance.choice(table.nullable)
    places = _places(opened, table, f"{column} IS NOT NULL AND {column}::text IS NOT NULL")
    if not places:
        return None
    where = _at(chance.choice(places))
    run_statement(opened, f"CREATE TEMP TABLE {kept} AS SELECT {column} FROM ONLY {table.title} WHERE {where}")
    [(place,)] = run_statement(
        opened, f"UPDATE ONLY {table.title} SET {column} = NULL WHERE {where} RETURNING ctid::text"
    )
    back = f"UPDATE ONLY {table.title} SET {column} = (SELECT {column} FROM pg_temp.{kept}) WHERE {_at(place)}"
    return WrongRows(f"{column} is NULL", table.root, ("changed",), back, keyed=True)


def _extra(opened: connection, table: Table, kept: str, chance: Random) -> WrongRows | None:
    places = _places(opened, table)
    if not places or table.number is None:
        return None
    columns = ", ".join(table.columns)
    new = f"(SELECT max({table.number}) + 1 FROM {table.title})"
    values = [new if one == table.number else f"x.{one}" for one in table.columns]
    [(place,)] = run_statement(
        opened,
        f"INSERT INTO {table.title} ({columns}) OVERRIDING SYSTEM VALUE SELECT {', '.join(values)}"
        f" FROM ONLY {table.title} x WHERE {_at(chance.choice(places))} RETURNING ctid::text",
    )
    return WrongRows(
        "a row is extra", table.root, ("extra",), f"DELETE FROM ONLY {table.title} WHERE {_at(place)}", keyed=True
    )


def _exchanged(opened: connection, table: Table, kept: str, chance: Random) -> WrongRows | None:
    columns = [one for one in table.columns if one not in table.key]
    places = _places(opened, table)
    if not table.key or not columns or len(places) < 2:
        return None
    column, (one, other) = chance.choice(columns), chance.sample(places, 2)
    exchange = f"UPDATE ONLY {table.title} a SET {column} = b.{column} FROM ONLY {table.title} b WHERE"
    differ = f"a.{column}::text IS DISTINCT FROM b.{column}::text"
    pair = f"(a.ctid, b.ctid) IN (('{one}', '{other}'), ('{other}', '{one}')) AND {differ} RETURNING a.ctid::text"
    moved = [place for (place,) in run_statement(opened, f"{exchange} {pair}")]
    if len(moved) != 2:
        return None
    back = f"{exchange} (a.ctid, b.ctid) IN (('{moved[0]}', '{moved[1]}'), ('{moved[1]}', '{moved[0]}'))"
    return WrongRows(f"{column} is exchanged", table.root, ("changed", "changed"), back, keyed=True)


def rows_held_against(planted: list[WrongRows], tables: list[dict[str, Any]]) -> list[str]:
    """Return in words where a comparison tells something else than what was planted."""
    told = {
        as_told(one["table"]): tuple(sorted(each["kind"] for each in one["differences"]))
        for one in tables
        if one["consistent"] is not True
    }
    wanted = {as_told(fault.table): fault.kinds for fault in planted}
    return [
        f"planted {wanted.get(table, 'nothing')} in {table}, told {told.get(table, 'nothing')}"
        for table in sorted(told.keys() | wanted.keys())
        if told.get(table) != wanted.get(table)
    ]
