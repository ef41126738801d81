# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that a database's owner makes for everybody decide nothing in our sessions."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.session_settings import OURS, USERS
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.go_no_go.readiness import read_transactions
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from tests.fixtures.bouncers import BouncerFactory
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, run_statement
from tests.fixtures.migrations import Pair, PairFactory

_MAJORS = [
    pytest.param(14, 18, id="14-18", marks=pytest.mark.soak),
    pytest.param(17, 18, id="17-18"),
]
_OTHER = {
    "search_path": "public, pg_catalog",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "row_security": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "iso_8601",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "xmloption": "document",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "check_function_bodies": "off",
}
# 5 + 3 × 2 seconds of silence; the kernel itself is asked for what holds of this connection.
_OF_A_CLIENT_THAT_IS_GONE = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "client_connection_check_interval": "500ms",
}
_OWNERS = """
SELECT DISTINCT pg_get_userbyid(owner) FROM (
    SELECT nspowner AS owner FROM pg_namespace WHERE nspname = 'bluegreen'
    UNION ALL SELECT relowner FROM pg_class WHERE relnamespace = 'bluegreen'::regnamespace
    UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'bluegreen'::regnamespace) AS ours"""


def _set(side: Database, name: str, value: str, role: str = "ALTER DATABASE {database} SET {name} = {value}") -> None:
    """Set it as the database's owner may, or the role itself."""
    names = {"database": sql.Identifier(side.name), "name": sql.Identifier(name), "value": sql.Literal(value)}
    names["migrator"] = sql.Identifier(side.roles["migrator"].name)
    side.query(sql.SQL(role).format(**names))


def _sides(made: Pair) -> Sides:
    ends = made.ends()
    return Sides.from_parameters(ends["migration"], ends["blue"], ends["green"])


@pytest.mark.parametrize(("blue", "green"), _MAJORS)
@pytest.mark.parametrize("role", ["migrator", "superuser"])
def test_nothing_of_ours_belongs_to_a_role_that_the_database_sets(
    pair: PairFactory, blue: int, green: int, role: Any
) -> None:
    made = pair(blue, green)
    made.role = role
    for side in (made.blue, made.green):
        _set(side, "role", side.roles["owner"].name)
    made.succeed("write_gate")
    for side in (made.blue, made.green):
        assert side.query(_OWNERS) == [(side.roles[made.role].name,)]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER DATABASE {database} SET {name} = {value}",
        pytest.param("ALTER ROLE {migrator} SET {name} = {value}", marks=pytest.mark.soak),
        pytest.param("ALTER ROLE {migrator} IN DATABASE {database} SET {name} = {value}", marks=pytest.mark.soak),
    ],
)
def test_no_setting_of_a_database_or_a_role_changes_a_session_of_ours(pair: PairFactory, statement: str) -> None:
    made = pair()
    for name, value in _OTHER.items():
        made.blue.query(
            sql.SQL(statement).format(
                database=sql.Identifier(made.blue.name),
                migrator=sql.Identifier(made.blue.roles["migrator"].name),
                name=sql.Identifier(name),
                value=sql.SQL(value) if name == "search_path" else sql.Literal(value),
            )
        )
    with closing(_sides(made)) as sides:
        for name, value in OURS.items():
            shown = sides.blue.value("SELECT pg_catalog.current_setting(%(name)s) AS value", {"name": name})
            assert shown == value, name


@pytest.mark.parametrize("major", [pytest.param(14, marks=pytest.mark.soak), 17])
def test_a_server_knows_of_a_client_that_is_gone_within_15_seconds(pair: PairFactory, major: int) -> None:
    made = pair(major)
    with closing(_sides(made)) as sides:
        found = {name: sides.blue.value(f"SHOW {name}") for name in _OF_A_CLIENT_THAT_IS_GONE}
    assert found == _OF_A_CLIENT_THAT_IS_GONE


def test_whose_name_is_like_ours_is_seen_nevertheless(pair: PairFactory) -> None:
    made = pair()
    with closing(_sides(made)) as sides, sides.blue.transaction():
        others = {made.blue.connect(role, autocommit=False) for role in ("app", "migrator", "superuser")}
        for other in others:
            run_statement(other, "SET application_name = 'bluegreen x'")
        seen = {(one.pid, one.application) for one in read_transactions(sides.session(Side.BLUE))}
        assert seen == {(other.get_backend_pid(), "bluegreen x") for other in others}


@pytest.mark.parametrize("mode", chosen(["session", "transaction", "statement"], "transaction"))
@pytest.mark.parametrize("ignored", ["extra_float_digits,options", "extra_float_digits"])
def test_a_pooler_is_named(pair: PairFactory, pgbouncer: BouncerFactory, mode: str, ignored: str) -> None:
    made = pair()
    bouncer = pgbouncer({"shop": made.blue}, mode, ignore_startup_parameters=ignored)
    through = {key: str(value) for key, value in bouncer.endpoint("shop", made.blue, "migrator").items()}
    here = Endpoint(Side.BLUE, through, {})
    for settings in (OURS, USERS):
        with pytest.raises(MigrationError, match="pooler") as caught:
            Session(here, "bluegreen test", settings=settings)
        assert caught.value.code == "BG259"
        assert (f":{made.blue.server.port}" in caught.value.todo) is ("options" in ignored), "the way past it is told"


def test_preflight_names_a_pooler(pair: PairFactory, pgbouncer: BouncerFactory) -> None:
    made = pair()
    bouncer = pgbouncer({"shop": made.blue}, ignore_startup_parameters="extra_float_digits,options")
    through = {**made.ends()["blue"], **bouncer.endpoint("shop", made.blue, "migrator")}
    assert made.run("preflight_info", blue=through)["code"] == "BG259"


def test_a_role_whose_writes_pass_every_gate_is_brought_back_or_refused(pair: PairFactory) -> None:
    made = pair()
    _set(made.blue, "session_replication_role", "replica")
    with closing(_sides(made)) as sides, pytest.raises(MigrationError) as caught:
        sides.session(Side.BLUE)
    assert caught.value.code == "BG024"
    assert f"a setting of the database {made.blue.name}" in caught.value.what
    made.role = "superuser"
    with closing(_sides(made)) as sides:
        assert sides.blue.value("SHOW session_replication_role") == "origin"


def test_a_login_that_failed_does_not_go_on_waiting_for_a_password(pair: PairFactory) -> None:
    """No view shows it, and DROP DATABASE waits for every session that there is, whatever its database."""
    made = pair(17, 18)
    keywords = {key: str(value) for key, value in made.ends()["blue"].items() if key != "password"}
    with pytest.raises(MigrationError, match="BG004") as kept:
        Session(Endpoint(Side.BLUE, keywords, {}), "bluegreen test")
    other = sql.Identifier(f"{made.blue.name}_other")
    with closing(made.blue.server.connect()) as opened:
        run_statement(opened, sql.SQL("CREATE DATABASE {}").format(other))
        run_statement(opened, "SET statement_timeout = '10s'")
        run_statement(opened, sql.SQL("DROP DATABASE {}").format(other))
    del kept
