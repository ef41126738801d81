# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page while monitor watches."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from tests.integration.conftest import Migration, play


def _pages(file: Path, seen: set[str], ended: threading.Event) -> None:
    while not ended.is_set():
        if file.is_file():
            seen.add(file.read_text(encoding="utf-8"))
        time.sleep(0.1)


def test_the_page_is_rewritten_at_each_reading(migration: Migration) -> None:
    seen: set[str] = set()
    ended = threading.Event()
    looks = threading.Thread(target=_pages, args=(migration.reports / "report.html", seen, ended))
    looks.start()
    try:
        watch = {"bluegreen_monitor_duration": 4, "bluegreen_canary_interval": 2}
        run = play(migration.folder, [migration], "prepare", "setup", "replicate", "monitor", **watch)
    finally:
        ended.set()
        looks.join()
    assert run.status == 0, run.output
    lines = (migration.reports / "measurements.jsonl").read_text(encoding="utf-8").splitlines()
    readings = [one for one in map(json.loads, lines) if one["kind"] == "reading"]
    assert len(readings) >= 2
    assert all(one["lag"]["forward"] is not None and one["in_service"] == "blue" for one in readings)
    live = [page for page in seen if 'id="again" value="2"' in page]
    assert len(live) >= len(readings) - 1, "one page for each reading but the last"
    assert 'id="again"' not in (migration.reports / "report.html").read_text(encoding="utf-8")
    assert "a row takes: forward" in run.output
