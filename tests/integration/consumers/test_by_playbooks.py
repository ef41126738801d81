# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bluegreen_consumers says reaches every phase that asks for it."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Migration


@pytest.mark.soak
def test_every_phase_that_asks_is_told(migration: Migration) -> None:
    slot = f"cdc_{migration.blue.name}"
    migration.blue.query("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')", slot)
    refused = migration.play("prepare")
    assert refused.status == 2
    assert f"BG163 blue: Logical slot {slot} (test_decoding), read by nobody now" in refused.output
    migration.variables["bluegreen_consumers"] = [{"slot": slot}]
    moved = migration.play("migrate", bluegreen_approve_cutover=True)
    assert moved.status == 0, moved.output
    assert f"<td>{slot}</td><td>blue</td><td>test_decoding</td><td>nobody</td>" in _page(migration)
    assert "<td>it is to move before cleanup</td>" in _page(migration)
    shown = migration.play("status")
    assert f"consumer on blue: {slot} (test_decoding), read by nobody now" in shown.output
    assert f"consumers: yes (the logical slots of blue): {slot} (test_decoding)" in shown.output
    for options in (("--check",), ()):
        refused = migration.play("cleanup", *options)
        assert refused.status == 2
        assert "BG707: Blue, which is out of service, still has 1 logical slot(s)" in refused.output
    migration.variables["bluegreen_consumers"] = [{"slot": slot, "leave": "it ends with blue"}]
    migration.advance("cleanup")
    assert "<td>it stays: it ends with blue</td>" in _page(migration)


def _page(migration: Migration) -> str:
    return (migration.reports / "report.html").read_text(encoding="utf-8")


@pytest.mark.soak
def test_setup_gives_green_the_publication(migration: Migration) -> None:
    migration.blue.query("CREATE PUBLICATION orders_cdc FOR TABLE users WITH (publish = 'insert')", role="owner")
    migration.variables["bluegreen_consumers"] = [{"slot": "to_come", "publication": "orders_cdc"}]
    migration.advance("prepare", "setup")
    published = "SELECT tablename, pubinsert, pubupdate FROM pg_publication_tables JOIN pg_publication USING (pubname)"
    assert migration.green.query(published) == [("users", True, False)]
    assert migration.changed_by("setup") == 0
