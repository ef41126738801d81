# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling columns in batches: paused while the other side lags, resumed after a kill."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ..._domain.copy.backfill import Backfill, Progress
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.names import origins_of
from ..._domain.plan import Plan, Step
from ..._domain.relations import parse_table_name
from ..._domain.sides import Direction, Side
from ..._postgres.as_owner import require_seen_by_owner
from ..._postgres.copy import backfill as store
from ..._postgres.lanes.wanted import read_lanes
from ..._postgres.origin import not_sent_back
from ..._postgres.service.situation import read_situation
from ..._postgres.users_settings import let_expressions_find_theirs
from ..ports import Ports

_LOCKED = ("55P03", "40P01")
_LOCK_TRIES = 10
_PAUSE = 0.5
_LOOK_AT_LAG = 1.0
_FOREVER = float("inf")


@dataclass(frozen=True)
class BackfillState:
    """How far a backfill is, and where.

    ``rows``: about how many the table has; ``left_over``: rows have arrived since it ended; ``in_service``: its side is
    in service; ``kept_here``: a link leads to the side in service, which gets no row that carries an origin;
    ``flows_back``: one leads there that would carry the filled rows; ``paused``: why it waits.
    """

    backfill: Backfill
    key: tuple[store.KeyColumn, ...]
    rows: int
    progress: Progress
    left_over: bool
    in_service: bool
    kept_here: bool
    flows_back: bool
    paused: str = ""
    slice_over: bool = False

    @property
    def is_due(self) -> bool:
        """Tell whether anything is to be done."""
        return not self.progress.finished or self.left_over

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready; a slice that is not the last one says so."""
        line = self.progress.line(self.backfill, self.rows, self.paused)
        resume = {"resume": {"waits_for": self.paused}} if self.slice_over else {}
        return {**self.progress.as_result(), "left_over": self.left_over, "progress": [line], **resume}

    def as_diff(self) -> str:
        """Return whether everything is filled, otherwise the row from which it continues."""
        stands = f"to be filled from row {self.progress.seen + 1:,} on" if self.is_due else "filled"
        return f"{self.backfill.title}: {stands}\n"


class RunBackfill:
    """Fills the requested columns on one side, one batch per transaction."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._side = Side(params["side"])
        expressions = {column: str(expression) for column, expression in params["columns"].items()}  # 0 is a value too
        self._backfill = Backfill(parse_table_name(params["table"]), expressions, params["where"].strip())
        self._size: int = params["batch_size"]
        self._rest: float = params["rest"]
        self._max_lag: int = params["max_lag_bytes"]
        self._pause_limit: float = params["pause_limit"]
        self._excluded: list[str] = params["exclude_tables"]
        self._slice: float = params["slice"] if params["slice"] is not None else _FOREVER
        self._ports = ports
        self._sides = ports.sides
        self._session = ports.sides.session(self._side)
        let_expressions_find_theirs(self._session)

    def observe(self) -> BackfillState:
        """Read the table's key, and how far the backfill is.

        :raises MigrationError: BG233 for a table without a key or a column that cannot be filled, BG544 where its
            owner, as whom it is filled, does not see all rows
        """
        key = store.read_key(self._session, self._backfill)
        unknown = store.unknown_columns(self._session, self._backfill) or sorted(
            set(self._backfill.assignments) & {column.name for column in key}
        )
        if not key or unknown or not self._backfill.assignments:
            raise self._not_to_be_filled(key, unknown)
        in_service = self._is_in_service()
        slots = () if in_service else store.read_standing(self._session, self._sides.migration).slots
        flows_back = self._is_carried(slots)
        kept_here = bool(slots) and not flows_back
        progress = store.read_progress(self._session, self._backfill) or Progress()
        left_over = progress.finished and store.is_any_left(self._session, self._backfill)
        rows = store.read_rows(self._session, self._backfill)
        state = BackfillState(self._backfill, key, rows, progress, left_over, in_service, kept_here, flows_back)
        if state.is_due:
            require_seen_by_owner(self._session, self._backfill.table)
        if kept_here and state.is_due:
            store.rehearse(self._session, self._origin)
        return state

    @property
    def _origin(self) -> str:
        backfills, _repairs = origins_of(self._sides.migration)
        return backfills

    def _is_carried(self, slots: Collection[str]) -> bool:
        """Tell whether one of the slots would carry rows that have an origin to the other side."""
        return bool(slots) and not store.read_leaving_out(self._sides.session(self._side.other)).issuperset(slots)

    def plan(self, before: BackfillState) -> Plan[BackfillState]:
        """Plan everything that is left.

        :raises MigrationError: BG234 where the filled rows would flow to the side in service
        """
        if not before.is_due:
            return Plan(before)
        if before.flows_back:
            raise self._would_overwrite()
        begun = Progress() if before.left_over else before.progress
        title = (
            f"fill {self._backfill.title} on {self._side}, {self._size} rows at a time, from row {begun.seen + 1} on"
        )
        first = replace(before, progress=begun, left_over=False)
        last = replace(first, progress=replace(begun, finished=True))
        return Plan(last, (Step(title, partial(self._fill_from, first)),))

    def execute(self, plan: Plan[BackfillState]) -> BackfillState:
        """Fill batch after batch until nothing is left, or the slice is over."""
        self._reached = plan.projected
        plan.perform()
        return self._reached

    def _fill_from(self, state: BackfillState) -> None:
        store.make_room(self._session)
        with not_sent_back(self._session, self._origin) if state.kept_here else nullcontext():
            state = self._fill_batches(state)
        if state.progress.finished and store.is_any_left(self._session, self._backfill):
            state = replace(state, left_over=True)
            self._ports.warn(_left_over(self._backfill))
        self._reached = state

    def _fill_batches(self, state: BackfillState) -> BackfillState:
        end, looked, waited_since = time.monotonic() + self._slice, -_FOREVER, 0.0
        while not state.progress.finished:
            if time.monotonic() - looked >= _LOOK_AT_LAG:
                looked = time.monotonic()
                paused = self._reason_to_pause()
                waited_since = (waited_since or looked) if paused else 0.0
                state = replace(state, paused=paused)
            if state.paused:
                self._wait(waited_since, state)
            else:
                state = replace(state, progress=self._fill(state))
                time.sleep(self._rest)
            if time.monotonic() >= end and not state.progress.finished:
                return replace(state, slice_over=True)
        return state

    def _fill(self, state: BackfillState) -> Progress:
        standing = store.read_standing(self._session, self._sides.migration)
        comes_back = bool(standing.slots) and (not state.kept_here or self._is_carried(standing.slots))
        if comes_back and not state.in_service:
            raise self._would_overwrite()
        if standing.fenced and state.in_service:
            raise self._switched()
        tries = 0
        while True:
            tries += 1
            try:
                return store.fill(
                    self._session, self._backfill, state.key, state.progress, self._size, lift=standing.fenced
                )
            except DatabaseError as error:
                if error.sqlstate not in _LOCKED or tries >= _LOCK_TRIES:
                    raise self._failed(error, state.progress) from None
            time.sleep(_PAUSE)

    def _wait(self, since: float, state: BackfillState) -> None:
        if time.monotonic() - since > self._pause_limit:
            raise MigrationError(
                "BG236",
                f"The backfill of {self._backfill.title} has waited for {self._pause_limit:g} s: {state.paused}",
                f"{state.progress.seen} rows are done, and stay",
                "Wait until the link has caught up, then run the same command again: it goes on from there",
            )
        time.sleep(_PAUSE)

    def _reason_to_pause(self) -> str:
        """Return which link lags too much or cannot be read; an empty string if none."""
        for direction in Direction:
            for spec, facts in read_lanes(self._sides, direction, self._excluded):
                if not facts.slot:
                    continue
                if facts.lag is None:
                    return f"waits, since the lag of {spec.name} is unknown"
                if facts.lag > self._max_lag:
                    return f"waits for {spec.name}, which is {facts.lag:,} bytes behind"
        return ""

    def _is_in_service(self) -> bool:
        situation = read_situation(self._sides)
        return (situation.in_service or Side.BLUE) is self._side

    def _would_overwrite(self) -> MigrationError:
        return MigrationError(
            "BG234",
            f"A link carries every row from {self._side} to {self._side.other}, which is in service: the filled rows, "
            "which may be older, would overwrite newer ones there",
            "What was filled before stays",
            f"Run sync again, which gives the way back origin = none; or fill {self._side} once it is in service",
        )

    def _not_to_be_filled(self, key: tuple[store.KeyColumn, ...], unknown: list[str]) -> MigrationError:
        table = self._backfill.table
        what = f"Columns of {table} cannot be filled: {', '.join(unknown) or 'none is named'}"
        return MigrationError(
            "BG233",
            what if key else f"Table {table} does not exist on {self._side}, or has no primary key",
            "Nothing was changed",
            "Name columns that the table has, and that are neither generated nor part of its primary key",
        )

    def _switched(self) -> MigrationError:
        return MigrationError(
            "BG235",
            f"Whether {self._side} is in service has changed during the backfill of {self._backfill.title}",
            "The batches that are done stay",
            "Run the same command again: it goes on from there where it may",
        )

    def _failed(self, error: DatabaseError, progress: Progress) -> MigrationError:
        if error.sqlstate is None:
            return error
        return MigrationError(
            "BG237",
            f"A batch of {self._backfill.title} failed after {progress.seen} rows: {error.what}",
            "The earlier batches stay; nothing of this one does",
            "Correct the expression, or end what holds the lock; then run the same command again",
            {"sqlstate": error.sqlstate},
        )


def _left_over(backfill: Backfill) -> str:
    return (
        f"Rows that came meanwhile still meet the condition of the backfill of {backfill.title}: run it again before "
        "the cutover, which refuses while there are any (BG255), or let a trigger fill them"
    )
