# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first copy from a snapshot: its pieces and its progress."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..progress import duration, size
from ..relations import TableName
from ..sides import Side
from ..waits import Holder, in_words

_SHOWN = 4
BEGUN, COPYING, COPIED, DONE, FAILED = "begun", "copying", "copied", "done", "failed"
CHUNK_BYTES = 128 << 20
LATE_BYTES = 8 << 20  # a smaller table's indexes cost less to keep than to recreate
ROWS, INDEXES = 1, 2  # the stages that matter outside SQL


@dataclass(frozen=True)
class SourceTable:
    """A table as it is on blue; ``blocks`` is ``None`` where its rows have no ctid.

    ``is_binary``: both sides read and write each of its columns alike in PostgreSQL's binary format.
    """

    table: TableName
    columns: tuple[str, ...]
    is_binary: bool
    bytes: int
    blocks: int | None

    @property
    def is_late(self) -> bool:
        """Tell whether its indexes are created after its rows are there."""
        return self.bytes > LATE_BYTES

    def as_row(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "schema": self.table.schema,
            "name": self.table.name,
            "columns": list(self.columns),
            "is_binary": self.is_binary,
            "bytes": self.bytes,
            "late": self.is_late,
        }


@dataclass(frozen=True)
class Chunk:
    """A part of a table's heap, from ``first_block`` up to but excluding ``end_block``; ``None`` is the end of the
    table."""

    table: TableName
    bytes: int
    first_block: int | None = None
    end_block: int | None = None

    def as_row(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "schema": self.table.schema,
            "name": self.table.name,
            "bytes": self.bytes,
            "first_block": self.first_block,
            "end_block": self.end_block,
        }


def chunks_of(source: SourceTable, most_bytes: int = CHUNK_BYTES) -> list[Chunk]:
    """Cut the table into pieces of about ``most_bytes``, which together are all of it.

    The first has no lower bound and the last no upper bound, so no row can be outside.
    """
    blocks = source.blocks or 1
    pieces = max(1, min(math.ceil(source.bytes / most_bytes), blocks))
    edges = [blocks * number // pieces for number in range(1, pieces)]
    bounds = zip([None, *edges], [*edges, None])
    return [Chunk(source.table, source.bytes // pieces, first, end) for first, end in bounds]


@dataclass(frozen=True)
class Stage:
    """The work of one kind, and how much of it is done."""

    items: int = 0
    done: int = 0
    bytes: int = 0
    bytes_done: int = 0


@dataclass(frozen=True)
class CopyFacts:
    """The state of the first copy. ``alive``: a worker holds its lock; ``busy`` names what is being copied.

    ``died``: why the last unfinished worker ended, if it could record that. ``seconds`` since it began;
    ``snapshot_seconds`` while its snapshot holds back blue's vacuum, else ``None``.
    """

    phase: str
    attempt: int
    alive: bool
    tables: int
    bytes: int
    streams: int
    seconds: float
    copy_seconds: float
    error: Mapping[str, Any] | None = None
    died: str | None = None
    stages: Mapping[int, Stage] = field(default_factory=dict)
    bytes_under_way: int = 0
    busy: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Tell whether everything is on green, and green subscribes."""
        return self.phase == DONE

    @property
    def bytes_done(self) -> int:
        """Return how much of blue's tables is on green, in blue's bytes."""
        rows = self.stages.get(ROWS, Stage())
        if self.phase in (COPIED, DONE):
            return self.bytes
        return min(rows.bytes, rows.bytes_done + self.bytes_under_way)

    @property
    def snapshot_seconds(self) -> float | None:
        """Return how long blue's vacuum has been held back; ``None`` when it is not."""
        return self.copy_seconds if self.alive and self.phase == COPYING else None

    @property
    def rate(self) -> float | None:
        """Return bytes per second, ``None`` before anything is known."""
        return self.bytes_done / self.copy_seconds if self.bytes_done and self.copy_seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Return the expected time until all rows are there, ``None`` if unknown."""
        if self.phase != COPYING or not self.rate:
            return None
        return (self.bytes - self.bytes_done) / self.rate

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "phase": self.phase,
            "attempt": self.attempt,
            "alive": self.alive,
            "tables": self.tables,
            "bytes": self.bytes,
            "bytes_done": self.bytes_done,
            "bytes_per_second": _rounded(self.rate),
            "seconds": round(self.seconds, 1),
            "seconds_left": _rounded(self.seconds_left),
            "snapshot_seconds": _rounded(self.snapshot_seconds),
            "indexes": self.stages.get(INDEXES, Stage()).items,
            "indexes_done": self.stages.get(INDEXES, Stage()).done,
            "busy": list(self.busy),
            "error": dict(self.error) if self.error else None,
            "died": self.died,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


@dataclass(frozen=True)
class ColumnType:
    """A column's type on one server. ``inner``: the schema of a domain's or array's base type, else its own."""

    name: str
    kind: str
    schema: str
    base: str
    has_binary: bool


# Servers send an empty tsquery in a form that they do not accept.
_TEXT_ONLY = ("money", "aclitem", "oidvector", "int2vector", "refcursor", "tsquery")


def same_in_binary(mine: ColumnType | None, theirs: ColumnType | None) -> bool:
    """Tell whether a value can go from one server to the other in binary format.

    That holds for built-in types, their arrays, and enums. OIDs of other types differ between servers, and their
    arrays, composites and reg* types carry OIDs; extensions may differ in version.
    """
    if mine is None or mine != theirs or not mine.has_binary:
        return False
    if mine.kind == "e":
        return True
    return mine.schema == "pg_catalog" and not mine.base.startswith("reg") and mine.base not in _TEXT_ONLY


def with_busy(facts: Iterable[Mapping[str, Any]]) -> tuple[int, tuple[str, ...]]:
    """Return it with the bytes that running copies have sent, and the tables' names, each once."""
    rows = list(facts)
    return sum(int(row["bytes"]) for row in rows), tuple(dict.fromkeys(str(row["name"]) for row in rows))


def copy_line(facts: CopyFacts, held_up: Mapping[Side, Sequence[Holder]]) -> str:
    """Return the first copy's progress, and which sessions block it on each side."""
    attempt = f" (attempt {facts.attempt})" if facts.attempt > 1 else ""
    words = f"first copy{attempt}: "
    if facts.phase == BEGUN:
        return words + "waiting for its snapshot"
    if facts.phase == COPYING:
        words += f"{size(facts.bytes_done)} of {size(facts.bytes)}"
        if facts.rate is not None:
            words += f", {size(facts.rate)}/s"
        if facts.seconds_left is not None:
            words += f", about {duration(facts.seconds_left)} left"
    elif facts.phase == COPIED:
        indexes = facts.stages.get(INDEXES, Stage())
        words += f"all {size(facts.bytes)} are there, {indexes.done} of {indexes.items} indexes made"
    else:
        words += facts.phase
    if facts.busy:
        words += f"; {', '.join(facts.busy[:_SHOWN])}" + (" and more" if len(facts.busy) > _SHOWN else "")
    if not facts.alive:
        words += "; its worker is gone" + (f" ({facts.died})" if facts.died else "")
    return "; ".join([words, *(f"on {side} it waits for {in_words(who)}" for side, who in held_up.items() if who)])
