# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pg_stat_statements tells of one side, and what the plans of its statements depend on."""

from __future__ import annotations

from collections.abc import Iterable

from ..._domain.errors import DatabaseError
from ..._domain.plans.comparison import Index, Statement, other_differences
from ..._domain.plans.statistics import lacking
from ..._domain.relations import TableName, quoted
from ..session import Session
from ..sql.plans import statements as sql
from .statistics import read_had, read_known

EXTENSION = "pg_stat_statements"
_NOT_LOADED = "55000"
# What decides which plan is the cheapest, and may differ between the sides.
_SETTINGS = (
    "random_page_cost", "seq_page_cost", "cpu_tuple_cost", "cpu_index_tuple_cost", "cpu_operator_cost",
    "effective_cache_size", "work_mem", "hash_mem_multiplier", "default_statistics_target", "constraint_exclusion",
    "join_collapse_limit", "from_collapse_limit", "geqo_threshold", "jit", "enable_bitmapscan", "enable_hashagg",
    "enable_hashjoin", "enable_indexscan", "enable_indexonlyscan", "enable_material", "enable_memoize",
    "enable_mergejoin", "enable_nestloop", "enable_partition_pruning", "enable_partitionwise_aggregate",
    "enable_partitionwise_join", "enable_seqscan", "enable_sort", "enable_incremental_sort",
)  # fmt: skip


def read_schema_of(session: Session, extension: str) -> str | None:
    """Return where an extension's objects lie, ``None`` where the database does not have it."""
    found = session.value(sql.EXTENSION_SCHEMA, {"extension": extension})
    return None if found is None else str(found)


def read_top(session: Session, top: int) -> tuple[tuple[Statement, ...], int, tuple[str, str] | None]:
    """Return the statements that take most time, how many of others we may not see, and why it told nothing at all."""
    schema = read_schema_of(session, EXTENSION)
    if schema is None:
        fix = f"Add {EXTENSION} to shared_preload_libraries and run CREATE EXTENSION {EXTENSION} there"
        return (), 0, (f"this database has no extension {EXTENSION}", fix)
    try:
        rows = session.rows(sql.TOP, {"top": top}, view=(schema, EXTENSION))
        hidden = int(session.value(sql.HIDDEN, view=(schema, EXTENSION)) or 0)
    except DatabaseError as error:
        if error.sqlstate == _NOT_LOADED:
            fix = f"Add {EXTENSION} to shared_preload_libraries and restart that server"
            return (), 0, (f"the server has not loaded {EXTENSION}", fix)
        if error.code == "BG008":
            fix = f"Grant SELECT on {quoted(schema)}.{EXTENSION} to our role"
            return (), 0, (f"our role may not read {EXTENSION}", fix)
        raise
    return tuple(Statement(**row) for row in rows), hidden, None


def read_indexes(session: Session, tables: Iterable[TableName]) -> tuple[Index, ...]:
    """Return the indexes of these tables."""
    return tuple(
        Index(TableName(row.pop("schema"), row.pop("table")), **row)
        for row in session.rows(sql.INDEXES, {"tables": _as_json(session, tables)})
    )


def read_lost_statistics(old: Session, new: Session, tables: Iterable[TableName]) -> tuple[str, ...]:
    """Return columns and tables whose statistics the old side has and the new one lacks."""
    asked = frozenset(tables)
    whole = {one.table for one in lacking(read_had(old), read_known(new)) if one.table in asked}
    there = {
        _column(row) for row in old.rows(sql.COLUMNS, {"tables": _as_json(old, asked), "sizes": False}) if row["known"]
    }
    columns = {
        _column(row)
        for row in new.rows(sql.COLUMNS, {"tables": _as_json(new, asked), "sizes": True})
        if row["large"] and not row["known"] and _column(row) in there
    }
    names = {f"{table}.{quoted(column)}" for table, column, _inherited in columns if table not in whole}
    return tuple(sorted({str(table) for table in whole} | names))


def read_other_differences(old: Session, new: Session) -> tuple[tuple[str, str, str, str], ...]:
    """Return settings, extensions and collations in which the sides differ."""
    asked = (("setting", sql.SETTINGS), ("extension", sql.EXTENSIONS), ("collation", sql.COLLATION))
    return tuple(
        one for kind, query in asked for one in other_differences(kind, _values(old, query), _values(new, query))
    )


def _values(session: Session, query: str) -> dict[str, str]:
    return {row["name"]: row["value"] for row in session.rows(query, {"names": list(_SETTINGS)})}


def _column(row: dict[str, object]) -> tuple[TableName, str, bool]:
    return TableName(str(row["schema"]), str(row["table"])), str(row["column"]), bool(row["inherited"])


def _as_json(session: Session, tables: Iterable[TableName]) -> str:
    return session.as_json([{"schema": one.schema, "name": one.name} for one in sorted(tables)])
