# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After an emergency: what green took and blue never received is brought to blue, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from ..._domain.clock import Deadline
from ..._domain.comparison.repair import by_table
from ..._domain.emergency.changes import Taken
from ..._domain.emergency.merge import Fate, Row, Rule
from ..._domain.emergency.reconciliation import (
    Reconciliation,
    dealt_with,
    not_taken,
    not_told,
    orphaned,
    require_emergency,
    require_possible,
    sequences_behind,
    undecided,
)
from ..._domain.errors import DatabaseError, MigrationError
from ..._domain.lanes.positions import lsn_number, lsn_text
from ..._domain.plan import Plan, Step
from ..._domain.relations import TableName, parse_table_name
from ..._domain.service.journal import RECONCILED, Entry
from ..._domain.service.situation import Situation
from ..._domain.sides import Side
from ..._domain.switch.last_seen import LaneSeen
from ..._postgres.as_owner import require_seen_by_owner
from ..._postgres.catalog import read_tables
from ..._postgres.comparison import side as postgres
from ..._postgres.comparison.repair import RowWriter, held_still, rehearse
from ..._postgres.emergency.reconcile import (
    HOW_TO_READ_ARRIVALS,
    ForeignKey,
    read_foreign_keys,
    read_opening_transaction,
    read_orphans,
    read_taken,
)
from ..._postgres.lanes.link import like
from ..._postgres.lanes.slots import readers_of_slots
from ..._postgres.sequences import advance_sequences, read_sequences
from ..._postgres.service import journal
from ..._postgres.service.situation import read_situation
from ..._postgres.switch.last_seen import read_lanes_seen
from ..comparison.pair import Pair
from ..comparison.requirements import require_same_encoding
from ..files import write_document
from ..ports import Ports
from .merged_rows import MergedRows

_LOST_SLOT = ("55000", "42704")


class Reconcile:
    """The workflow of the module ``reconcile``."""

    def __init__(self, params: Mapping[str, Any], ports: Ports) -> None:
        self._params = params
        self._sides = ports.sides
        self._may_write = ports.may_write
        self._excluded = {parse_table_name(text) for text in params["exclude_tables"]}
        self._taken: dict[str, Taken] = {}
        self._done: Reconciliation | None = None

    def observe(self) -> Reconciliation:
        """Read what green took, and what blue has of it.

        :raises MigrationError: BG547 without an emergency or a fence, BG770 when nobody can tell what green took
        """
        situation = read_situation(self._sides)
        opening = require_emergency(situation)
        with self._pair() as pair:
            lanes = read_lanes_seen(pair.other, self._sides.migration)
            self._taken = {lane.name: self._read_taken(pair, situation, opening, lane) for lane in lanes}
            found = self._look(pair, opening)
            self._require_rights(pair, found)
            carried = {table for lane in lanes for table in lane.tables}
            tables = [table.name for table in read_tables(pair.reference) if table.stores_rows]
            return replace(found, not_carried=tuple(sorted(name for name in tables if name not in carried)))

    def plan(self, before: Reconciliation) -> Plan[Reconciliation]:
        """Plan one step, or refuse; rows that nobody has decided about are written to the file first.

        :raises MigrationError: BG548 for rows that nobody has decided about, BG549 and BG772 as
            :func:`require_possible` does
        """
        require_possible(before, self._params["max_rows"])
        if before.with_fate(Fate.UNDECIDED):
            if self._may_write:
                self._write_report(before)
            raise undecided(before)
        if before.is_done:
            return Plan(before)
        number = len(before.with_fate(Fate.BROUGHT))
        return Plan(before, (Step(f"bring {number} rows of green to blue", partial(self._bring, before)),))

    def execute(self, plan: Plan[Reconciliation]) -> Reconciliation:
        """Bring them over, all or none."""
        plan.perform()
        return self._done or plan.projected

    @contextmanager
    def _pair(self) -> Iterator[Pair]:
        pair = Pair(self._sides, Side.GREEN, Deadline(self._params["timeout"], "The reconciliation"))
        try:
            pair.both(partial(postgres.pin_settings, major=pair.older))
            require_same_encoding(pair)
            yield pair
        finally:
            pair.close()

    def _read_taken(self, pair: Pair, situation: Situation, opening: Entry, lane: LaneSeen) -> Taken:
        if lane.copying:
            raise not_told(f"the first copy of {', '.join(map(str, lane.copying))} had not ended")
        if lane.applied is None:
            raise not_told(f"blue does not say how far {lane.name} had arrived ({HOW_TO_READ_ARRIVALS} to our role)")
        if lane.name not in readers_of_slots(pair.reference, like(lane.name)):
            raise not_told(f"green has lost the slot {lane.name}")
        after = dealt_with(situation.entries, opening.epoch, lane.name, lane.applied)
        try:
            return read_taken(pair.reference, lane.name, lsn_number(after))
        except DatabaseError as error:
            if error.sqlstate not in _LOST_SLOT:
                raise
            raise not_told(f"green's slot {lane.name} cannot be read any more: {error.what}") from None

    def _look(self, pair: Pair, opening: Entry) -> Reconciliation:
        """Return every row that was taken with what becomes of it, as both sides are now."""
        opened = read_opening_transaction(pair.other, self._sides.migration, opening.epoch)
        if opened is None:
            raise not_told("blue's journal has lost the row of its opening")
        taken = {name: one for name, one in self._taken.items() if one.end is not None}
        merged = MergedRows(pair, opened, self._excluded)
        rows = [row for one in taken.values() for row in merged.read(one)]
        return Reconciliation(
            opening,
            self._decided(rows),
            {name: lsn_text(one.end) for name, one in taken.items() if one.end is not None},
            merged.refused,
            sequences_behind(*pair.both(read_sequences)),
            file=self._params["file"],
        )

    def _decided(self, rows: list[Row]) -> tuple[Row, ...]:
        params = self._params
        rule = Rule.of(
            params["rule"], params["newest_by"] or "", params["decisions"], [one for one in rows if one.both]
        )
        return tuple(replace(row, fate=rule.decide(row)) if row.both else row for row in rows)

    def _require_rights(self, pair: Pair, found: Reconciliation) -> None:
        brought = found.with_fate(Fate.BROUGHT)
        if brought:
            rehearse(pair.other, None)
        for table in sorted({row.comparison.other_table for row in brought}):
            require_seen_by_owner(pair.other, table)

    def _bring(self, before: Reconciliation) -> None:
        with self._pair() as pair:
            tables = {row.comparison.other_table for row in before.rows}
            keys = read_foreign_keys(pair.other, tables)
            beside = {table for key in keys for table in (key.child, key.parent)}
            with held_still(pair.other, sorted(tables | beside)):
                found = replace(self._look(pair, before.opening), not_carried=before.not_carried)
                if found.with_fate(Fate.UNDECIDED):
                    self._write_report(found)
                    raise undecided(found)
                self._write(pair, found, keys)
                self._write_report(found)
        self._done = found

    def _write(self, pair: Pair, found: Reconciliation, keys: list[ForeignKey]) -> None:
        brought = {(row.comparison.table, row.key): row for row in found.with_fate(Fate.BROUGHT)}
        refusals: list[tuple[Row, str]] = []
        for table, repairs in by_table([row.as_repair() for row in brought.values()]).items():
            refusals += [(row, row.as_repair().obstacle) for row in brought.values() if _is_stuck(row, table)]
            writable = [one for one in repairs if not one.obstacle]
            unwritten = RowWriter(pair.reference, pair.other, repairs[0].comparison).write(writable)
            refusals += [(brought[table, key], why) for key, why in unwritten.items()]
        if refusals:
            raise not_taken(refusals)
        for key in keys:
            orphans = read_orphans(pair.other, key)
            if orphans:
                raise orphaned(key.name, key.child, key.parent, orphans)
        if found.sequences:
            advance_sequences(pair.other, list(found.sequences))
        details = {**found.as_result(), "ends": dict(found.ends), "rows": len(found.rows)}
        journal.write_entry(pair.other, self._sides.migration, found.opening.epoch, RECONCILED, Side.BLUE, details)

    def _write_report(self, found: Reconciliation) -> None:
        try:
            write_document(found.file, {"migration": self._sides.migration, **found.as_document()})
        except OSError as error:
            raise MigrationError(
                "BG773",
                f"The report could not be written to {found.file}: {error.strerror}",
                "Nothing was changed: blue is in service, and green as it was",
                "Set file to a path that can be written where the module runs, then run the same command again",
            ) from None


def _is_stuck(row: Row, table: TableName) -> bool:
    return row.comparison.table == table and bool(row.as_repair().obstacle)
