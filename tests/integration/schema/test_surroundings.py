# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_copy copies a schema's surroundings: roles, memberships, passwords, settings; and prints no secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import Pair, relations, shop_pair

MakePair = Callable[..., Pair]
_PASSWORD = "never to be seen"
_MARK = "'from here on'"
_SECRET = "k9-secret-of-a-setting"
_ON_BLUE = """
CREATE ROLE {readers} NOLOGIN CONNECTION LIMIT 7;
CREATE ROLE {staff} NOINHERIT CREATEDB;
CREATE ROLE {ada} LOGIN PASSWORD {password} VALID UNTIL '2099-12-31';
CREATE ROLE {stranger} LOGIN;
GRANT {readers} TO {ada} WITH ADMIN OPTION;
GRANT {readers} TO {migrator};
GRANT {staff} TO {ada};
GRANT {staff} TO {stranger};
GRANT pg_read_all_settings TO {readers};
GRANT SELECT ON shop.users TO {readers};
ALTER DATABASE {database} CONNECTION LIMIT 77;
CREATE SCHEMA {readers} AUTHORIZATION {readers};
CREATE TABLE {readers}.loans (id integer PRIMARY KEY);
ALTER TABLE {readers}.loans OWNER TO {readers};
GRANT TEMPORARY ON DATABASE {database} TO {readers} WITH GRANT OPTION;
REVOKE CONNECT ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {migrator}, {readers};
ALTER DATABASE {database} SET search_path = "$user", public, "Odd, ""Path"" " ;
ALTER DATABASE {database} SET app.key = {secret};
ALTER ROLE {ada} SET work_mem = '8MB';
ALTER ROLE {ada} IN DATABASE {database} SET search_path = '';
ALTER ROLE {ada} SET default_transaction_read_only = on;
COMMENT ON DATABASE {database} IS 'it''s the shop';
"""
_SETTINGS = """
SELECT COALESCE(r.rolname, ''), s.setdatabase <> 0,
    ARRAY(SELECT unnest(s.setconfig) ORDER BY 1) FROM pg_db_role_setting s
LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
AND (s.setrole = 0 OR r.rolname LIKE %s) ORDER BY 1, 2
"""
_ROLES = """
SELECT rolname, rolcanlogin, rolinherit, rolcreatedb, rolconnlimit, rolvaliduntil, rolpassword FROM pg_authid
WHERE rolname = ANY (%s) ORDER BY 1
"""
_KIN = """
SELECT m.rolname, g.rolname, bool_or(a.admin_option) FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member
JOIN pg_roles g ON g.oid = a.roleid WHERE m.rolname LIKE %s AND m.rolname <> %s GROUP BY 1, 2 ORDER BY 1, 2
"""


class Around:
    """A pair whose blue has roles that green lacks."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        token = pair.blue.roles["app"].name
        self.roles = {name: f"{token}_{name}" for name in ("readers", "staff", "ada", "stranger")}
        names = {
            **self.roles,
            "database": pair.blue.name,
            "migrator": pair.blue.roles["migrator"].name,
        }
        composed = sql.SQL(_ON_BLUE).format(
            password=sql.Literal(_PASSWORD),
            secret=sql.Literal(_SECRET),
            **{key: sql.Identifier(name) for key, name in names.items()},
        )
        for statement in composed.as_string(pair.blue.connect()).split(";\n"):
            if statement.strip():
                pair.blue.query(statement.replace("%", "%%"))

    def facts(self, side: str) -> list[Any]:
        """Return what must be the same on both sides."""
        database = self.pair.blue if side == "blue" else self.pair.green
        like = self.roles["ada"].replace("_ada", r"\_%")
        migrator = self.pair.blue.roles["migrator"].name
        return [
            database.query(_ROLES, [self.roles[name] for name in ("readers", "staff", "ada")]),
            [row for row in database.query(_KIN, like, migrator) if row[0] != self.roles["stranger"]],
            database.query(_SETTINGS, like),
            database.query("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                           database.name),
            database.query("SELECT datconnlimit FROM pg_database WHERE datname = %s", database.name),
            database.query("SELECT has_database_privilege(%s, current_database(), 'CONNECT')", self.roles["readers"]),
            database.query("SELECT has_database_privilege(%s, current_database(), 'TEMPORARY WITH GRANT OPTION')",
                           self.roles["readers"]),
        ]  # fmt: skip

    def log_in(self, password: str) -> None:
        """Connect to green as Ada."""
        place = self.pair.green.endpoint("superuser")
        psycopg2.connect(**{**place, "user": self.roles["ada"], "password": password}).close()


@pytest.fixture
def make_around(database: DatabaseFactory, run_module: ModuleRunner) -> Callable[..., Around]:
    """Give `make_around(blue_major=17, green_major=18)`."""
    make: MakePair = partial(shop_pair, database, run_module)
    return lambda *majors: Around(make(*majors))


@pytest.mark.parametrize("majors", [(14, 18), pytest.param((17, 17), marks=pytest.mark.soak)])
def test_everything_around_comes_once_and_nothing_secret_is_seen(
    make_around: Callable[..., Around], majors: tuple[int, int]
) -> None:
    around = make_around(*majors)
    pair = around.pair
    both: dict[str, Any] = {"blue": pair.blue.endpoint("superuser"), "green": pair.green.endpoint("superuser")}
    pair.green.query(sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(sql.Identifier(pair.green.name)))
    pair.green.query(f"SELECT {_MARK}")

    tried = pair.copy(check=True, **both)
    assert not tried.get("failed"), tried["msg"]
    assert f"role {around.roles['ada']}\n" in tried["diff"]["after"]
    assert pair.green.query("SELECT count(*) FROM pg_roles WHERE rolname = %s", around.roles["ada"]) == [(0,)]
    made = pair.copy(**both)
    pair.green.query(sql.SQL("ALTER DATABASE {} RESET log_statement").format(sql.Identifier(pair.green.name)))

    assert not made.get("failed"), made["msg"]
    assert (made["missing"], made["different"]) == ([], [])
    assert around.facts("green") == around.facts("blue")
    assert pair.green.query("SELECT 1 FROM pg_roles WHERE rolname = %s", around.roles["stranger"]) == []
    [(hash_of_ada,)] = pair.blue.query("SELECT rolpassword FROM pg_authid WHERE rolname = %s", around.roles["ada"])
    seen = json.dumps([tried, made])
    assert hash_of_ada not in seen
    assert _SECRET not in seen
    logged = pair.green.server.embedded.log.read_text(encoding="utf-8")
    assert "COPY pg_temp.bluegreen_told" in logged
    assert not {word for word in (hash_of_ada, _SECRET) if word in logged.split(_MARK)[-1]}
    around.log_in(_PASSWORD)

    again = pair.copy(**both)
    assert (again["changed"], again["steps"]) == (False, [])


def test_a_role_without_rights_over_passwords_brings_what_it_may_and_says_the_rest(
    make_around: Callable[..., Around],
) -> None:
    around = make_around()
    pair = around.pair
    migrator = sql.Identifier(pair.green.roles["migrator"].name)
    assert pair.copy()["code"] == "BG204"
    pair.green.query(sql.SQL("ALTER ROLE {} CREATEROLE").format(migrator))

    refused = pair.copy(check=True)
    made = pair.copy()

    assert not made.get("failed"), made["msg"]
    assert f"{around.roles['readers']}.loans" in relations(pair.green)
    reasons = {one["title"]: one["reason"] for one in made["not_copied"]}
    ada, staff = around.roles["ada"], around.roles["staff"]
    assert reasons[f"role {staff}"] == "our role on green may not give CREATEDB: do it on green by hand"
    assert reasons[f"membership {ada} in {staff}"] == f"green has no role {staff}"
    assert "may not set it" in reasons["setting app.key of the database"]
    assert "only a superuser of blue may read it" in reasons[f"password of {ada}"]
    assert {one["title"] for one in refused["not_copied"]} == set(reasons)
    [(log_in, password)] = pair.green.query("SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = %s", ada)
    assert (log_in, password) == (True, None)
    assert not pair.copy()["changed"]


def test_what_green_has_keeps_its_form(make_around: Callable[..., Around]) -> None:
    around = make_around()
    pair = around.pair
    ada = sql.Identifier(around.roles["ada"])
    pair.green.query(sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 3 PASSWORD 'another'").format(ada))
    pair.green.query(sql.SQL("ALTER ROLE {} SET work_mem = '64MB'").format(ada))
    both: dict[str, Any] = {"blue": pair.blue.endpoint("superuser"), "green": pair.green.endpoint("superuser")}

    made = pair.copy(**both)

    assert not made.get("failed"), made["msg"]
    assert {f"role {around.roles['ada']}", f"setting work_mem of {around.roles['ada']}"} <= set(made["different"])
    limit = pair.green.query("SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", around.roles["ada"])
    assert limit == [(3,)]
    around.log_in("another")
