# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One comparison of many tables, from the first look at both sides to its report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ..._domain.clock import Deadline
from ..._domain.comparison.objects import ObjectsFound
from ..._domain.comparison.report import TOO_SLOW, ConsistencyReport, RunFacts
from ..._domain.comparison.request import COUNT, SAMPLE, Request, digest_of
from ..._domain.comparison.slice import Before, Slice
from ..._domain.errors import DatabaseError, DeadlineReached
from ..ports import Ports
from .brake import Brake
from .count import count_rows
from .objects import compare_objects
from .opening import Opening, open_comparison
from .pace import Pace
from .pair import STATEMENT_CANCELLED, Pair
from .progress import Progress
from .suspects import OnDifference, Suspects, say_nothing
from .table import ComparedTable, TableState


class ComparisonRun:
    """Two sessions, what has been compared so far, and what is left. A context manager.

    :param on_difference: is called with each row that is proven different
    :param keeps_state: record the progress on green; never in check mode
    """

    def __init__(
        self, ports: Ports, request: Request, on_difference: OnDifference = say_nothing, keeps_state: bool = True
    ) -> None:
        self._request = request
        self._ports = ports
        self._on_difference = on_difference
        self._keeps_state = keeps_state and ports.may_write
        self._begin = time.monotonic()
        self._before = request.before or Before()
        deadline = Deadline(request.timeout - self._before.elapsed, "The comparison")
        deadline.seconds = request.timeout
        self.pair = Pair(ports.sides, request.reference, deadline)

    def __enter__(self) -> ComparisonRun:  # noqa: PYI034  # typing.Self came with 3.11, modules run on 3.9
        return self

    def __exit__(self, *_error: object) -> None:
        self.pair.close()

    def compare(self) -> ConsistencyReport:
        """Compare, and return what was found.

        :raises MigrationError: BG402 where row-level security hides rows, BG403 and BG404 for a link that proves
            nothing, BG405 for different encodings, BG406 for tables that do not exist, BG407 for a limit on something
            that cannot be measured, BG501 when another comparison is under way
        """
        opening = open_comparison(self.pair, self._request)
        progress = Progress(self._ports, self._request, self._keeps_state)
        try:
            return self._compare(opening, progress)
        finally:
            progress.close()

    def _compare(self, opening: Opening, progress: Progress) -> ConsistencyReport:
        request = self._request
        self._progress = progress
        self._link = opening.link
        # Row counts are not saved, so there is nothing to continue.
        self._slice = Slice(request.slice if progress.kept and request.mode != COUNT else None, self.pair.deadline)
        self._brake = Brake(self.pair, opening.link, request, progress.held_back_by, lambda: self._slice.is_over)
        self._pace = Pace(self.pair, request.busy_percent)
        self._suspects = Suspects(opening.link, request.row_timeout, self._on_difference)
        progress.expect(sum(sum(table.range_bytes.values()) for table in opening.tables))
        taken: list[ComparedTable] = []
        try:
            for table in opening.tables:
                if self._slice.is_over:
                    break
                taken.append(table)
                self._take_table(table)
            self._suspects.settle(lambda: self._slice.is_over)
        except DeadlineReached:
            # The state saved at the end of each table's last range is complete; later findings will be found again.
            progress.save()
        else:
            if self._slice.is_over and (self._suspects.number or not self._is_finished(opening)):
                return self._leave_to_next(opening, taken)
        return self._end(opening)

    def _is_finished(self, opening: Opening) -> bool:
        return all(not table.left or table.findings.reason == TOO_SLOW for table in opening.tables)

    def _leave_to_next(self, opening: Opening, taken: Sequence[ComparedTable]) -> ConsistencyReport:
        for table in taken:
            self._note(table)
        self._progress.save()
        before = self._before
        slow = tuple(str(table.comparison.table) for table in taken if table.findings.reason == TOO_SLOW)
        resumed = self._progress.resumed
        left = Before(before.elapsed + self._seconds(), before.paused + self._brake.paused_seconds, resumed, slow)
        return self._report(opening, {}, left)

    def _end(self, opening: Opening) -> ConsistencyReport:
        finished = not self._suspects.number and all(not table.left for table in opening.tables)
        self._suspects.give_up()
        objects = compare_objects(self.pair, self._request.objects) if finished else {}
        report = self._report(opening, objects, None)
        if finished:
            self._progress.finish()
        # A sample, or equal row counts, prove nothing.
        self._progress.keep_verdict(report.clean, [str(one) for one in report.proven])
        return report

    def _report(
        self, opening: Opening, objects: Mapping[str, ObjectsFound], left_to_next: Before | None
    ) -> ConsistencyReport:
        paused = self._before.paused + self._brake.paused_seconds
        line = self._progress.line(self._suspects.number, rests=self._pace.rests)
        facts = RunFacts(self._progress.started, self._progress.resumed, paused, (line,), left_to_next)
        findings = list(opening.findings.values())
        return ConsistencyReport(self._request.reference, findings, self._request.mode, facts, objects)

    def _seconds(self) -> float:
        return time.monotonic() - self._begin

    def _take_table(self, table: ComparedTable) -> None:
        if self._request.mode == COUNT:
            self._brake.wait()
            count_rows(self.pair, self._link, table)
            return
        try:
            self._take_up(table)
            if str(table.comparison.table) in self._before.too_slow:
                table.findings.reason = TOO_SLOW
                return
            for number in table.left:
                self._brake.wait()
                if self._slice.is_over:
                    return
                table.rest = self._pace.rest(*table.known_size)
                self._suspects.take_in(table, number)
                compared = sum(table.range_bytes.values())
                self._brake.read(compared)
                self._progress.add(compared)
                self._note(table)
            table.findings.hashed_completely(sampled=self._request.mode == SAMPLE)
        except DatabaseError as error:
            if error.sqlstate != STATEMENT_CANCELLED:
                raise
            table.findings.reason = TOO_SLOW

    def _take_up(self, table: ComparedTable) -> None:
        state = self._progress.earlier.get(str(table.comparison.table))
        if state is None or state["structure"] != digest_of(table.comparison.structure):
            table.cut(seed=int(time.time()))
            return
        boundaries = tuple(tuple(key) for key in state["boundaries"])
        table.findings.take_up(state["findings"])
        table.take_up(TableState(boundaries, state["slices"], tuple(state["numbers"])))
        self._progress.add(sum(table.range_bytes.values()) * table.findings.ranges_done, earlier=True)
        self._suspects.take_up(table, state["open"])

    def _note(self, table: ComparedTable) -> None:
        state = {
            "structure": digest_of(table.comparison.structure),
            "boundaries": [list(key) for key in table.state.boundaries],
            "slices": table.state.slices,
            "numbers": list(table.state.numbers),
            "findings": table.findings.as_state(),
            "open": self._suspects.state_of(table),
        }
        self._progress.note(str(table.comparison.table), state)
