# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller and from modules go where they should, whatever links others have planted."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.bluegreen.postgresql.plugins.filter.report_folder import report_folder
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.files import write_lines
from tests.integration.conftest import Migration, play

_ANOTHER = 54321


def given_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a path belong to another user than the one who runs."""
    if os.geteuid() == 0:
        os.chown(path, _ANOTHER, _ANOTHER, follow_symlinks=False)
    monkeypatch.setattr(os, "geteuid", lambda: _ANOTHER + 1)
    return path


def refused(report_dir: Path) -> str:
    """Return why a report folder is refused."""
    with pytest.raises(AnsibleFilterError, match="BG072") as error:
        report_folder(str(report_dir), "shop")
    return str(error.value)


def test_a_playbook_follows_no_link_out_of_the_reports(migration: Migration) -> None:
    reports, elsewhere, victim = (migration.folder / name for name in ("reports", "elsewhere", "victim"))
    (reports / "planted").mkdir(parents=True)
    elsewhere.mkdir(mode=0o700)
    victim.write_text("mine", encoding="utf-8")
    (reports / "linked").symlink_to(elsewhere)
    (reports / "planted" / "runbook.md").symlink_to(victim)
    hosts = [replace(migration, host=host) for host in ("linked", "planted")]
    run = play(migration.folder, hosts, "prepare")
    assert [run.count("failed", each.host) for each in hosts] == [1, 1]
    assert run.output.count("BG072") >= 2
    assert list(elsewhere.iterdir()) == []
    assert elsewhere.stat().st_mode & 0o777 == 0o700
    assert victim.read_text(encoding="utf-8") == "mine"


def test_a_folder_of_ones_own_is_taken_also_behind_a_link_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "real" / "shop").mkdir(parents=True)
    (tmp_path / "reports").symlink_to(tmp_path / "real")
    assert report_folder(str(tmp_path / "reports"), "shop") == str(tmp_path / "reports" / "shop")
    assert report_folder(str(tmp_path / "new"), "a/b".replace("/", ".")) == str(tmp_path / "new" / "a.b")


def test_a_folder_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop").chmod(0o777)
    assert "may be written by everybody" in refused(tmp_path)
    (tmp_path / "shop").chmod(0o750)
    tmp_path.chmod(0o777)
    assert "may be written by everybody" in refused(tmp_path)
    tmp_path.chmod(0o1777)
    assert report_folder(str(tmp_path), "shop")


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given_away(tmp_path, monkeypatch)
    assert "belongs to another user" in refused(tmp_path)


def test_a_link_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "reports").symlink_to(tmp_path / "real")
    given_away(tmp_path / "reports", monkeypatch)
    assert "is a symbolic link of another user" in refused(tmp_path / "reports")
    with pytest.raises(OSError, match="symbolic link of another user"):
        write_lines(str(tmp_path / "reports" / "x"), ["x"])
    assert list((tmp_path / "real").iterdir()) == []


def test_a_module_writes_over_a_link_and_never_through_it(tmp_path: Path) -> None:
    victim, target = tmp_path / "victim", tmp_path / "loss.jsonl"
    victim.write_text("mine", encoding="utf-8")
    for planted in (target, tmp_path / ".loss.jsonl.part", tmp_path / "loss.jsonl.part"):
        planted.symlink_to(victim)
    assert write_lines(str(target), ["a", "b"]) == 2
    assert victim.read_text(encoding="utf-8") == "mine"
    assert (target.is_symlink(), target.read_text(encoding="utf-8")) == (False, "a\nb\n")
    assert target.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / ".loss.jsonl.part").exists()
