# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module write_gate, and every way in which an application could write past a fence."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from tests.fixtures.databases import run_statement
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.modules import titles

REFUSED = "25006"


def test_present_again_check_and_absent(pair: PairFactory) -> None:
    made = pair()
    before = made.dump(made.blue)
    would = made.succeed("write_gate", check=True)
    assert would["changed"]
    assert made.dump(made.blue) == before, "check mode wrote on blue"
    done = made.succeed("write_gate")
    assert done["changed"]
    assert done["diff"]["after"] == would["diff"]["after"], "check mode had promised something else"
    assert done["in_service"] == "blue"
    assert done["gates"]["green"]["fenced"]
    assert not made.changes("write_gate")
    assert made.changes("write_gate", state="absent", keep_journal=False)
    assert made.dump(made.blue) == before, "something of ours was left on blue"
    assert not made.changes("write_gate", state="absent", keep_journal=False)
    assert made.write(made.blue) is None
    assert made.write(made.green) == REFUSED, "the side out of service stays fenced"


@pytest.mark.parametrize("set_up", [False, True], ids=["merely prepared", "set up"])
def test_undoing_a_migration_leaves_the_journal_of_an_earlier_one(pair: PairFactory, set_up: bool) -> None:
    made = pair()
    made.succeed("write_gate")
    made.succeed("write_gate", state="absent", keep_journal=True)
    journal = "SELECT * FROM bluegreen.journal ORDER BY id"
    cleaned = "INSERT INTO bluegreen.journal (migration, side, epoch, event) VALUES (%s, 'blue', 0, 'cleaned')"
    made.blue.query(cleaned, made.migration)
    earlier = made.blue.query(journal)
    assert earlier
    later = replace(made, migration="a later one")
    if set_up:
        later.succeed("write_gate")
    later.succeed("write_gate", state="absent", keep_journal=False, check=True)
    later.succeed("write_gate", state="absent", keep_journal=False)
    assert made.blue.query(journal) == earlier
    assert later.blue.query("SELECT migration FROM bluegreen.pair WHERE migration = 'a later one'") == []
    assert not later.changes("write_gate", state="absent", keep_journal=False)
    assert later.write(made.blue) is None


def test_a_new_table_is_seen_and_gated(gated: Pair) -> None:
    gated.blue.query("CREATE TABLE late (id int PRIMARY KEY)", role="owner")
    result = gated.succeed("write_gate")
    assert titles(result) == ["gate blue public.late"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO users (name) VALUES ('x')",
        "UPDATE users SET name = 'x'",
        "DELETE FROM users WHERE false",
        "WITH gone AS (DELETE FROM users RETURNING 1) SELECT * FROM gone",
        "INSERT INTO users (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y'",
        "MERGE INTO users u USING (VALUES (1)) v(i) ON u.id = v.i WHEN MATCHED THEN UPDATE SET name = 'x'",
        "INSERT INTO events (day) VALUES ('2026-05-05')",
        "INSERT INTO events_2026 (id, day) OVERRIDING SYSTEM VALUE VALUES (1, '2026-05-05')",
        'INSERT INTO "Odd ""Name"."Täble 1" VALUES (\'q\', 1, \'z\')',
        "BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE users SET name = 'x'; COMMIT",
    ],
)
def test_every_kind_of_write_meets_the_fence(gated: Pair, statement: str) -> None:
    assert gated.write(gated.green, statement) == REFUSED


def test_truncate_and_copy_meet_the_fence(gated: Pair) -> None:
    owner = gated.green.connect("owner")
    run_statement(owner, "SET default_transaction_read_only = off")
    for statement in ("TRUNCATE users", "COPY users (name) FROM PROGRAM 'true'"):
        with pytest.raises(Exception, match=r"fenced by bluegreen|superuser|pg_execute_server_program"):
            run_statement(owner, statement)
    assert gated.write(gated.green, "SELECT count(*) FROM users") is None, "reading is not fenced"


def test_a_busy_table_makes_the_gate_wait_and_no_writer_waits_long(pair: PairFactory) -> None:
    made = pair()
    holder = made.blue.connect("app", autocommit=False)
    run_statement(holder, "UPDATE users SET name = 'held' WHERE id = 1")
    waits: list[float] = []
    done = threading.Event()

    def keep_writing() -> None:
        while not done.is_set():
            started = time.monotonic()
            assert made.write(made.blue, "UPDATE users SET name = 'other' WHERE id = 2") is None
            waits.append(time.monotonic() - started)

    writer = threading.Thread(target=keep_writing)
    release = threading.Timer(1.0, holder.commit)
    writer.start()
    release.start()
    try:
        made.succeed("write_gate")
    finally:
        done.set()
        writer.join()
        release.join()
    assert len(waits) > 20
    assert max(waits) < 0.5, "a writer waited much longer than two lock timeouts of 0.1 s"
