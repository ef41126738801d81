# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blue's part in the first copy: slots with their snapshot, and rows read from it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from ..._domain.capabilities import Capability
from ..._domain.copy.first_copy import ColumnType, SourceTable, same_in_binary
from ..._domain.endpoint import Endpoint
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.lanes.link import Published
from ..._domain.relations import TableName, respelled
from ..._domain.schema.identity import TableIdentity
from ..as_owner import run_as_owner
from ..encodings import UTF8
from ..lanes.link import copy_slot, refuse_taken_name, require_copies, slot_too_late
from ..schema.identity import read_identities
from ..session import Session
from ..sql.copy import snapshot as sql
from .first_copy import Item, no_time_limits
from .staged import STAGE, calls_code_of_others, make_stage, pour_stage

_READ = 1 << 18  # bytes


class Keeper:
    """A transaction on blue that holds the snapshot for the streams; meanwhile vacuum on blue cannot remove newer dead
    rows."""

    def __init__(self, session: Session, snapshot: str, lsn: str) -> None:
        self._session = session
        self.snapshot = snapshot
        self.lsn = lsn

    @classmethod
    def take(cls, endpoint: Endpoint, name: str, slots: list[str]) -> Keeper:
        """Create the slots and keep the snapshot at which all of them begin.

        :param name: of the sessions, in pg_stat_activity
        :raises MigrationError: BG307 when another database has a slot of that name; BG283
        """
        session = Session(endpoint, name)
        no_time_limits(session)
        first, *others = slots
        if others:
            require_copies(session, "a first copy with several lanes")
        refuse_taken_name(session, first)
        exporting = Session(endpoint, name, replication=True)
        no_time_limits(exporting)
        try:
            survives = Capability.FAILOVER_SLOTS.of(session.major)
            statement = sql.CREATE_SLOT_FOR_FAILOVER if survives else sql.CREATE_SLOT
            made = exporting.row(statement, None, slot=first)
            if made is None:
                raise LookupError("the server made no slot")
            session.run(sql.BEGIN)
            session.run(sql.IMPORT, {"snapshot": made["snapshot_name"]})
        except DatabaseError as error:
            raise slot_too_late(session, error) from None
        finally:
            exporting.close()
        keeper = cls(session, str(session.value(sql.EXPORT)), made["consistent_point"])
        copying = Session(endpoint, name)
        for slot in others:
            copy_slot(copying, first, slot)
        copying.close()
        return keeper

    def ping(self) -> None:
        """Make sure that the snapshot is still held. Raises ConnectionLost when it is not."""
        self._session.run(sql.PING)

    def read_sources(self, green: Session, tables: Iterable[Published]) -> list[SourceTable]:
        """Return the tables with what a copy has to know about them."""
        tables = list(tables)
        mine, theirs = (_read_tables(one, tables) for one in (self._session, green))
        found = []
        for one in tables:
            row, other = mine[one.table], theirs[one.table]
            types, their_types = _types(row), _types(other)
            columns = one.columns or tuple(row["columns"] or ())
            fit = all(same_in_binary(types.get(name), their_types.get(name)) for name in columns)
            found.append(SourceTable(one.table, columns, fit, int(row["bytes"]), row["blocks"]))
        return found

    def read_identities(self) -> dict[TableName, TableIdentity]:
        """Return blue's tables by the names that they bear in the snapshot."""
        return read_identities(self._session)

    def close(self) -> None:
        """Release the snapshot, so vacuum on blue can continue."""
        self._session.close()


def _read_tables(session: Session, tables: list[Published]) -> dict[TableName, Mapping[str, Any]]:
    names = {"schemas": [one.table.schema for one in tables], "names": [one.table.name for one in tables]}
    return {TableName(row["schema"], row["name"]): row for row in session.rows(sql.SOURCES, names)}


def _types(row: Mapping[str, Any]) -> dict[str, ColumnType]:
    return {name: ColumnType(**{**one, "name": respelled(one["name"])}) for name, one in (row["types"] or {}).items()}


def slots_stand_at(blue: Session, names: Iterable[str], lsn: str | None) -> bool:
    """Tell whether all these slots still begin where the snapshot ended, so nobody has read from them."""
    names = list(names)
    rows = blue.rows(sql.SLOT_POSITIONS, {"names": names})
    return len(rows) == len(names) and all(row["lsn"] == lsn for row in rows)


def open_reader(endpoint: Endpoint, name: str, snapshot: str) -> Session:
    """Return a session on blue that sees the snapshot, and fails rather than missing rows that a policy hides."""
    session = Session(endpoint, name, for_rows=True)
    _settle(session)
    session.run(sql.NO_POLICIES)
    session.run(sql.BEGIN)
    session.run(sql.IMPORT, {"snapshot": snapshot})
    return session


def open_writer(endpoint: Endpoint, name: str) -> Session:
    """Return a session on green for rows."""
    session = Session(endpoint, name, for_rows=True)
    _settle(session)
    return session


def _settle(session: Session) -> None:
    no_time_limits(session)
    session.run(sql.SAME_OUTPUT)


def speak_alike(reader: Session, writer: Session) -> None:
    """Let rows go as they are where both databases have one encoding: UTF8 has no character for some of their bytes."""
    if reader.encoding != writer.encoding:
        for session in (reader, writer):
            session.speak(UTF8)


def copy_rows(reader: Session, writer: Session, item: Item) -> int:
    """Copy one piece of a table, in the writer's open transaction, and return the number of rows.

    :raises DatabaseError: when either server refuses
    :raises MigrationError: BG322 when the numbers of rows sent and received differ
    """
    writer.run(sql.LOCK_TABLE, table=item.table.parts)
    staged = calls_code_of_others(writer, item)
    if not item.columns:
        return _copy_number(reader, writer, item, staged)
    if staged:
        item = replace(item, is_binary=False)
        make_stage(writer, item)
    read_end, write_end = os.pipe()
    reading = _Reading(reader, item, write_end)
    reading.start()
    try:
        with os.fdopen(read_end, "rb", buffering=0) as rows:
            statement, table = sql.INTO_TABLE + _format(item), STAGE if staged else item.table.parts
            got = writer.copy_in(statement, rows, table=table, columns=list(item.columns))
        if staged:
            got = pour_stage(writer, item)
    except DatabaseError:
        reading.join()
        if isinstance(reading.failure, DatabaseError):
            raise reading.failure from None  # the writer fails because of what the reader could not send
        raise
    reading.join()
    if reading.failure is not None:
        raise reading.failure
    if reading.sent != got:
        raise MigrationError(
            "BG322",
            f"Blue sent {reading.sent} rows of {item.table}, and green got {got}",
            "",
            "Run replicate again; report it, with both servers' versions, if it happens twice",
        )
    return got


def _copy_number(reader: Session, writer: Session, item: Item, staged: bool) -> int:
    """Copy rows of which nothing is stored: a table has no columns, or only generated ones."""
    with Path(os.devnull).open("wb") as nowhere:
        rows = _send(reader, item, nowhere)
    statement = writer.text_of(sql.ROWS_WITHOUT_COLUMNS, {"rows": rows}, table=item.table.parts)
    [answer] = run_as_owner(writer, item.table, [statement]) if staged else writer.rows(statement)
    return int(answer["rows"])


def _send(reader: Session, item: Item, pipe: IO[bytes]) -> int:
    first, end = (None if block is None else f"({block},0)" for block in (item.first_block, item.end_block))
    statement = _STATEMENTS[first is not None, end is not None] + _format(item)
    bounds, columns = {"first": first, "end": end}, list(item.columns)
    return reader.copy_out(statement, bounds, pipe, table=item.table.parts, columns=columns)


class _Reading(threading.Thread):
    """Reads one piece of a table into a pipe. An error here ends the pipe like the end of the rows, so ask for it
    afterwards."""

    def __init__(self, reader: Session, item: Item, pipe: int) -> None:
        super().__init__(daemon=True)
        self._reader = reader
        self._item = item
        self._pipe = pipe
        self.sent = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with os.fdopen(self._pipe, "wb", buffering=_READ) as pipe:
                self.sent = _send(self._reader, self._item, pipe)
        except (MigrationError, OSError) as error:
            self.failure = error


_STATEMENTS = {
    (False, False): sql.FROM_TABLE,
    (True, True): sql.FROM_CHUNK,
    (True, False): sql.FROM_CHUNK_TO_END,
    (False, True): sql.FROM_CHUNK_OF_BEGIN,
}


def _format(item: Item) -> str:
    return sql.BINARY if item.is_binary else ""
