# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: lines are added whole, a page is replaced in one step, no link is followed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.plugin_utils.report_files import append_line, replace_page

_FILE = "measurements.jsonl"


def test_lines_are_added_whole_even_after_one_that_was_cut_short(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "shop"
    append_line(str(folder), "one")
    with (folder / _FILE).open("a", encoding="utf-8") as file:
        file.write("cut sh")
    append_line(str(folder), "two")
    assert (folder / _FILE).read_text(encoding="utf-8") == "one\ncut sh\ntwo\n"
    assert not stat.S_IMODE((folder / _FILE).stat().st_mode) & 0o007


def test_a_link_in_the_place_of_the_measurements_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("", encoding="utf-8")
    (tmp_path / _FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        append_line(str(tmp_path), "one")
    assert not (tmp_path / "elsewhere").read_text(encoding="utf-8")


def test_a_page_replaces_a_link_and_what_an_earlier_run_left(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("theirs", encoding="utf-8")
    page = tmp_path / "report.html"
    page.symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".report.html.part").write_text("of a killed run", encoding="utf-8")
    replace_page(page, "<p>ours")
    assert (page.is_symlink(), page.read_text(encoding="utf-8")) == (False, "<p>ours")
    assert (tmp_path / "elsewhere").read_text(encoding="utf-8") == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "report.html"]
