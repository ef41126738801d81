# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_lint_info with squawk: the real one where installed, and a stand-in for its failures."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.workplace import unavailable

_FILES = {
    "0001_index.up.sql": "CREATE TABLE plain (id bigint);\nCREATE INDEX plain_id ON users (id);\n",
    "0002_build.up.sql": "-- bluegreen: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS late ON users (id);\n",
}


class Linted:
    """Two empty databases, a folder of migrations, and the module."""

    def __init__(self, sides: tuple[Database, Database], folder: Path, run: ModuleRunner) -> None:
        self._sides, self.folder, self._run = sides, folder, run
        for name, text in _FILES.items():
            (folder / name).write_text(text, encoding="utf-8")

    def lint(self, **changes: Any) -> dict[str, Any]:
        """Run the module."""
        blue, green = (side.endpoint() for side in self._sides)
        own = {"migration": "shop", "blue": blue, "green": green, "directory": str(self.folder)}
        return self._run("schema_lint_info", {**own, **changes})


@pytest.fixture
def linted(database: DatabaseFactory, run_module: ModuleRunner, tmp_path: Path) -> Linted:
    """Give two databases and a folder with two migrations."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    return Linted((database(17), database(18)), folder, run_module)


def _stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    programs = folder.parent / "bin"
    programs.mkdir()
    program = programs / "squawk"
    program.write_text(
        f"#!/bin/sh\n[ \"$1\" = --version ] && echo 'squawk 9.9.9' && exit 0\n{body}\n", encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def test_the_real_one(linted: Linted, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")
    if shutil.which("squawk") is None:
        unavailable("squawk is not installed")

    found = linted.lint()["squawk"]

    assert found["version"][0].isdigit()
    [index] = [one for one in found["findings"] if one["rule"] == "require-concurrent-index-creation"]
    assert (index["file"], index["line"], index["level"]) == ("0001_index.up.sql", 2, "warning")
    assert not [one for one in found["findings"] if one["rule"] == "require-lock-timeout"]
    (linted.folder / ".squawk.toml").write_text(
        'excluded_rules = ["require-concurrent-index-creation"]\n', encoding="utf-8"
    )
    rules = {one["rule"] for one in linted.lint()["squawk"]["findings"]}
    assert "require-concurrent-index-creation" not in rules


def test_without_it_or_without_files_nothing_is_reported(linted: Linted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(linted.folder))
    assert linted.lint()["squawk"] == {"version": None, "findings": []}
    assert linted.lint(directory="")["squawk"] == {"version": None, "findings": []}


@pytest.mark.parametrize("body", ["echo 'no JSON'", 'echo "{}"', "echo '[{}]'", "echo broken >&2; exit 2"])
def test_one_that_gives_no_report_is_an_error(linted: Linted, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    _stand_in(linted.folder, monkeypatch, body)

    refused = linted.lint()

    assert (refused["failed"], refused["code"]) == (True, "BG232")
