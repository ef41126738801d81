# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the ledger with a database: is every acknowledged write there, exactly once?"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg2 import sql

from demo.ledger import GONE, SUFFIX, LedgerError, fold, ledger_files, read_records

# The ledger's short name for each table with operation_id and revision.
LEDGERED_TABLES: Mapping[str, tuple[str, str]] = {
    "users": ("public", "users"),
    "orders": ("public", "orders"),
    "order_events": ("public", "order_events"),
    "sessions": ("public", "sessions"),
    "transfers": ("public", "transfers"),
    "heartbeats": ("public", "heartbeats"),
    "closed_orders": ('Sales "Archive"', "Closed Orders"),
}
_ROWS_OF_WRITER = sql.SQL("SELECT operation_id, revision FROM {table} WHERE operation_id LIKE %(prefix)s")
_UNBALANCED_ACCOUNTS = """
SELECT count(*) FROM public.accounts LEFT JOIN (
    SELECT account, sum(amount) AS moved FROM (
        SELECT to_account AS account, amount FROM public.transfers
        UNION ALL SELECT from_account, -amount FROM public.transfers
    ) AS booked GROUP BY account
) AS bookings ON bookings.account = accounts.id
WHERE accounts.balance <> accounts.opening_balance + coalesce(bookings.moved, 0)
"""
_ROWS_FETCHED_AT_ONCE = 5000
_EXAMPLES_KEPT = 20

Revisions = tuple[int, ...]
Rightful = tuple[int | None, ...]


@dataclass(frozen=True)
class RowFault:
    """How the rows of one operation differ from what its writer was told."""

    missing: int = 0
    doubled: int = 0
    unexpected: int = 0


@dataclass
class Verdict:
    """What the ledger says about a database.

    `missing`: rows whose last acknowledged insert, update or delete is missing; `doubled`: surplus rows of an
    operation; `unexpected`: rows that no sent COMMIT explains; `unbalanced`: accounts whose transfers do not add up.
    """

    acknowledged: int = 0
    unknown: int = 0
    missing: int = 0
    doubled: int = 0
    unexpected: int = 0
    unbalanced: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every acknowledged write is there exactly once, and nothing else."""
        return not (self.missing or self.doubled or self.unexpected or self.unbalanced)

    def add(self, table: str, row: str, fault: RowFault) -> None:
        """Count a fault and keep it as an example while there are few."""
        self.missing += fault.missing
        self.doubled += fault.doubled
        self.unexpected += fault.unexpected
        if fault != RowFault() and len(self.examples) < _EXAMPLES_KEPT:
            self.examples.append(f"{table} {row}: {fault}")


def judge(rightful: Rightful | None, found: Revisions) -> RowFault:
    """Compare the revisions found for one row with the correct ones; None: no COMMIT for that row was sent."""
    if rightful is None:
        return RowFault(unexpected=len(found))
    there = set(found) & set(rightful) if found else GONE in rightful
    return RowFault(missing=0 if there else 1, doubled=max(len(found) - 1, 0))


def judge_table(rightful: Mapping[str, Rightful], found: Iterable[tuple[str, int]]) -> Iterator[tuple[str, RowFault]]:
    """Yield each row of one table with its fault."""
    revisions: dict[str, Revisions] = {}
    for row, revision in found:
        revisions[row] = (*revisions.get(row, ()), revision)
    for row in rightful.keys() | revisions.keys():
        yield row, judge(rightful.get(row), revisions.get(row, ()))


def hold_against(connection: Any, folder: Path) -> Verdict:
    """Compare every ledger in the folder with what the connection sees; the writers must have stopped.

    It only reads, in the connection's open transaction, one writer and one table at a time.
    Raises LedgerError when no commit was acknowledged: an empty ledger proves nothing.
    """
    verdict = Verdict()
    for path in ledger_files(folder):
        _hold_writer_against(connection, path, verdict)
    if not verdict.acknowledged:
        raise LedgerError(f"The ledger in {folder} holds no acknowledged commit, so it proves nothing.")
    with connection.cursor() as cursor:
        cursor.execute(_UNBALANCED_ACCOUNTS)
        verdict.unbalanced = cursor.fetchone()[0]
    return verdict


def _hold_writer_against(connection: Any, path: Path, verdict: Verdict) -> None:
    expectation = fold(read_records(path))
    verdict.acknowledged += expectation.acknowledged
    verdict.unknown += expectation.unknown
    for table, name in LEDGERED_TABLES.items():
        found = _rows_of_writer(connection, name, path.name.removesuffix(SUFFIX))
        for row, fault in judge_table(expectation.rows.get(table, {}), found):
            verdict.add(table, row, fault)


def _rows_of_writer(connection: Any, name: tuple[str, str], writer: str) -> Iterator[tuple[str, int]]:
    with connection.cursor(name=f"ledger_{secrets.token_hex(4)}") as cursor:
        cursor.execute(_ROWS_OF_WRITER.format(table=sql.Identifier(*name)), {"prefix": f"{writer}-%"})
        while rows := cursor.fetchmany(_ROWS_FETCHED_AT_ONCE):
            yield from rows
