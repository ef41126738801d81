# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook prepare: every reason in one run, and nothing at all on blue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from psycopg2 import sql

from tests.fixtures.dumps import dump_of
from tests.integration.conftest import MigrationFactory

_CAUSES = (
    (
        "BG136",
        "CREATE ROLE {role}; GRANT SELECT ON users TO {role}; CREATE POLICY theirs ON users TO {role} USING (true)",
    ),
    ("BG145", "SET ROLE {owner}; CREATE TABLE keyless (n int); RESET ROLE"),
    ("BG151", "SET ROLE {owner}; CREATE UNLOGGED TABLE cache (id int PRIMARY KEY); RESET ROLE"),
    ("BG152", "SELECT lo_create(0)"),
    ("BG271", "CREATE VIEW of_postgres AS SELECT 1 AS one"),
    ("BG272", "CREATE FUNCTION sealed() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'"),
    ("BG273", "CREATE EXTENSION pageinspect"),
    (
        "BG274",
        (
            "CREATE COLLATION elsewhere (PROVIDER = libc, LOCALE = 'C.UTF-8');"
            "UPDATE pg_collation SET collcollate = 'xx_XX', collctype = 'xx_XX' WHERE collname = 'elsewhere'"
        ),
    ),
    ("BG275", "CREATE FOREIGN DATA WRAPPER far"),
    (
        "BG276",
        (
            "CREATE FUNCTION pg_catalog.given_up() RETURNS int LANGUAGE sql AS 'SELECT 1';"
            "CREATE VIEW old AS SELECT pg_catalog.given_up() AS one"
        ),
    ),
)
_PHASES = "SELECT details->>'phase', details->>'state' FROM bluegreen.journal WHERE event = 'phase' ORDER BY id"


@pytest.mark.soak
@pytest.mark.parametrize(("blue", "green"), [pytest.param(14, 17, marks=pytest.mark.soak), (17, 18)])
def test_blue_is_the_same_to_the_byte_whether_prepare_fails_or_passes(
    new_migration: MigrationFactory, blue: int, green: int
) -> None:
    migration = new_migration(blue=blue, green=green)
    if blue < 16:  # only a superuser subscribes there
        for side in ("blue", "green"):
            migration.variables[f"bluegreen_{side}"] = getattr(migration, side).endpoint("superuser")
    migration.blue.query("CREATE TABLE keyless (n int)", role="owner")
    before = dump_of(migration.blue), dump_of(migration.green)
    refused = migration.play("prepare")
    assert refused.status == 2
    assert "BG145" in refused.output
    assert (dump_of(migration.blue), dump_of(migration.green)) == before

    migration.variables["bluegreen_accept"] = [{"code": "BG145", "object": "public.keyless", "reason": "a test"}]
    assert "BG145 cannot be accepted" in migration.play("prepare").output
    assert dump_of(migration.blue) == before[0]

    del migration.variables["bluegreen_accept"]
    migration.blue.query("ALTER TABLE keyless REPLICA IDENTITY FULL", role="owner")
    before = dump_of(migration.blue), before[1]
    migration.advance("prepare")
    assert dump_of(migration.blue) == before[0]
    assert migration.green.query(_PHASES) == [("prepare", "done")]
    assert migration.changed_by("prepare") == 0
    assert "prepare: done" in (migration.reports / "runbook.md").read_text(encoding="utf-8")
    assert "preflight has passed, and nothing else was done" in migration.play("status").output
    assert migration.changed_by("rollback") > 0
    assert dump_of(migration.blue) == before[0]


@pytest.mark.soak
def test_another_green_than_the_one_that_was_looked_at_is_not_set_up(new_migration: MigrationFactory) -> None:
    migration = new_migration()
    migration.advance("prepare")
    other = new_migration()
    migration.variables["bluegreen_green"] = other.green.endpoint()
    run = migration.play("setup")
    assert run.status == 2
    assert "BG712: " in run.output


@pytest.mark.parametrize(("blue", "green"), [pytest.param(14, 17, marks=pytest.mark.soak), (17, 18)])
def test_one_prepare_names_every_cause_once_with_its_way_out(
    new_migration: MigrationFactory, tmp_path: Path, blue: int, green: int
) -> None:
    migration = new_migration(blue=blue, green=green)
    if blue < 16:  # only a superuser subscribes there
        migration.variables["bluegreen_blue"] = migration.blue.endpoint("superuser")
    role = sql.Identifier(f"{migration.blue.roles['app'].name}_reporter")
    owner = sql.Identifier(migration.blue.roles["owner"].name)
    with migration.blue.connect() as session, session.cursor() as cursor:
        cursor.execute("SET allow_system_table_mods = on")
        for _code, statement in _CAUSES:
            cursor.execute(sql.SQL(statement).format(role=role, owner=owner))
    (tmp_path / "occupied").write_text("no folder", encoding="utf-8")
    nowhere = {"host": "127.0.0.1", "port": "1", "dbname": "nowhere", "user": "nobody"}
    files = {name: str(tmp_path / name) for name in ("live_file", "blue_file", "green_file")}
    migration.variables |= {
        "bluegreen_routes": [{"type": "pgbouncer", "console": nowhere, "databases": ["shop"], **files}],
        "bluegreen_application": nowhere,
        "bluegreen_backup_proof": {"command": ["/bin/false"]},
        "bluegreen_health_checks": [{"name": "nobody listens", "url": "http://127.0.0.1:9/"}],
        "bluegreen_log_check": ["/no/such/program"],
        "bluegreen_window": {"start": "tomorrow"},
        "bluegreen_report_dir": str(tmp_path / "occupied"),
    }
    before = dump_of(migration.blue), dump_of(migration.green)
    run = migration.play("prepare")
    assert (dump_of(migration.blue), dump_of(migration.green)) == before
    assert run.status == 2
    told = run.output.rpartition("PLAY RECAP")[2]
    reasons = re.findall(r"^ +- (BG\d{3})\b.*\. \S.*$", told, re.MULTILINE)
    expected = [
        *(code for code, _statement in _CAUSES),
        "BG289",
        "BG291",
        "BG291",
        "BG293",
        "BG294",
        "BG298",
        "BG298",
        "BG297",
    ]
    assert reasons == expected, told
    assert f"BG710: Preflight found {len(reasons)} reasons not to begin" in told
    assert "Traceback" not in run.output
