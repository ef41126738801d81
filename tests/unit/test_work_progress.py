# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work keeps its line where its action reads it, for as long as it is under way."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.progress import Amount, work_name
from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.progress import how_to_read
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows import progress
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.progress import Progress


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Give the warnings of work whose lines lie in a folder of the test's, and come quickly."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "odd folder"))
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0.01)
    return []


def _shown() -> str:
    command = how_to_read(work_name("orders", "archive_database"))
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False).stdout


def _await_line() -> str:
    limit = time.monotonic() + 30
    while not (line := _shown()):
        assert time.monotonic() < limit
        time.sleep(0.01)
    return line


def test_a_line_is_there_while_the_work_is_under_way_and_no_longer(warnings: list[str]) -> None:
    work = Progress("orders", "archive_database", warnings.append, shown=True)
    with work.counting("read", "tables") as told:
        assert _shown() == ""
        told(3, 12)
        assert _await_line().startswith("read 3 of 12 tables")
    assert (_shown(), warnings) == ("", [])


def test_check_mode_keeps_no_line(warnings: list[str]) -> None:
    with Progress("orders", "archive_database", warnings.append, shown=False).of("read", lambda: Amount(1)):
        time.sleep(0.1)
        assert _shown() == ""


def test_what_cannot_be_measured_for_a_moment_is_told_later(warnings: list[str], tmp_path: Path) -> None:
    missing = tmp_path / "dump"
    with Progress("orders", "archive_database", warnings.append, shown=True).of(
        "dumped", lambda: Amount(len(list(missing.iterdir())))
    ):
        time.sleep(0.1)
        assert _shown() == ""
        missing.mkdir()
        assert _await_line() == "dumped 0 bytes\n"


def test_a_folder_that_cannot_be_written_stops_no_work(warnings: list[str], tmp_path: Path) -> None:
    (tmp_path / "odd folder").write_text("in the way", encoding="utf-8")
    with Progress("orders", "archive_database", warnings.append, shown=True).of("read", lambda: Amount(1)):
        time.sleep(0.2)
    [warning] = warnings
    assert warning.startswith("Progress is not shown: ")
