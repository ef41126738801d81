# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versioned migrations that a later phase would refuse: all of them, in the first run."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner

_BAD = {
    "0001_a.up.sql": ("\ufeff-- Bluegreen: at_cutover\n", "BG260"),
    "0002_b.up.sql": ("SELECT 1;\n\\q\n", "BG253"),
    "0003_c.up.sql": ("ROLLBACK;\n", "BG226"),
    "0004_d.up.sql": ("\\ir nowhere.inc\n", "BG253"),
    "0005_e.up.sql": ("-- bluegreen: at_cutover\nCOMMIT;\n", "BG261"),
}


def test_every_file_that_would_be_refused_is_named_at_once(
    database: DatabaseFactory, run_module: ModuleRunner, tmp_path: Path
) -> None:
    sides = {"blue": database(17).endpoint(), "green": database(18).endpoint()}
    told = {"migration": "shop", **sides, "trial_restore": False, "schema_migrations": str(tmp_path)}

    def found() -> list[str]:
        findings = run_module("preflight_info", told)["findings"]
        return [one["what"] for one in findings if f"{one['code']} {one['side']}" == "BG254 green"]

    for name, (text, _code) in _BAD.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name, (_text, code) in _BAD.items():
        assert any(name in one and one.endswith(f"({code})") for one in found()), name
    assert len(found()) == len(_BAD)

    for name in _BAD:
        (tmp_path / name).write_text("SELECT 1;\n", encoding="utf-8")
    assert found() == []
    (tmp_path / "0002_b.up.sql").write_text("-- bluegreen: at_cutover\nSELECT 1;\n", encoding="utf-8")
    assert [one for one in found() if one.endswith("(BG262)")] == found() != []
    told["schema_migrations"] = str(tmp_path / "nowhere")
    assert [one for one in found() if one.endswith("(BG220)")] == found() != []
