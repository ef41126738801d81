# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile names of tables: in reports and at the terminal they stay names, and forge nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from psycopg2 import sql

from tests.fixtures.modules import ModuleRunner
from tests.integration.conftest import Migration, MigrationFactory, play

_FORGED = "## 2026-01-01 00:00:00 cutover: done"
_ROW = "| forged | failed |"
_HOSTILE = (f"x\n```\n{_FORGED}", f"y\n{_ROW}\nok: [shop]", "z\x1b[2J\x9b31m \u202e`<b>")  # 63 bytes at most
_OBEYED = ("\x1b", "\x9b", "\u202e")


def _with_hostile_tables(migration: Migration) -> Migration:
    """Give blue tables that the reports have to name."""
    owner = sql.Identifier(migration.blue.roles["owner"].name)
    for name in map(sql.Identifier, _HOSTILE):
        made = "SET ROLE {}; CREATE TABLE {} (n int); ALTER TABLE {} REPLICA IDENTITY FULL; INSERT INTO {} VALUES (1)"
        migration.blue.query(sql.SQL(made).format(owner, name, name, name))
    return migration


def _require_no_forgery(migration: Migration, output: str) -> None:
    pages = [page.read_text(encoding="utf-8") for page in migration.reports.glob("*.md")]
    assert pages
    assert any("2026-01-01 00:00:00 cutover: done" in page for page in pages), "no report names the table"
    tokens = [token for page in pages for token in MarkdownIt("commonmark").enable("table").parse(page)]
    headings = {after.content for token, after in pairwise(tokens) if token.type == "heading_open"}
    cells = {after.content for token, after in pairwise(tokens) if token.type == "td_open"}
    assert (_FORGED.removeprefix("## ") in headings, "forged" in cells) == (False, False)
    assert not [line for line in output.splitlines() if line.startswith(("ok: [shop]", "## ", "| "))]
    assert not [char for char in _OBEYED for text in [*pages, output] if char in text]


def test_a_tables_name_forges_nothing(migration: Migration, run_module: ModuleRunner) -> None:
    _with_hostile_tables(migration)
    told = {"error": f"No such table: {_HOSTILE[0]}", "task": _HOSTILE[1], "observations": [_HOSTILE[2], _HOSTILE[1]]}
    phase = {
        "migration": migration.host, "blue": migration.blue.endpoint(), "green": migration.green.endpoint(),
        "phase": "prepare",
    }  # fmt: skip
    assert run_module("migration_journal", phase)["changed"]
    assert run_module("migration_journal", {**phase, "state": "failed", "details": told})["changed"]
    prepared = migration.play("prepare", "-vv")
    assert prepared.status == 0, prepared.output
    _require_no_forgery(migration, prepared.output)


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [(14, 17), (17, 18)])
def test_a_tables_name_forges_nothing_in_any_phase(new_migration: MigrationFactory, blue: int, green: int) -> None:
    made = _with_hostile_tables(new_migration(blue, green))
    if blue < 16:
        made.variables["bluegreen_blue"] = made.blue.endpoint("superuser")
    for playbook in ("migrate", "status", "verify", "rollback", "cleanup"):
        run = made.play(playbook, "-vv", bluegreen_approve_cutover=True)
        assert run.status == 0, run.output
        _require_no_forgery(made, run.output)


@pytest.mark.soak
def test_each_migration_has_a_folder_of_its_own_below_the_reports(migration: Migration) -> None:
    named = {host: replace(migration, host=host) for host in ("a.b", "a_b", "up", "lines", "hidden")}
    for host, name in (("up", "../../up"), ("lines", "x\ny"), ("hidden", ".hidden")):
        named[host].variables = {**migration.variables, "bluegreen_migration": name}
    run = play(migration.folder, list(named.values()), "prepare")
    assert [run.count("failed", host) for host in named] == [0, 0, 1, 1, 1], run.output
    assert run.output.count("BG071") >= 3
    assert sorted(path.name for path in (migration.folder / "reports").iterdir()) == ["a.b", "a_b"]
