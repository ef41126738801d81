# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads into the buffers of the side out of service what lies in those of the side in service."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..._domain.errors import DatabaseError
from ..._domain.facts import Report
from ..._domain.plans.cache import NOT_WARMED, Range, in_chunks, most_blocks, to_read
from ..._domain.progress import duration, size
from ..._domain.sides import Side
from ..._postgres.plans import cache as store
from ..._postgres.plans.statements import read_schema_of
from ..._postgres.service.situation import read_own_situation
from ..ports import Ports
from .out_of_service import out_of_service

_CHUNK = 1024  # blocks that one statement reads


class WarmCache:
    """Reads, within a limit; a slice ends early and returns in ``resume`` what is left."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        resume: dict[str, Any] = params["resume"] or {}
        self._limit: int | None = params["max_bytes"]
        self._timeout: float = params["timeout"]
        self._slice: float = params["slice"] if params["slice"] is not None else params["timeout"]
        self._elapsed = float(resume.get("elapsed") or 0.0)
        self._blocks = int(resume.get("blocks") or 0)
        self._left = [Range.from_result(one) for one in resume["ranges"]] if "ranges" in resume else None
        self._may_write = ports.may_write
        self._sides = ports.sides
        self._began = time.monotonic()

    def probe(self) -> Report:
        """Read what is left of the time, or tell in check mode what would be read.

        :raises MigrationError: BG502 when it is not clear which side is out of service
        """
        side = out_of_service(read_own_situation(self._sides))
        new = self._sides.session(side)
        buffers, block = store.read_buffers(new)
        schema = read_schema_of(new, store.READS)
        if schema is None:
            return self._not_warmed(side, f"{side} has no extension {store.READS}")
        if self._left is None:
            held = store.read_held(self._sides.session(side.other))
            if isinstance(held, str):
                return self._not_warmed(side, held)
            ranges = to_read(held, store.read_pages(new), most_blocks(buffers, block, self._limit))
            self._left = list(in_chunks(ranges, _CHUNK))
        if not self._may_write:
            return self._report(side, block, f"would read {size(self._missing * block)} into the cache of {side}")
        try:
            return self._warm(side, schema, block)
        except DatabaseError as error:
            if error.code != "BG008":
                raise
            return self._not_warmed(side, f"our role may not read all of it on {side}")

    def _warm(self, side: Side, schema: str, block: int) -> Report:
        session, left = self._sides.session(side), self._left or []
        while left and self._seconds < self._timeout:
            self._blocks += store.warm(session, schema, left.pop(0))
            if left and time.monotonic() - self._began >= self._slice and self._seconds < self._timeout:
                return self._unfinished(side, block)
        told = f"read {size(self._blocks * block)} into the cache of {side} in {duration(self._seconds)}"
        if left:
            told += f"; {size(self._missing * block)} are left, since {self._timeout:g} s are over"
        return self._report(side, block, told)

    @property
    def _missing(self) -> int:
        return sum(one.blocks for one in self._left or ())

    @property
    def _seconds(self) -> float:
        return self._elapsed + time.monotonic() - self._began

    def _unfinished(self, side: Side, block: int) -> Report:
        rate = self._blocks / self._seconds
        told = f"read {size(self._blocks * block)} of {size((self._blocks + self._missing) * block)} into the cache"
        told += f" of {side}, {size(rate * block)}/s"
        told += f", about {duration(min(self._missing / rate, self._timeout - self._seconds))} left" if rate else ""
        ranges = [one.as_result() for one in self._left or ()]
        resume = {"elapsed": self._seconds, "blocks": self._blocks, "ranges": ranges}
        facts = self._report(side, block, told).facts
        return Report({**facts, "progress": [told], "resume": resume})

    def _not_warmed(self, side: Side, why: str) -> Report:
        return self._report(side, 0, f"{NOT_WARMED}: the cache of {side} is not warmed: {why}")

    def _report(self, side: Side, block: int, told: str) -> Report:
        return Report(
            {
                "side": str(side),
                "read_bytes": self._blocks * block,
                "left_bytes": self._missing * block,
                "seconds": round(self._seconds, 3),
                "lines": [told],
            }
        )
