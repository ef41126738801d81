# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions that other tools have recorded."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_versions import Versions

_TABLES = """
CREATE SCHEMA a; CREATE SCHEMA b;
CREATE TABLE flyway_schema_history (installed_rank int, version varchar(50), success boolean);
INSERT INTO flyway_schema_history VALUES (1, '1', true), (2, '7.1', true), (3, NULL, true), (4, '8', false);
CREATE TABLE alembic_version (version_num varchar(32));
INSERT INTO alembic_version VALUES ('ae1027a6acf'), ('1975ea83b712');
CREATE TABLE a.schema_migrations (version bigint, dirty boolean);
INSERT INTO a.schema_migrations VALUES (12, true);
CREATE TABLE b.schema_migrations (version varchar);
CREATE TABLE b.alembic_version (other int);
GRANT USAGE ON SCHEMA a, b TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA public, a, b TO PUBLIC;
"""


def test_four_tools_are_known(database: DatabaseFactory, run_module: ModuleRunner, tmp_path: Path) -> None:
    made = Versions(database(17), database(18), tmp_path, run_module)
    made.green.query(_TABLES)

    told = made.move()["other_tools"]

    assert told == [
        {"tool": "golang-migrate", "table": "a.schema_migrations", "version": "12 (dirty)"},
        {"tool": "dbmate", "table": "b.schema_migrations", "version": None},
        {"tool": "Alembic", "table": "public.alembic_version", "version": "1975ea83b712, ae1027a6acf"},
        {"tool": "Flyway", "table": "public.flyway_schema_history", "version": "7.1"},
    ]
