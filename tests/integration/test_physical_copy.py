# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A green that has its rows already, from a position in blue's WAL on."""

from __future__ import annotations

from tests.fixtures.migrations import ROWS, Pair, PairFactory
from tests.integration.test_first_copy import content

TABLES = 'public.users, "Odd ""Name"."Täble 1", public.events_2026'


def copy_rows(made: Pair) -> None:
    """Bring blue's rows to green behind everybody's back."""
    made.green.query(
        "SET session_replication_role = replica; SET default_transaction_read_only = off;"
        + ROWS.replace("INSERT INTO users (name) SELECT", "INSERT INTO users (id, name) SELECT n,")
    )


def test_none_begins_at_the_given_position(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    copy_rows(made)
    lane = made.lane("forward")
    assert made.run("replication_link", direction="forward", copy="none", start_lsn="0/1")["code"] == "BG309"
    made.blue.query(f"CREATE PUBLICATION {lane} FOR TABLE {TABLES}", role="migrator")
    made.blue.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", lane, role="migrator")
    for wrong in ("0/1", "never"):
        failed = made.run("replication_link", direction="forward", copy="none", start_lsn=wrong)
        assert failed["code"] == "BG309"
    for side in (made.blue, made.green):
        side.query("SET session_replication_role = replica; INSERT INTO users (id, name) VALUES (900, 'on both')")
    [(lsn,)] = made.blue.query("SELECT pg_current_wal_insert_lsn()::text")
    assert made.write(made.blue, "INSERT INTO users (id, name) VALUES (901, 'on blue')") is None
    result = made.succeed("replication_link", direction="forward", copy="none", start_lsn=lsn)
    assert f"let the slot {lane} begin at {lsn}" in result["steps"]
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)
    assert not made.changes("replication_link", direction="forward", copy="none", start_lsn=lsn)
