# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipe of docs/versioned_migrations.md for tables, partitions and columns that come meanwhile, by playbook.

Its parts have quick tests in replication/test_joining_tables.py.
"""

from __future__ import annotations

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database
from tests.integration.conftest import UP_TO_SYNC, Migration, MigrationFactory

_ROOT = """
SET ROLE {owner};
CREATE TABLE metrics (day date PRIMARY KEY, n int) PARTITION BY RANGE (day);
CREATE TABLE metrics_1 PARTITION OF metrics FOR VALUES FROM ('2027-01-01') TO ('2027-02-01')
"""
_DEPLOY = """
SET ROLE {owner};
CREATE TABLE late_{n} (id int PRIMARY KEY, note text);
CREATE TABLE metrics_{n} PARTITION OF metrics FOR VALUES FROM ('2027-{n}-01') TO ('2027-{n}-28');
ALTER TABLE users ADD COLUMN column_{n} text
"""
_ROWS = """
INSERT INTO late_{n} VALUES (1, 'x');
INSERT INTO metrics VALUES ('2027-{n}-02', {n});
INSERT INTO users (name, column_{n}) VALUES ('of {n}', 'y')
"""
_FOUND = """
SELECT (SELECT note FROM late_{n}), (SELECT n FROM metrics WHERE n = {n}), (SELECT column_{n} FROM users
        WHERE name = 'of {n}')
"""


def _deploy(made: Migration, number: int, *sides: str) -> None:
    """Change the schema on both sides, in this order."""
    for side in sides:
        here = getattr(made, side)
        owner = sql.Identifier(here.roles["owner"].name)
        here.query(sql.SQL(_DEPLOY.replace("{n}", str(number))).format(owner=owner))


def _write(side: Database, number: int) -> None:
    side.query(_ROWS.replace("{n}", str(number)), role="app")


@pytest.mark.soak
def test_what_comes_in_each_phase_goes_to_green_and_back(new_migration: MigrationFactory) -> None:
    made = new_migration()
    made.blue.query(sql.SQL(_ROOT).format(owner=sql.Identifier(made.blue.roles["owner"].name)))
    made.advance("prepare", "setup")
    _deploy(made, 2, "green", "blue")
    _write(made.blue, 2)
    made.advance("setup", *UP_TO_SYNC[2:])
    _deploy(made, 3, "green", "blue")
    _write(made.blue, 3)
    made.advance("setup", "replicate", "sync", "verify", "cutover")
    _deploy(made, 4, "blue", "green")
    made.advance("setup", "sync")
    _write(made.green, 4)
    made.advance("rollback")
    for number in (2, 3, 4):
        for side in (made.green, made.blue):
            assert side.query(_FOUND.replace("{n}", str(number))) == [("x", number, "y")], (number, side)
