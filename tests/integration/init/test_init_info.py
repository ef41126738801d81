# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module behind the playbook init: any names, any role that can log in, and no secret."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import conninfo
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.init.pooler import is_pooler
from demo.commands import run_command
from tests.fixtures.bouncers import BouncerFactory
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.hostile_names import EVERYTHING
from tests.fixtures.modules import ModuleRunner

_MEMBERS = """
SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
WHERE r.rolname = %s AND NOT starts_with(g.rolname::text, 'pg_') ORDER BY 1
"""


def _run_sql(folder: Path, name: str, side: Database, psql: str) -> str:
    place = conninfo({key: str(value) for key, value in {**side.endpoint("superuser"), "dbname": "postgres"}.items()})
    told = {"BLUEGREEN_PASSWORD": secrets.token_urlsafe(12)}
    status, output, errors = run_command([psql, "-X", "-d", place, "-f", str(folder / name)], environ_update=told)
    assert status == 0, errors
    return output + errors


def test_files_with_any_names_run_and_grant_nothing_else(
    database: DatabaseFactory, run_module: ModuleRunner, tmp_path: Path
) -> None:
    name = f"{EVERYTHING} db"
    sides = {"blue": database(17, name=name), "green": database(18, name=name)}
    prefix = sides["blue"].roles["app"].name
    role, root = f"{prefix}_m{EVERYTHING}", f"{prefix}_s{EVERYTHING}"
    sides["blue"].query(sql.SQL("CREATE ROLE {} SUPERUSER").format(sql.Identifier(root)))
    sides["blue"].query("CREATE TABLE of_a_superuser (id int PRIMARY KEY)")
    sides["blue"].query(sql.SQL("ALTER TABLE of_a_superuser OWNER TO {}").format(sql.Identifier(root)))
    sides["blue"].query("ALTER TABLE of_a_superuser ENABLE ROW LEVEL SECURITY")

    result = run_module("init_info", {"migration": "shop", "role": role, **_ends(sides, "app")})
    assert not result.get("failed"), result
    assert root in result["owners"]
    for file in result["files"]:
        (tmp_path / file["name"]).write_text(file["content"], encoding="utf-8")
    psql = str(sides["green"].server.pg_bin / "psql")
    owner = sides["blue"].roles["owner"].name
    for each in (each for each in sides for _twice in range(2)):
        assert "ERROR" not in _run_sql(tmp_path, f"before_{each}.sql", sides[each], psql)
        members = [row[0] for row in sides[each].query(_MEMBERS, role) if not row[0].endswith("_migrator")]
        assert members == [owner]
        asked = "SELECT rolsuper, rolreplication, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s"
        assert sides[each].query(asked, role) == [(False, True, True, False)]
    for each, side in sides.items():
        assert "ERROR" not in _run_sql(tmp_path, f"after_{each}.sql", side, psql)
        assert side.query("SELECT 1 FROM pg_roles WHERE rolname = %s", role) == []


def test_tables_that_cannot_follow_are_told_and_nothing_is_decided(
    database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    sides = {"blue": database(17), "green": database(18)}
    sides["blue"].query(
        "CREATE UNLOGGED TABLE cache (id int PRIMARY KEY); CREATE TABLE keyless (n int);"
        "CREATE TABLE whole (n int); ALTER TABLE whole REPLICA IDENTITY FULL; CREATE TABLE keyed (id int PRIMARY KEY)"
    )
    result = run_module("init_info", {"migration": "shop", **_ends(sides, "app")})
    assert result["left_behind"] == ["public.cache is unlogged", "public.keyless has no replica identity"]
    [inventory] = [file["content"] for file in result["files"] if file["name"] == "inventory.yml"]
    assert "bluegreen_exclude_tables: []" in inventory
    assert '#   - "public.cache"    # is unlogged' in inventory


def test_a_password_that_is_also_a_name_is_refused(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    sides = {"blue": database(17), "green": database(18)}
    app = sides["blue"].roles["app"].name
    sides["blue"].query(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(app), sql.Literal(app)))
    ends = _ends(sides, "app")
    result = run_module("init_info", {"migration": "shop", **ends, "blue": {**ends["blue"], "password": app}})
    assert result["code"] == "BG759"


def test_the_same_database_is_not_taken_for_two(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    blue = database(17)
    result = run_module("init_info", {"migration": "shop", **_ends({"blue": blue, "green": blue}, "app")})
    assert result["code"] == "BG006"


@pytest.mark.parametrize("there", ["pooler", "server", "nobody"])
def test_a_pooler_is_told_from_a_server(there: str, database: DatabaseFactory, pgbouncer: BouncerFactory) -> None:
    blue = database(17)
    if there == "pooler":
        port = str(pgbouncer({"shop": blue}).port)
    else:
        port = str(blue.server.port) if there == "server" else "1"
    assert is_pooler("127.0.0.1", port) == (there == "pooler")


def _ends(sides: dict[str, Database], role: Any) -> dict[str, Any]:
    return {side: sides[side].endpoint(role) for side in sides}
