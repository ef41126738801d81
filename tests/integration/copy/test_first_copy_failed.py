# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first copy that meets what it may not read."""

from __future__ import annotations

from tests.fixtures.migrations import PairFactory
from tests.integration.copy.test_first_copy import content, schema
from tests.integration.replication.test_link import left


def test_row_level_security_is_an_error_and_never_no_rows(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    made.blue.query("ALTER TABLE users ENABLE ROW LEVEL SECURITY; ALTER TABLE users FORCE ROW LEVEL SECURITY")
    before = schema(made)
    made.run("replication_link", direction="forward")
    failed = made.run("replication_catchup", timeout=60)
    assert failed["code"] == "BG321"
    assert "public.users" in failed["msg"]
    assert "row-level security" in failed["msg"]
    assert "BYPASSRLS" in failed["msg"]
    assert "keeps the publication, without a slot; green is as it was before the copy" in failed["msg"]
    assert schema(made) == before
    assert made.green.query('SELECT count(*) FROM "Odd ""Name"."Täble 1"') == [(0,)]
    assert left(made.blue) == 1, "the publication stands, no slot keeps WAL"
    made.blue.query("ALTER TABLE users NO FORCE ROW LEVEL SECURITY")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    assert content(made.green) == content(made.blue)


def test_a_row_that_green_refuses_is_no_matter_of_rights(pair: PairFactory) -> None:
    made = pair(green_ddl="ALTER TABLE users ADD CHECK (name = 'nobody')")
    made.succeed("write_gate")
    made.run("replication_link", direction="forward")
    failed = made.run("replication_catchup", timeout=60)
    assert failed["code"] == "BG321"
    assert "the same constraints" in failed["msg"]
    assert "BYPASSRLS" not in failed["msg"]


def test_streams_that_fail_together_are_one_error_and_never_a_worker_without_a_word(pair: PairFactory) -> None:
    made = pair()
    made.succeed("write_gate")
    for table in ("users", '"Odd ""Name"."Täble 1"', "events_2026"):
        made.blue.query(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for number in (1, 2, 3):
        made.run("replication_link", direction="forward")
        assert made.run("replication_catchup", timeout=60)["code"] == "BG321"
        [(attempts,)] = made.green.query("SELECT attempt FROM bluegreen.first_copy")
        assert attempts == number, "no worker died"
