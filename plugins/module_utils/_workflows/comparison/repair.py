# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that are proven different: rewritten from the side in service, and compared again at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.comparison.buckets import Key
from ..._domain.comparison.repair import (
    CHANGED_MEANWHILE,
    Repair,
    RepairReport,
    by_table,
    in_order,
    refused,
    require_few,
    with_count,
)
from ..._domain.comparison.report import TableFindings
from ..._domain.comparison.request import FULL, Request
from ..._domain.comparison.verdict import Trial
from ..._domain.errors import ConnectionLost, DatabaseError, MigrationError
from ..._domain.names import origins_of
from ..._domain.plan import Plan, Step
from ..._domain.relations import TableName
from ..._domain.row_security import HIDES_ROWS
from ..._postgres.as_owner import require_seen_by_owner
from ..._postgres.comparison.repair import RowWriter, held_still, rehearse
from ..._postgres.comparison.rows import ReaderLimits, reader_of
from ..._postgres.origin import not_sent_back
from ..ports import Ports
from .opening import Opening, open_comparison
from .pair import Pair
from .run import ComparisonRun
from .suspects import OnDifference, Suspects, say_nothing
from .table import ComparedTable


class ConsistencyRepair:
    """The workflow of the module ``consistency_repair``."""

    def __init__(self, params: dict[str, Any], ports: Ports) -> None:
        self._request = replace(Request.of({**params, "mode": FULL}), resume_within=0.0)
        self._most = params["max_rows"]
        self._ports = ports
        self._repairs: list[Repair] = []
        self._done: RepairReport | None = None

    def observe(self) -> RepairReport:
        """Compare, and return the differences with the statements that would repair them.

        :raises MigrationError: as :meth:`ComparisonRun.compare` does, BG408 when more than ``max_rows`` rows differ,
            BG008 when they may not be written
        """
        self._repairs = []
        with ComparisonRun(self._ports, self._request, self._collect, keeps_state=False) as run:
            report = run.compare()
            number = sum(table.difference_count for table in report.tables)
            require_few(number, self._most)
            self._repairs = _seen_by_owners(run.pair, self._repairs)
            statements = [text for group in self._possible().values() for text in _texts(run.pair, group)]
            if statements:
                rehearse(run.pair.other, _origin(run.pair))
        hopeless = [refused(repair, repair.obstacle) for repair in self._repairs if repair.obstacle]
        return RepairReport(report, statements, not_repaired=hopeless)

    def plan(self, before: RepairReport) -> Plan[RepairReport]:
        """Return one step for all rows that can be written; those of a table are written while it is locked once."""
        mended = {table: len(group) for table, group in self._possible().items()}
        if not mended:
            return Plan(before)
        title = f"write {sum(mended.values())} rows to {self._request.reference.other}"
        return Plan(replace(before, to_be_mended=mended), (Step(title, partial(self._repair, before)),))

    def execute(self, plan: Plan[RepairReport]) -> RepairReport:
        """Prove each row different once more, write it, and compare it again."""
        plan.perform()
        return self._done or plan.projected

    def _repair(self, before: RepairReport) -> None:
        keys = {table: [one.key for one in group] for table, group in by_table(self._repairs).items()}
        pair = Pair(self._ports.sides, self._request.reference, Deadline(self._request.timeout, "The repair"))
        try:
            opening = open_comparison(pair, self._request)
            tables = [table for table in opening.tables if table.comparison.table in keys]
            self._repairs = []
            self._try(opening, tables, keys, self._collect)
            self._repairs = _seen_by_owners(pair, self._repairs)
            repaired, refusals = self._write(pair)
            found = self._try(opening, tables, keys, say_nothing)
        finally:
            pair.close()
        report = replace(before.comparison, tables=[found.get(one.table, one) for one in before.comparison.tables])
        self._done = RepairReport(report, before.statements, repaired, refusals)

    def _possible(self) -> dict[TableName, list[Repair]]:
        return by_table([repair for repair in self._repairs if not repair.obstacle])

    def _collect(self, table: ComparedTable, key: Key, trial: Trial) -> None:
        if len(self._repairs) <= self._most:
            shown = table.findings.named(key)
            self._repairs.append(Repair.of(table.comparison, key, shown, trial))

    def _try(
        self,
        opening: Opening,
        tables: Sequence[ComparedTable],
        keys: Mapping[TableName, Sequence[Key]],
        on_difference: OnDifference,
    ) -> dict[TableName, TableFindings]:
        suspects = Suspects(opening.link, self._request.row_timeout, on_difference)
        for table in tables:
            fresh = opening.findings[table.comparison.table].emptied()
            table.findings = fresh
            suspects.put_on_trial(table, keys[table.comparison.table])
        suspects.settle()
        for table in tables:
            table.findings.hashed_completely()
        return {table.comparison.table: table.findings for table in tables}

    def _write(self, pair: Pair) -> tuple[dict[TableName, int], list[dict[str, Any]]]:
        """Write table after table, and return how many rows of each were written, and those that were not."""
        repaired: dict[TableName, int] = {}
        refusals = [refused(repair, repair.obstacle) for repair in self._repairs if repair.obstacle]
        try:
            with not_sent_back(pair.other, _origin(pair)):
                for table, group in self._possible().items():
                    unwritten = _write_table(pair, group, ReaderLimits(self._request.range_timeout))
                    refusals += [refused(one, unwritten[one.key]) for one in group if one.key in unwritten]
                    repaired[table] = len(group) - len(unwritten)
        except MigrationError as error:
            raise with_count(error, repaired) from None
        return repaired, refusals


def _write_table(pair: Pair, repairs: Sequence[Repair], limits: ReaderLimits) -> dict[Key, str]:
    """Return why not for the rows that were not written; a table that cannot be written keeps no other one waiting."""
    try:
        return _write_rows(pair, repairs, limits)
    except ConnectionLost:
        raise
    except DatabaseError as error:
        return {repair.key: error.what for repair in repairs}


def _write_rows(pair: Pair, repairs: Sequence[Repair], limits: ReaderLimits) -> dict[Key, str]:
    comparison = repairs[0].comparison
    writer = RowWriter(pair.reference, pair.other, comparison)
    my_reader, their_reader = (
        reader_of(session, comparison, pair.deadline, limits) for session in (pair.reference, pair.other)
    )
    keys = [repair.key for repair in repairs]
    with held_still(pair.other, [comparison.table_on(pair.other.side)]):
        # While the table is locked, a proof about a row either still holds or is seen to be outdated.
        theirs = their_reader.read(keys, with_columns=False)
        mine = my_reader.read(keys, with_columns=False)
        holding = [repair for repair in repairs if repair.still_holds(mine[repair.key], theirs[repair.key])]
        outdated = dict.fromkeys(set(keys) - {repair.key for repair in holding}, CHANGED_MEANWHILE)
        return {**outdated, **writer.write(holding)}


def _seen_by_owners(pair: Pair, repairs: Sequence[Repair]) -> list[Repair]:
    """Return the repairs, marked where the table's owner may not see the row: otherwise check mode would promise it."""
    tables = {repair.comparison.table_on(pair.other.side) for repair in repairs}
    hidden = {table: _hidden(pair, table) for table in tables}
    return [replace(repair, hidden=hidden[repair.comparison.table_on(pair.other.side)]) for repair in repairs]


def _hidden(pair: Pair, table: TableName) -> str:
    try:
        require_seen_by_owner(pair.other, table)
    except DatabaseError as error:
        if error.code != HIDES_ROWS:
            raise
        return f"{error.what}: {error.todo}"
    return ""


def _texts(pair: Pair, repairs: Sequence[Repair]) -> list[str]:
    writer = RowWriter(pair.reference, pair.other, repairs[0].comparison)
    return [writer.as_text(repair) for repair in in_order(repairs)]


def _origin(pair: Pair) -> str:
    _backfills, repairs = origins_of(pair.migration)
    return repairs
