# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling columns of a table in batches by key: the request, and its progress."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
