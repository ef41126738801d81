# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares tables on both sides while both are being written to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency import Comparison, chosen
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_buckets import mask_for
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.consistency_report import (
    COPYING,
    ConsistencyReport,
    TableFindings,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import DeadlineReached, MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.plan import Plan
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import Table, TableName
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres import consistency as postgres
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.catalog import read_tables

from .consistency_pair import Link, Pair
from .consistency_suspects import Suspects
from .consistency_table import ComparedTable
from .ports import Ports

_MOST_BUCKETS = 1 << 16


class ConsistencyCheck:
    """The workflow of the module ``consistency_check``: it only reads, so it does all of it in observing."""

    def __init__(self, params: dict[str, Any], ports: Ports) -> None:
        self._params = params
        self._sides = ports.sides
        self._reference = Side(params["reference"])

    def observe(self) -> ConsistencyReport:
        """Compare, and return what was found.

        :raises MigrationError: BG406 for parameters that make no sense, BG402 where row-level security hides rows,
            BG403 and BG404 for a link that proves nothing, BG405 for different encodings
        """
        self._require_sensible_numbers()
        deadline = Deadline(self._params["timeout"], "The comparison")
        with Pair(self._sides, self._reference, deadline) as pair:
            pair.both(postgres.pin_settings)
            self._require_same_encoding(pair)
            link = Link(pair, self._params["at_rest"])
            return self._compare(pair, link)

    def plan(self, before: ConsistencyReport) -> Plan[ConsistencyReport]:
        """Return a plan without steps."""
        return Plan(before)

    def execute(self, plan: Plan[ConsistencyReport]) -> ConsistencyReport:
        """Return what was found; there is nothing to do."""
        return plan.projected

    def _compare(self, pair: Pair, link: Link) -> ConsistencyReport:
        mine, theirs = pair.both(read_tables)
        tables = chosen(mine, self._params["tables"], self._params["exclude_tables"])
        self._require_visible_rows(pair, tables)
        findings = {table.name: TableFindings(table.name, self._params["max_differences"]) for table in tables}
        copying = _roots(theirs, postgres.read_copying_tables(pair.other, link.prefix))
        counterparts = {table.name: table for table in theirs}
        on_trial = Suspects(link)
        mask = mask_for(self._params["buckets"])
        try:
            for table in tables:
                if table.name not in counterparts:
                    findings[table.name] = TableFindings.missing(table.name)
                    continue
                comparison = Comparison.of(self._reference, table, counterparts[table.name])
                findings[table.name].comparison = comparison
                if table.name in copying:
                    findings[table.name].reason = COPYING
                else:
                    on_trial.take_in(ComparedTable(pair, comparison, findings[table.name]), mask)
            on_trial.settle()
        except DeadlineReached:
            on_trial.give_up()
        return ConsistencyReport(self._reference, [findings[table.name] for table in tables])

    def _require_sensible_numbers(self) -> None:
        params = self._params
        if params["timeout"] <= 0 or params["max_differences"] < 0 or not 1 <= params["buckets"] <= _MOST_BUCKETS:
            raise MigrationError(
                "BG406",
                "timeout must be above 0, max_differences at least 0, and buckets from 1 to 65536",
                "Nothing was compared",
                "Correct the parameter",
            )

    def _require_same_encoding(self, pair: Pair) -> None:
        mine, theirs = pair.both(postgres.read_encoding)
        if mine != theirs:
            raise MigrationError(
                "BG405",
                f"{pair.reference.side} stores text in {mine}, {pair.other.side} in {theirs}: their hashes say nothing",
                "Nothing was compared",
                "Give both databases the same encoding",
            )

    def _require_visible_rows(self, pair: Pair, tables: Sequence[Table]) -> None:
        wanted = {table.name for table in tables}
        hidden = pair.both(postgres.read_hidden_tables)
        for side, names in zip((pair.reference.side, pair.other.side), hidden):
            policed = ", ".join(sorted(str(name) for name in names & wanted))
            if policed:
                raise MigrationError(
                    "BG402",
                    f"Row-level security may hide rows from us on {side}: {policed}",
                    "Nothing was compared",
                    "Give the role in use BYPASSRLS, or exclude these tables",
                )


def _roots(tables: Sequence[Table], names: set[TableName]) -> set[TableName]:
    return {table.root for table in tables if table.name in names} | names
