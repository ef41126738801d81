# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every acknowledged write, honest or hostile, and where it must be at the end."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import psycopg2
from psycopg2.extensions import connection

from demo.ledger_check import RowFault, judge
from tests.attack.attacks import Claim
from tests.attack.field import SIDES, Field

_PAUSE_SECONDS = 0.01
_ROWS = "SELECT token, count(*)::int FROM {table} WHERE token = ANY (%s) GROUP BY token"
_REMOVE = "SET session_replication_role = replica; DELETE FROM {table} WHERE token = '{token}'"
_OPENING_BALANCE = 1000
_UNBALANCED = f"""
SELECT count(*) FROM ledger.accounts a WHERE a.balance <> {_OPENING_BALANCE} + coalesce(
    (SELECT sum(CASE WHEN t.target = a.id THEN t.amount ELSE -t.amount END)
     FROM ledger.transfers t WHERE a.id IN (t.source, t.target)), 0)
"""


@dataclass(frozen=True)
class Written:
    """An acknowledged row. Times are the wall clock's, which both servers share.

    `tampered_since`: since when somebody had taken the gate off that table; None: it was intact.
    """

    claim: Claim
    side: str
    at: float
    attack: str
    tampered_since: float | None = None


@dataclass
class Ledger:
    """Acknowledged writes; a row that its author takes back is void.

    `by_hand`: rows whose author took the gate off a fenced side himself, which nobody can prevent an owner from doing.
    """

    written: list[Written] = field(default_factory=list)
    by_hand: list[Written] = field(default_factory=list)
    passed_by_hand: int = 0
    _void: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def acknowledge(self, *rows: Written) -> None:
        """Record them."""
        with self._lock:
            self.written.extend(rows)

    def void(self, claims: Iterable[Claim]) -> None:
        """Forget rows whose table its author drops."""
        with self._lock:
            self._void.update(claim.token for claim in claims)

    def sort_out(self, passed_by_hand: Callable[[Written], bool]) -> None:
        """Set apart rows whose author himself removed the gate that would have refused them."""
        with self._lock:
            apart = [one for one in self.written if passed_by_hand(one)]
            self.written = [one for one in self.written if one not in apart]
            self.by_hand += apart
            self.passed_by_hand += len(apart)

    def hold_against(self, field: Field, side: str, until: float, only: set[str] | None = None) -> list[str]:
        """Say which row acknowledged by then is missing or doubled on the side in service.

        `only`: tokens of the rows to look for; None: all.
        """
        with self._lock:
            due = [one for one in self.written if one.at <= until and one.claim.token not in self._void]
        due = [one for one in due if only is None or one.claim.token in only]
        wrong: list[str] = []
        for table in sorted({one.claim.table for one in due}):
            there = _tokens(field, side, table, [one.claim.token for one in due if one.claim.table == table])
            for one in (one for one in due if one.claim.table == table):
                fault = judge((1,), (1,) * there[one.claim.token])
                if fault == RowFault():
                    continue
                self.void([one.claim])
                wrong.append(f"{one}: {fault}")
        return wrong

    def remove_by_hand(self, field: Field, in_service: str) -> None:
        """Remove from the fenced side the rows that an owner wrote there himself."""
        for one in [one for one in self.by_hand if one.side != in_service]:
            self.by_hand.remove(one)
            with suppress(psycopg2.errors.UndefinedTable):
                field.query(one.side, _REMOVE.format(table=one.claim.table, token=one.claim.token))


def _tokens(field: Field, side: str, table: str, tokens: list[str]) -> Counter[str]:
    with closing(field.administer(side)) as opened, opened.cursor() as cursor:
        try:
            cursor.execute(_ROWS.format(table=table), (tokens,))
        except psycopg2.errors.UndefinedTable:
            return Counter()
        return Counter(dict(cursor.fetchall()))


def unbalanced(field: Field, side: str) -> int:
    """Return how many accounts do not add up to their transfers."""
    return int(field.query(side, _UNBALANCED)[0][0])


class HonestWriter:
    """Transfers money on one side, bypassing every route: only the fence stops it."""

    def __init__(self, field: Field, side: str, ledger: Ledger) -> None:
        self._field = field
        self._side = side
        self._ledger = ledger
        self._stopped = Event()
        self._free = Event()
        self._free.set()
        self._resting = Event()
        self._opened: connection | None = None
        self.acknowledged = 0
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current transaction."""
        self._stopped.set()
        self._free.set()
        self._thread.join()

    def rest(self) -> None:
        """Write nothing until told to continue."""
        self._resting.clear()
        self._free.clear()
        self._resting.wait(10.0)

    def go_on(self) -> None:
        """Write again."""
        self._free.set()

    def _run(self) -> None:
        chance, count = random.Random(self._side), 0
        while not self._stopped.wait(_PAUSE_SECONDS):
            if not self._free.is_set():
                self._resting.set()
                self._free.wait()
                continue
            count += 1
            claim = Claim("ledger.transfers", f"honest-{self._side}-{count}")
            with suppress(psycopg2.Error):
                self._transfer(chance, claim)
        if self._opened is not None:
            self._opened.close()

    def _transfer(self, chance: random.Random, claim: Claim) -> None:
        source, target = sorted(chance.sample(range(1, 51), 2))
        amount = chance.randint(1, 9)
        if self._opened is None or self._opened.closed:
            self._opened = self._field.connect(self._side, self._field.names.application)
        try:
            with self._opened.cursor() as cursor:
                cursor.execute(f"""
                    BEGIN; SET LOCAL lock_timeout = '2s';
                    UPDATE ledger.accounts SET balance = balance - {amount} WHERE id = {source};
                    UPDATE ledger.accounts SET balance = balance + {amount} WHERE id = {target};
                    INSERT INTO ledger.transfers (source, target, amount, token)
                    VALUES ({source}, {target}, {amount}, '{claim.token}')""")
                cursor.execute("COMMIT")
        except psycopg2.Error:
            self._opened.close()
            raise
        self.acknowledged += 1
        self._ledger.acknowledge(Written(claim, self._side, time.time(), "honest transfer"))


class HonestWriters:
    """One writer on each side."""

    def __init__(self, field: Field, ledger: Ledger) -> None:
        self._writers = {side: HonestWriter(field, side, ledger) for side in SIDES}

    def start(self) -> None:
        """Begin."""
        for writer in self._writers.values():
            writer.start()

    def stop(self) -> None:
        """End."""
        for writer in self._writers.values():
            writer.stop()

    def rest(self) -> None:
        """Have both write nothing."""
        for writer in self._writers.values():
            writer.rest()

    def go_on(self) -> None:
        """Have both write again."""
        for writer in self._writers.values():
            writer.go_on()

    @property
    def acknowledged(self) -> int:
        """Return how many transfers were committed."""
        return sum(writer.acknowledged for writer in self._writers.values())
