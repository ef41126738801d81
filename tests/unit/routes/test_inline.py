# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries in PgBouncer's own configuration move into a file that it includes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.bouncer_files import PreparedFiles
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.bouncer_inline import Inline, moves_out
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.contract import FileChange
from ansible_collections.bluegreen.postgresql.plugins.module_utils._routers.places import InvalidFile

_BEFORE = """\
;; PgBouncer as a package ships it
[pgbouncer]
listen_port = 6432

[DataBases]
; the shop
shop = host=db17 password=hidden

reports = host=warehouse

; who may look
[users]
app = pool_mode=session
"""
_SECTION = """\
[DataBases]
; the shop
shop = host=db17 password=hidden

reports = host=warehouse
"""


def _files(folder: Path, text: str = _BEFORE) -> tuple[PreparedFiles, str]:
    main = folder / "pgbouncer.ini"
    main.write_text(text, encoding="utf-8")
    live, blue, green = (str(folder / f"{name}.ini") for name in ("live", "blue", "green"))
    return PreparedFiles(live, blue, green), str(main)


def _moved(files: PreparedFiles, main: str, *databases: str) -> list[FileChange]:
    return moves_out(files, main, databases or ("shop",), allowed=True)


def test_the_section_moves_whole_and_nothing_else_changes(tmp_path: Path) -> None:
    files, main = _files(tmp_path)
    copy, live, last = _moved(files, main, "shop", "reports")
    assert (copy.path, copy.text, copy.like) == (f"{main}.before-bluegreen", _BEFORE, main)
    assert (live.path, live.text, live.like) == (files.live, _SECTION, main)
    assert (last.path, last.text) == (main, _BEFORE.replace(_SECTION, f"%include {files.live}\n"))
    assert last.shown == f"lines 5 to 9 of {main} become `%include {files.live}`"
    assert "hidden" not in last.shown


def test_a_section_at_the_end_moves_as_well(tmp_path: Path) -> None:
    files, main = _files(tmp_path, "[pgbouncer]\nlisten_port = 1\n[databases]\nshop = host=a")
    _copy, live, last = _moved(files, main)
    assert live.text == "[databases]\nshop = host=a"
    assert last.text == f"[pgbouncer]\nlisten_port = 1\n%include {files.live}\n"


def test_without_a_word_it_is_only_told(tmp_path: Path) -> None:
    files, main = _files(tmp_path)
    with pytest.raises(Inline, match=r"its entries are lines 5 to 9 of .*pgbouncer\.ini") as told:
        moves_out(files, main, ("shop",), allowed=False)
    assert "hidden" not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        "%include {live}\n[pgbouncer]\n[databases]\nshop = host=a\n",
        "[pgbouncer]\nlisten_port = 1\n",
        "[databases]\nother = host=a\n",
        "[databases]\nshop = host=a\n[databases]\nshop = host=b\n",
    ],
)
def test_what_is_included_or_is_not_clear_stays(tmp_path: Path, text: str) -> None:
    files, main = _files(tmp_path, text.format(live=tmp_path / "live.ini"))
    Path(files.live).write_text("[databases]\n", encoding="utf-8")
    assert _moved(files, main) == []
    assert moves_out(files, "", ("shop",), allowed=True) == []


def test_a_run_that_ended_too_early_goes_on_where_it_was(tmp_path: Path) -> None:
    files, main = _files(tmp_path)
    for change in _moved(files, main)[:2]:
        Path(change.path).write_text(change.text, encoding="utf-8")
    [last] = _moved(files, main)
    Path(main).write_text(last.text, encoding="utf-8")
    assert _moved(files, main) == []


@pytest.mark.parametrize("name", ["live.ini", "pgbouncer.ini.before-bluegreen"])
def test_somebody_elses_file_is_not_overwritten(tmp_path: Path, name: str) -> None:
    files, main = _files(tmp_path)
    (tmp_path / name).write_text("[databases]\n", encoding="utf-8")
    with pytest.raises(InvalidFile, match="says something else; move it away"):
        _moved(files, main)


def test_a_name_that_cannot_be_included_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    files, main = _files(folder)
    with pytest.raises(InvalidFile, match="has a space in its name"):
        _moved(files, main)


def test_files_are_read_as_they_will_be_behind_a_link_too(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    files, main = _files(real)
    link = tmp_path / "link"
    link.symlink_to(real)
    planned = files.once_written({str(link / "live.ini"): "x", main: "y"})
    assert planned.texts([files.live, str(link / "pgbouncer.ini")]) == ["x", "y"]
    assert planned.exists(str(link / "live.ini"))
    assert not planned.exists(str(real / "blue.ini"))
