# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module: check mode changes nothing and shows what the real run then does; the second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.in_service import journal_of, look_of
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.retired import age, archive_parameters, clean_up, switch
from tests.fixtures.specs import MODULES
from tests.fuzz.recipes import RECIPES, base_of
from tests.integration.comparison.test_repair import allow_repair

pytestmark = pytest.mark.soak
_GATE = "SELECT last_value FROM bluegreen.gate"
_HAS_GATE = "SELECT to_regclass('bluegreen.gate') IS NOT NULL"
_NO_TABLES = 'DROP TABLE users, events; DROP SCHEMA "Odd ""Name" CASCADE; DROP SEQUENCE tickets'
_SPOIL = "SET session_replication_role = replica; UPDATE users SET name = 'planted' WHERE id = 7"

Scene = Callable[[Pair, Path], dict[str, Any]]


def _as_its_recipe(pair: Pair, _folder: Path) -> dict[str, Any]:
    return {}


def _without_tables(pair: Pair, _folder: Path) -> dict[str, Any]:
    pair.green.query(_NO_TABLES)
    return {"pg_bindir": str(pair.green.server.pg_bin)}


def _without_database(pair: Pair, _folder: Path) -> dict[str, Any]:
    pair.green.query(f"ALTER ROLE {pair.green.roles['migrator'].name} CREATEDB")
    return {"green": {**pair.green.endpoint(pair.role), "dbname": f"{pair.green.name} new"}}


def _without_a_role(pair: Pair, _folder: Path) -> dict[str, Any]:
    reader = f"{pair.blue.roles['app'].name}_reader"
    pair.blue.query(f"CREATE ROLE {reader}")
    pair.blue.query(f"GRANT SELECT ON public.users TO {reader}")
    pair.green.query(f"ALTER ROLE {pair.green.roles['migrator'].name} CREATEROLE")
    return {}


def _with_a_version(_pair: Pair, folder: Path) -> dict[str, Any]:
    (folder / "1_add_phone.up.sql").write_text("CREATE TABLE phones (id int PRIMARY KEY);\n", encoding="utf-8")
    (folder / "1_add_phone.down.sql").write_text("DROP TABLE phones;\n", encoding="utf-8")
    return {"directory": str(folder), "pg_bindir": str(_pair.green.server.pg_bin)}


def _with_a_difference(pair: Pair, _folder: Path) -> dict[str, Any]:
    pair.succeed("replication_link", direction="reverse", state="absent")  # it would bring the difference to blue
    pair.green.query(_SPOIL)
    allow_repair(pair.green)
    return {"timeout": 60.0}


def _over(pair: Pair, folder: Path) -> dict[str, Any]:
    switch(pair)
    clean_up(pair)
    return archive_parameters(pair, folder)


def _archived(pair: Pair, folder: Path) -> dict[str, Any]:
    pair.succeed("archive_database", **_over(pair, folder))
    age(pair, 30)
    return {"mode": "revoke", "confirm": pair.blue.name, "after_days": 7}


def _with_routes(pair: Pair, folder: Path) -> dict[str, Any]:
    live = folder / "live.ini"
    place = f"host=127.0.0.1 port={pair.blue.server.port} dbname={pair.blue.name}"
    live.write_text(f"[databases]\nshop = {place}\n", encoding="utf-8")
    files = {f"{name}_file": str(folder / f"{name}.ini") for name in ("live", "blue", "green")}
    console = {"host": "127.0.0.1", "port": 1, "user": "pooler"}
    return {"routes": [{"type": "pgbouncer", "console": console, "databases": ["shop"], **files}]}


def _way_to_blue(pair: Pair, _folder: Path) -> dict[str, Any]:
    return {"application": pair.blue.endpoint("app")}


def _roomy(_pair: Pair, _folder: Path) -> dict[str, Any]:
    return {"timeout": 60.0}


def _switching(_pair: Pair, _folder: Path) -> dict[str, Any]:
    return {"deadline": 30.0, "hold_limit": 5.0, "max_lag_seconds": 30.0}


# What a module needs to have work to do, beside what its recipe says.
SCENES: dict[str, Scene] = {
    "archive_database": _over,
    "consistency_repair": _with_a_difference,
    "cutover": _switching,
    "decommission": _archived,
    "green_database": _without_database,
    "green_roles": _without_a_role,
    "replication_link": _roomy,
    "route_check": _way_to_blue,
    "route_files": _with_routes,
    "schema_copy": _without_tables,
    "schema_version": _with_a_version,
}
_BEFORE_LINKS = {"replication_link"}
# Each of them has work to do in its scene: a check that finds nothing to do would prove nothing.
WORKS = {"backfill", "cutover", "green_database", "green_roles", "migration_journal", "replication_link", "route_files",
         "schema_copy", "schema_version", "write_gate", "archive_database", "consistency_repair", "decommission",
         "embedded_server"}  # fmt: skip


def _past_the_pair(pair: Pair) -> Callable[..., dict[str, Any]]:
    """Return what runs a module that knows no sides."""
    return lambda module, check=False, **own: pair.runner(module, own, check=check, diff=True)


def _facts(pair: Pair, folder: Path) -> list[Any]:
    """Return both databases, their journals and gates, and all files in the folder."""
    sides = [
        (look_of(side), journal_of(side), side.query(_GATE) if side.query(_HAS_GATE)[0][0] else None)
        for side in (pair.blue, pair.green)
    ]
    files = [(path.name, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [*sides, files]


@pytest.mark.parametrize("module", MODULES)
def test_check_mode_tells_what_the_real_run_does(
    module: str, pair: PairFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made, scene = pair(alone=True), SCENES.get(module, _as_its_recipe)
    if RECIPES[module].flows and scene not in (_over, _archived) and module not in _BEFORE_LINKS:
        made.replicate()
        made.succeed("consistency_check")
    elif module in _BEFORE_LINKS:
        made.succeed("write_gate")
    parameters = {**base_of(module, made), **scene(made, tmp_path)}
    before = _facts(made, tmp_path)
    run = made.run if RECIPES[module].common else _past_the_pair(made)
    told = run(module, check=True, **parameters)
    assert _facts(made, tmp_path) == before, "check mode changed something"
    done = run(module, **parameters)
    assert [told.get(key) for key in ("failed", "code", "changed")] == [
        done.get(key) for key in ("failed", "code", "changed")
    ], (told, done)
    if module in WORKS:
        assert done.get("changed"), done.get("msg")
    elif not done.get("changed"):
        assert _facts(made, tmp_path)[-1] == before[-1], "no change was told, and a file was written"
    assert told.get("diff") == done.get("diff")
    if not done.get("failed"):
        again = run(module, **parameters)
        assert (again.get("failed"), again["changed"]) == (None, False), again
