# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: lines are added whole, a page is replaced in one step, no link is followed."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._files.report import (
    append_line,
    replace_page,
    write_files,
)

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


def test_only_what_differs_is_written_and_check_mode_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "shop"
    files: list[dict[str, Any]] = [
        {"name": "page.html", "content": "<p>"},
        {"name": "facts.json", "content": {"b": None, "a": ["\u00e9"]}},
    ]
    told = write_files(str(folder), files, really=False)
    assert (told["changed"], next(each["after"] for each in told["diff"]), folder.exists()) == (True, "<p>", False)
    assert write_files(str(folder), files) == told
    assert json.loads((folder / "facts.json").read_text(encoding="utf-8")) == {"a": ["\u00e9"], "b": None}
    assert [stat.S_IMODE(path.stat().st_mode) & 0o007 for path in (folder, folder / "page.html")] == [0, 0]
    before = (folder / "page.html").stat()
    assert write_files(str(folder), files) == {"changed": False, "diff": []}
    assert (folder / "page.html").stat() == before


def test_what_is_to_be_kept_is_only_written_where_nothing_is(tmp_path: Path) -> None:
    for content in ("first", "second"):
        write_files(str(tmp_path), [{"name": "page", "content": content, "keep": True}])
    assert (tmp_path / "page").read_text(encoding="utf-8") == "first"


@pytest.mark.parametrize("name", ["../page", "sub/page", "", "..", "."])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(MigrationError, match=r"BG297: .* is no name of a file"):
        write_files(str(tmp_path / "shop"), [{"name": name, "content": "x"}])
    assert not list(tmp_path.rglob("page"))


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(MigrationError, match=r"BG297: Reports cannot be written to .*Not a directory"):
        write_files(str(tmp_path / "file" / "shop"), [{"name": "page", "content": "x"}])


def test_the_group_may_read_a_page_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_files(str(tmp_path), [{"name": "page", "content": "x"}])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o640
