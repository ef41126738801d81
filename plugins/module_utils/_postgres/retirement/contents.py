# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what a database holds, as checksums by which a comparison hashes rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Callable

from ..._domain.clock import Deadline
from ..._domain.comparison.objects import LARGE_OBJECTS
from ..._domain.comparison.pace import WITHOUT_REST
from ..._domain.comparison.pairs import Comparison
from ..._domain.comparison.ranges import ALL_KEYS
from ..._domain.relations import Table, TableName
from ..._domain.retirement.contents import Contents, TableContents, checksum_of_schema
from ..catalog import read_dumped_tables, read_sequences
from ..comparison.objects import read_fingerprints
from ..comparison.rows import ReaderLimits, reader_of
from ..comparison.side import pin_settings
from ..schema.objects import read_schema
from ..session import Session
from ..sql.retirement import contents as sql

_A_STATEMENT_SECONDS = 7 * 86_400.0  # one statement hashes a table, however large it is
_SEQUENCES_A_STATEMENT = 100
_LARGE_OBJECTS = TableName("pg_catalog", "pg_largeobject_metadata")
_WHOLE = 0  # with this mask all rows fall into one bucket


def read_contents(
    session: Session, major: int, schema: str = "", told: Callable[[int, int], None] = lambda _done, _total: None
) -> Contents:
    """Return the checksums of all tables whose rows a dump holds, leaves and not their roots, and of all sequences.

    :param major: of the server whose contents are archived, which decides how they are hashed
    :param schema: the result of :func:`read_schema_checksum`, where the schema counts
    :param told: called before each table with how many are done, of how many
    """
    pin_settings(session, major)
    dumped = read_dumped_tables(session)
    tables = {}
    for number, table in enumerate(dumped):
        told(number, len(dumped))
        tables[table.name] = _read_table(session, table, major)
    tables[_LARGE_OBJECTS] = _read_large_objects(session)
    return Contents(tables, _read_sequences(session), schema)


def read_schema_checksum(session: Session) -> str:
    """Return the checksum of the schema, in a transaction of its own."""
    return checksum_of_schema(read_schema(session, session.major))


def _read_table(session: Session, table: Table, major: int) -> TableContents:
    # No dump holds generated columns, and computing them could run their owner's code.
    stored = replace(table, columns=tuple(column for column in table.columns if not column.generated))
    comparison = Comparison.of(session.side, stored, stored, major=major)
    deadline = Deadline(_A_STATEMENT_SECONDS, f"Hashing {table.name}")
    reader = reader_of(session, comparison, deadline, ReaderLimits(_A_STATEMENT_SECONDS))
    buckets = reader.buckets(_WHOLE, ALL_KEYS, None, WITHOUT_REST)
    return TableContents(
        sum(bucket.rows for bucket in buckets.values()), str(sum(bucket.hash_sum for bucket in buckets.values()))
    )


def _read_large_objects(session: Session) -> TableContents:
    found = read_fingerprints(session, LARGE_OBJECTS)
    return TableContents(len(found), _digest(f"{name} {found[name]}" for name in sorted(found)))


def _read_sequences(session: Session) -> dict[TableName, str]:
    names = read_sequences(session)
    states: dict[TableName, str] = {}
    for start in range(0, len(names), _SEQUENCES_A_STATEMENT):
        states.update(_states_of(session, names[start : start + _SEQUENCES_A_STATEMENT]))
    return states


def _states_of(session: Session, names: list[TableName]) -> dict[TableName, str]:
    statement = " UNION ALL ".join(sql.STATE_OF_SEQUENCE.format(number=number) for number in range(len(names)))
    relations: dict[str, Any] = {f"sequence_{number}": name.parts for number, name in enumerate(names)}
    return {names[row["number"]]: row["state"] for row in session.rows(statement, None, **relations)}


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
