# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops the writes of a rehearsal, and compares acknowledged writes with the rows that exist."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..._domain.errors import MigrationError
from ..._domain.plan import Plan, Step
from ..._domain.rehearsal.writes import Ledger, longest_gaps
from ..._domain.relations import TableName, parse_table_name
from ..._domain.sides import Side
from ..._postgres.rehearsal import writes as store
from ..._postgres.rehearsal.sample import require_throw_away
from ..._postgres.service.situation import read_situation
from ..ports import Ports
from .writer import RESULT, STOP, start_writer

_STARTED = "writes.started"
_ENDS_WITHIN = 60.0
_POLL = 0.05


@dataclass(frozen=True)
class WritesState:
    """Whether a writer runs, and what was written."""

    started: bool
    told: Mapping[str, Any] = field(default_factory=dict)

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"started": self.started, **self.told}

    def as_diff(self) -> str:
        """Return whether a writer runs."""
        return f"writes to the pair: {'yes' if self.started else 'no'}\n"


class RehearsalWrites:
    """Writes to a throw-away pair through every phase, following the structure of its tables."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._start = params["state"] == "started"
        self._folder = Path(params["folder"]).expanduser()
        self._phases: list[Mapping[str, Any]] = params["phases"]
        self._excluded = [parse_table_name(name) for name in params["exclude_tables"]]
        self._sides = ports.sides
        self._told: Mapping[str, Any] = {}

    def observe(self) -> WritesState:
        """Check whether a writer runs.

        :raises MigrationError: BG724 when a side is not on a throw-away server
        """
        for side in Side:
            require_throw_away(self._sides.session(side))
        return WritesState((self._folder / _STARTED).exists())

    def plan(self, before: WritesState) -> Plan[WritesState]:
        """Plan to start or to stop the writer."""
        if before.started is self._start:
            return Plan(before)
        step = (
            Step("start writes to the pair", self._begin) if self._start else Step("end writes to the pair", self._end)
        )
        return Plan(WritesState(self._start), (step,))

    def execute(self, plan: Plan[WritesState]) -> WritesState:
        """Do the one step."""
        plan.perform()
        return replace(plan.projected, told=self._told)

    def _begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        shapes = store.read_shapes(self._sides.blue, self._excluded)
        for name in (STOP, RESULT):
            (self._folder / name).unlink(missing_ok=True)
        (self._folder / _STARTED).touch()
        start_writer(self._sides.fresh(), shapes, self._folder)
        self._told = {"tables": {str(one.name): {} for one in shapes}}

    def _end(self) -> None:
        (self._folder / STOP).touch()
        end = time.monotonic() + _ENDS_WITHIN
        while not (self._folder / RESULT).exists():
            if time.monotonic() > end:
                raise MigrationError(
                    "BG725",
                    f"The rehearsal's writer did not end within {_ENDS_WITHIN:g} s",
                    "The throw-away servers are removed with it",
                    "Look at the load of the play's host, then rehearse again",
                )
            time.sleep(_POLL)
        written = json.loads((self._folder / RESULT).read_text(encoding="utf-8"))
        (self._folder / _STARTED).unlink()
        self._told = self._verdict(written)

    def _verdict(self, written: Mapping[str, Any]) -> dict[str, Any]:
        side = read_situation(self._sides).in_service or Side.BLUE
        session, tables = self._sides.session(side), {}
        alone = store.read_alone(session)
        for one in written["tables"]:
            name, key = TableName(one["schema"], one["name"]), tuple(one["key"])
            kept, deleted = (set(map(tuple, one[what])) for what in ("kept", "deleted"))
            there = store.read_present(session, name, key, [*kept, *deleted], name in alone)
            ledger = Ledger(kept, deleted)
            tables[str(name)] = {
                "acknowledged": one["acknowledged"],
                "unknown": one["unknown"],
                "missing": ledger.missing(there),
                "returned": ledger.returned(there),
                "refused": one["refused"],
            }
        lost = [name for name, one in tables.items() if one["missing"] or one["returned"]]
        told = {
            "tables": tables,
            "acknowledged": sum(one["acknowledged"] for one in tables.values()),
            "longest_gaps": longest_gaps(written["moments"], self._phases),
        }
        if lost:
            raise MigrationError(
                "BG726",
                f"Acknowledged writes are not on {side} after the switches: {', '.join(lost)}",
                "Blue and green were only read; this happened on throw-away servers",
                "Do not migrate. Report it with the rehearsal's folder",
                told,
            )
        return told
