# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparisons in a loop while blue is written to as fast as possible: no false alarm, and planted faults are found."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg2 import errors
from psycopg2.extensions import cursor

from tests.fixtures.consistency import Replicated, ReplicatedFactory, found_in, replicated, table_of

__all__ = ["replicated"]

SCHEMA = """
CREATE TABLE accounts (id int PRIMARY KEY, balance numeric NOT NULL, touched timestamptz, note text);
CREATE TABLE visits (day date, place text, n int, PRIMARY KEY (day, place)) PARTITION BY LIST (place);
CREATE TABLE visits_a PARTITION OF visits FOR VALUES IN ('a', 'b', 'c');
CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
CREATE TABLE log (what text, amount int);
CREATE TABLE blinking (id int PRIMARY KEY, v int);
ALTER TABLE log REPLICA IDENTITY FULL;
"""
ROWS = """
INSERT INTO accounts SELECT g, 100.00, now(), repeat('n', 100) FROM generate_series(1, 20000) g;
INSERT INTO visits SELECT date '2026-01-01' + g, chr(97 + g % 5), 0 FROM generate_series(1, 2000) g;
INSERT INTO log SELECT 'line ' || g % 50, g % 7 FROM generate_series(1, 1000) g;
"""
WRITTEN_TO = 10_000  # accounts above this one are left alone, for faults
FAULTS = (
    ("UPDATE accounts SET note = note || ' ' WHERE id = {id}", ("changed", ["note"])),
    ("DELETE FROM accounts WHERE id = {id}", ("missing", None)),
    ("UPDATE accounts SET balance = 100.0 WHERE id = {id}", ("changed", ["balance"])),
)


def transfer(on: cursor) -> None:
    giver, taker = sorted(random.sample(range(1, WRITTEN_TO), 2))
    on.execute("UPDATE accounts SET balance = balance - 1.50, touched = now() WHERE id = %s", (giver,))
    on.execute("UPDATE accounts SET balance = balance + 1.50, touched = now() WHERE id = %s", (taker,))


def visit(on: cursor) -> None:
    on.execute("UPDATE visits SET n = n + 1 WHERE day = date '2026-01-01' + %s", (random.randint(1, 20),))
    on.execute("UPDATE visits SET place = 'd' WHERE day = date '2026-01-01' + %s", (random.randint(1, 2000),))


def log(on: cursor) -> None:
    on.execute("INSERT INTO log VALUES ('line ' || %s, %s)", (random.randint(1, 60), random.randint(0, 7)))
    if random.random() < 0.3:
        on.execute("DELETE FROM log WHERE what = 'line ' || %s AND amount = 3", (random.randint(1, 60),))


def blink(on: cursor) -> None:
    key = random.randint(1, 5)
    on.execute("INSERT INTO blinking VALUES (%s, 1) ON CONFLICT DO NOTHING", (key,))
    on.execute("COMMIT; BEGIN")
    on.execute("DELETE FROM blinking WHERE id = %s", (key,))


def count(on: cursor) -> None:
    on.execute("UPDATE accounts SET balance = balance + 1 WHERE id = 1")


@contextmanager
def full_load(pair: Replicated) -> Iterator[list[int]]:
    """Write to blue from several sessions, and give the number of transactions so far."""
    stop = threading.Event()
    transactions = [0]

    def write() -> None:
        with pair.blue.connect(autocommit=False) as session, session.cursor() as on:
            while not stop.is_set():
                try:
                    random.choice((transfer, visit, log, blink, count))(on)
                    session.commit()
                except (errors.DeadlockDetected, errors.UniqueViolation, errors.SerializationFailure):
                    # The last one: a row that was waited for has moved to another partition meanwhile.
                    session.rollback()
                transactions[0] += 1

    writers = [threading.Thread(target=write) for _attempt in range(3)]
    for writer in writers:
        writer.start()
    try:
        yield transactions
    finally:
        stop.set()
        for writer in writers:
            writer.join()


def run_for(pair: Replicated, seconds: float) -> None:
    end = time.monotonic() + seconds
    rounds = proven = 0
    with full_load(pair) as transactions:
        while time.monotonic() < end:
            result = pair.compare(timeout=20)
            assert "tables" in result, result
            alarms = {table["table"]: table["differences"] for table in result["tables"] if table["differences"]}
            assert alarms == {}, f"round {rounds}, after {transactions[0]} transactions"
            rounds += 1
            proven += result["consistent"]
        print({"rounds": rounds, "consistent": proven, "transactions": transactions[0]})
    result = pair.compare()
    assert result["consistent"] is True, result.get("tables", result)


def plant_for(pair: Replicated, seconds: float) -> None:
    end = time.monotonic() + seconds
    planted = 0
    with full_load(pair) as transactions:
        while time.monotonic() < end:
            expected = []
            for statement, (kind, columns) in FAULTS:
                planted += 1
                pair.plant(statement.format(id=WRITTEN_TO + planted))
                expected.append((kind, {"id": str(WRITTEN_TO + planted)}, columns))
            pair.plant(f"INSERT INTO accounts VALUES ({-planted}, 0); INSERT INTO log VALUES ('planted', {planted})")
            result = pair.compare(timeout=20)
            expected.append(("extra", {"id": str(-planted)}, None))
            assert found_in(result, "public.accounts") == sorted(expected, key=lambda one: (one[0], str(one[1])))
            assert [kind for kind, _key, _columns in found_in(result, "public.log")] == ["extra"]
            assert table_of(result, "public.visits")["differences"] == []
            pair.plant(
                f"DELETE FROM accounts WHERE id < 0 OR id > {WRITTEN_TO}; DELETE FROM log WHERE what = 'planted'"
            )
            repaired = [f"({row[0]}, {row[1]}, '{row[2]}', '{row[3]}')" for row in untouched(pair)]
            pair.plant(f"INSERT INTO accounts VALUES {', '.join(repaired)}")
        print({"planted": planted, "transactions": transactions[0]})


def untouched(pair: Replicated) -> list[tuple[int, str, str, str]]:
    return pair.blue.query(f"SELECT id, balance, touched, note FROM accounts WHERE id > {WRITTEN_TO}")


SECONDS = [pytest.param(20, id="20 s"), pytest.param(600, id="10 min", marks=pytest.mark.soak)]


@pytest.mark.soak
@pytest.mark.parametrize("seconds", SECONDS)
def test_no_false_alarm_under_full_load(replicated: ReplicatedFactory, seconds: float) -> None:
    run_for(replicated(SCHEMA, ROWS), seconds)


@pytest.mark.soak
@pytest.mark.parametrize("seconds", SECONDS)
def test_what_is_planted_under_full_load_is_found(replicated: ReplicatedFactory, seconds: float) -> None:
    plant_for(replicated(SCHEMA, ROWS), seconds)
