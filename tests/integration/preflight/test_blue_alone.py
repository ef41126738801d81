# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where green cannot be reached yet, one run tells that along with all that can be found without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.dumps import dump_of
from tests.fixtures.modules import ModuleRunner
from tests.integration.preflight.test_preflight import SCHEMA

_UNREACHED: dict[str, dict[str, Any]] = {
    "BG003": {"port": 1},
    "BG004": {"password": "wrong"},
    "BG005": {"dbname": "not there yet"},
}


@pytest.fixture
def pair(database: DatabaseFactory) -> tuple[Database, Database]:
    """Give 17 and an empty 18, with a schema on blue that has a table without a key."""
    blue, green = database(17), database(18)
    blue.query(SCHEMA, role="owner")
    blue.query("CREATE TABLE keyless (id int)", role="owner")
    return blue, green


def _asked(blue: Database, green: Database, code: str, **more: Any) -> dict[str, Any]:
    return {
        "migration": "shop",
        "blue": blue.endpoint(),
        "green": {**green.endpoint(), **_UNREACHED[code]},
        **more,
    }


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("code", _UNREACHED)
def test_one_run_tells_that_green_is_missing_and_what_else_is_wrong(
    pair: tuple[Database, Database], run_module: ModuleRunner, tmp_path: Path, code: str, *, check: bool
) -> None:
    blue, green = pair
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    (migrations / "1_a.up.sql").write_text("-- bluegreen before_copy\nSELECT 1;\n", encoding="utf-8")
    before = dump_of(blue)
    result = run_module(
        "preflight_info",
        _asked(
            blue, green, code, schema_migrations=str(migrations), backup_proof={"file": str(tmp_path / "none")},
            routes=[{"type": "hook", **{verb: ["/bin/false"] for verb in ("observe", "hold", "switch", "release")}}],
            health_checks=[{"name": "asks green", "sql": "SELEKT"}, {"name": "none", "command": ["/no/such/program"]}],
        ),
        check=check,
    )  # fmt: skip
    assert not result.get("failed"), result
    found = {f"{one['code']} {one['side']}" for one in result["findings"]}
    assert {
        f"{code} green",
        "BG145 blue",
        "BG254 green",
        "BG286 green",
        "BG291 blue",
        "BG294 blue",
        "BG298 blue",
    } <= found
    assert result["findings"][0]["code"] == code
    assert {one for one in found if one.endswith("green")} == {f"{code} green", "BG254 green", "BG286 green"}
    assert result["blocked"]
    assert dump_of(blue) == before


def test_a_pooler_s_file_is_foreseen_though_no_host_of_green_answers(
    pair: tuple[Database, Database], run_module: ModuleRunner, tmp_path: Path
) -> None:
    blue, green = pair
    pooler = {
        "type": "pgbouncer",
        "databases": [blue.name],
        "live_file": str(tmp_path / "live.ini"),
        "blue_file": str(tmp_path / "blue.ini"),
        "green_file": str(tmp_path / "green.ini"),
        "console": {"host": "127.0.0.1", "port": 1, "user": "nobody", "dbname": "pgbouncer"},
    }
    asked = _asked(blue, green, "BG003", routes=[pooler])
    asked["green"] |= {"host": "127.0.0.1,127.0.0.1", "port": "1,2"}
    result = run_module("preflight_info", asked)
    assert not result.get("failed"), result
    assert {("BG003", "green"), ("BG145", "blue")} <= {(one["code"], one["side"]) for one in result["findings"]}


@pytest.mark.parametrize("code", _UNREACHED)
def test_prepare_begins_and_no_other_phase_does(
    pair: tuple[Database, Database], run_module: ModuleRunner, code: str
) -> None:
    blue, green = pair
    assert run_module("phase_info", _asked(blue, green, code, phase="prepare"))["does"] == "work"
    assert run_module("phase_info", _asked(blue, green, code, phase="setup"))["failed"]


def test_nobody_accepts_that_green_is_missing(pair: tuple[Database, Database], run_module: ModuleRunner) -> None:
    blue, green = pair
    accepted = [{"code": "BG005", "reason": "it will come"}]
    result = run_module("preflight_info", _asked(blue, green, "BG005", accepted=accepted))
    assert result.get("failed") or result["blocked"]


def test_once_the_migration_is_on_blue_it_is_an_error(
    pair: tuple[Database, Database], run_module: ModuleRunner
) -> None:
    blue, green = pair
    ends: dict[str, Any] = {
        "migration": "shop",
        "blue": blue.endpoint("superuser"),
        "green": green.endpoint("superuser"),
    }
    assert not run_module("write_gate", ends).get("failed")
    asked = {**ends, "green": {**ends["green"], **_UNREACHED["BG003"]}}
    assert run_module("preflight_info", asked)["code"] == "BG003"
    assert run_module("phase_info", {**asked, "phase": "prepare"})["failed"]
