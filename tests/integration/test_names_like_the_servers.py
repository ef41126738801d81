# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas and roles whose names begin like the server's own are the user's, whatever a backslash means by default."""

from __future__ import annotations

import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database, DatabaseFactory, run_statement
from tests.fixtures.migrations import Pair
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import load

_SCHEMAS = ("pgboss", "pgmq", "pgq", "pgAgent", "pg", "pgtoast", "pgtemp_1", "information", "bluegreens")
_MADE = """
CREATE SCHEMA {schema} AUTHORIZATION {owner};
GRANT USAGE ON SCHEMA {schema} TO {app};
SET ROLE {owner};
CREATE TABLE {schema}.job (id serial PRIMARY KEY, what text);
INSERT INTO {schema}.job (what) SELECT 'job ' || g FROM generate_series(1, 5) g;
GRANT ALL ON {schema}.job TO {app};
GRANT ALL ON SEQUENCE {schema}.job_id_seq TO {app};
RESET ROLE;
"""


def _like_the_servers(side: Database) -> None:
    """Let a backslash escape in literals by default, of the database and of our role."""
    for subject in ("DATABASE {database}", "ROLE {migrator} IN DATABASE {database}", "ROLE {migrator}"):
        statement = sql.SQL(f"ALTER {subject} SET standard_conforming_strings = off")
        names = {"database": sql.Identifier(side.name), "migrator": sql.Identifier(side.roles["migrator"].name)}
        side.query(statement.format(**names))


@pytest.fixture
def pair(database: DatabaseFactory, run_module: ModuleRunner) -> Pair:
    """Give a blue with a table in each schema, and an empty green."""
    made = Pair(database(17), database(18), run_module, "migrator", "")
    made.migration = made.blue.name
    for side in (made.blue, made.green):
        _like_the_servers(side)
    for schema in _SCHEMAS:
        load(made.blue, _MADE.replace("{schema}", f'"{schema}"'))
    return made


def _rows(side: Database) -> list[list[tuple[object, ...]]]:
    return [side.query(f'SELECT * FROM "{schema}".job ORDER BY 1') for schema in _SCHEMAS]


def test_nothing_of_them_is_left_outside(pair: Pair) -> None:
    copied = pair.succeed("schema_copy", pg_bindir=str(pair.green.server.pg_bin))
    assert (copied["missing"], copied["extra"], copied["left_aside"]["schemas"]) == ([], [], [])
    pair.succeed("write_gate")
    pair.succeed("replication_link", direction="forward")
    pair.succeed("replication_catchup", timeout=60)
    assert _rows(pair.green) == _rows(pair.blue)
    published = pair.blue.query("SELECT schemaname FROM pg_publication_tables WHERE tablename = 'job'")
    assert {schema for (schema,) in published} == set(_SCHEMAS)
    assert pair.succeed("consistency_check")["consistent"]
    pair.green.query("SET session_replication_role = replica; UPDATE pgboss.job SET what = 'x' WHERE id = 3")
    assert not pair.succeed("consistency_check")["consistent"]
    pair.green.query("SET session_replication_role = replica; UPDATE pgboss.job SET what = 'job 3' WHERE id = 3")
    assert pair.succeed("consistency_check")["consistent"]
    pair.succeed("replication_link", direction="reverse")
    pair.succeed("cutover", target="green", deadline=60, max_lag_seconds=60)
    for schema in _SCHEMAS:
        write = f"INSERT INTO \"{schema}\".job (what) VALUES ('new')"
        assert (pair.write(pair.blue, write), pair.write(pair.green, write)) == ("25006", None), schema
    [(value,)] = pair.green.query("SELECT max(id) FROM pgboss.job")
    assert value > 5, "the sequence went on"


def test_a_role_named_like_the_servers_is_the_users(pair: Pair) -> None:
    with_role = [(side, side.server.connect()) for side in (pair.blue, pair.green)]
    try:
        load(pair.blue, "CREATE ROLE pgboss; GRANT SELECT ON pgboss.job TO pgboss")
        pair.role = "superuser"
        pair.succeed("schema_copy", pg_bindir=str(pair.green.server.pg_bin))
        assert pair.green.query("SELECT has_table_privilege('pgboss', 'pgboss.job', 'SELECT')") == [(True,)]
    finally:
        for side, admin in with_role:
            load(side, "DROP OWNED BY pgboss")
            run_statement(admin, "DROP ROLE pgboss")
            admin.close()
