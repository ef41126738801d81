# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a real migration, looked at in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.integration.conftest import UP_TO_SYNC, Migration
from tests.integration.report.browsing import look

_HOSTILE = 'Weird "%s" <b>Name</b> {{ 7*7 }}'


def _facts(page: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="facts">(.*)</script>', page.read_text(encoding="utf-8"))
    assert found is not None
    facts: dict[str, Any] = json.loads(found[1])
    return facts


@pytest.mark.soak
def test_the_report_of_three_switches_and_a_failure(migration: Migration, browser: Browser, tmp_path: Path) -> None:
    migration.blue.query(f'CREATE TABLE "{_HOSTILE.replace(chr(34), chr(34) * 2)}" (id int PRIMARY KEY)', role="owner")
    migration.advance(*UP_TO_SYNC)
    dead = {"type": "json", "name": "pager", "url": "http://127.0.0.1:9/", "timeout": 1}
    refused = migration.play("cutover", bluegreen_approval={"row": True}, bluegreen_notify=[dead])
    assert refused.status == 2, refused.output
    migration.advance("cutover", "rollback", "cutover")
    watched = migration.play("monitor", bluegreen_monitor_duration=4, bluegreen_canary_interval=1)
    assert watched.status == 0, watched.output
    page = migration.reports / "report.html"
    facts = _facts(page)
    answers = {one["label"]: one["value"] for one in facts["verdict"]}
    assert (answers["In service"], answers["Rows equal"]) == ("Green", "3 of 3 tables")
    assert [row["target"] for row in facts["journal"] if row["event"] == "switch"] == ["green", "blue", "green"]
    readings = facts["measurements"]["readings"]
    assert len(readings) >= 2, "each reading is kept"
    assert all(one["lag"]["reverse"] is not None for one in readings)
    text = page.read_text(encoding="utf-8")
    assert "<b>Name</b>" not in text
    assert "7*7" in text
    assert "pager was not told of cutover (waiting)" in text
    assert "plans are not compared: this database has no extension pg_stat_statements" in text
    for side in (migration.blue, migration.green):
        assert str(side.endpoint()["password"]) not in text
    assert migration.changed_by("monitor") == 0, "newer measurements are no change"
    look(browser, page, tmp_path)
    look(browser, page.parents[1] / "index.html", tmp_path)
    _ends(migration, page)
    look(browser, page, tmp_path / "ended")


def _ends(migration: Migration, page: Path) -> None:
    """End the migration: its page keeps the whole story, and claims nothing about a way back that is gone."""
    before = _facts(page)
    migration.advance("cleanup")
    facts = _facts(page)
    answers = {one["label"]: one["value"] for one in facts["verdict"]}
    assert (answers["In service"], answers["Rows equal"]) == ("Green", "3 of 3 tables")
    assert answers["Way back"] == "Ended"
    ended = [row for row in facts["journal"] if row["event"] == "phase"]
    assert [row["details"]["phase"] for row in ended[-2:]] == ["monitor", "cleanup"]
    told = {json.dumps(row, sort_keys=True) for row in facts["journal"]}
    assert {json.dumps(row, sort_keys=True) for row in before["journal"]} <= told, "blue's half is kept from before"
    assert facts["measurements"] == before["measurements"]
    assert answers["Needs a person"] == "Nothing", facts["verdict"]
