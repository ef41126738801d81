# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling columns of a table in batches by key: the request, and its progress."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..relations import TableName


@dataclass(frozen=True)
class Backfill:
    """The user's SQL expressions that columns of ``table`` get where ``where`` holds."""

    table: TableName
    assignments: Mapping[str, str]
    where: str

    @property
    def key(self) -> str:
        """Return what identifies this backfill: a different expression is a different backfill."""
        told = [self.table.parts, sorted(self.assignments.items()), self.where]
        return hashlib.sha256(json.dumps(told).encode("utf-8")).hexdigest()

    @property
    def title(self) -> str:
        """Return it in words."""
        return f"{', '.join(sorted(self.assignments))} of {self.table}"


@dataclass(frozen=True)
class Progress:
    """How far a backfill is: ``last`` is the key of the last row read, as text; ``finished``: nothing is left."""

    seen: int = 0
    written: int = 0
    last: tuple[str, ...] | None = None
    finished: bool = False

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready, without keys, which are the user's data."""
        return {"seen": self.seen, "written": self.written, "finished": self.finished}

    def line(self, backfill: Backfill, rows: int, paused: str) -> str:
        """Return it as a line for a person.

        :param rows: about how many rows the table has, -1 if unknown
        :param paused: why it waits, an empty string if it does not
        """
        of = f" of about {rows:,}" if rows >= self.seen else ""
        return f"{backfill.title}: {self.seen:,}{of} rows, {self.written:,} written{paused and f'; {paused}'}"


@dataclass(frozen=True)
class Unfilled:
    """A recorded backfill that is no proof that every row is filled. ``why``: words about its rows."""

    title: str
    why: str
    unknown: bool = False


@dataclass(frozen=True)
class Recorded:
    """A backfill that a run has recorded, with the condition that a row meets before it is filled."""

    table: TableName
    title: str
    where: str
    finished: bool

    @property
    def as_backfill(self) -> Backfill:
        """Return it for asking which rows meet the condition."""
        return Backfill(self.table, {}, self.where)


def with_conditions(recorded: Iterable[Recorded]) -> list[Recorded]:
    """Return one for each table and condition: another expression for the same rows leaves the same rows."""
    return list({(one.table, one.where): one for one in recorded if one.where}.values())


def not_finished(recorded: Iterable[Recorded]) -> list[Unfilled]:
    """Return those without a condition that have begun and not ended."""
    return [Unfilled(one.title, "it has not ended") for one in recorded if not one.where and not one.finished]
