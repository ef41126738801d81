# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every statement of the table of privileges, run on a fresh server: each grants something, and each is taken back."""

from __future__ import annotations

import pytest
from psycopg2 import sql
from psycopg2.extensions import connection

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.preflight.grants import GRANTS, Due, Grant
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from tests.fixtures.databases import Database, DatabaseFactory, run_statement

# All that a server has granted to a role: attributes, memberships, and privileges on functions, databases, parameters.
_HAS = """
SELECT to_jsonb(r) - 'oid' AS role,
       ARRAY(SELECT m.roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1) AS member_of,
       ARRAY(SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(p.proacl) a WHERE a.grantee = r.oid
             ORDER BY 1) AS runs,
       ARRAY(SELECT d.datname || a.privilege_type FROM pg_database d, aclexplode(d.datacl) a WHERE a.grantee = r.oid
             ORDER BY 1) AS on_databases {parameters}
FROM pg_roles r WHERE r.rolname = %s
"""
_PARAMETERS = """,
       ARRAY(SELECT p.parname FROM pg_parameter_acl p, aclexplode(p.paracl) a WHERE a.grantee = r.oid) AS parameters"""


@pytest.mark.parametrize(
    ("side", "major"),
    [
        (Side.BLUE, 17),
        (Side.GREEN, 18),
        (Side.GREEN, 15),
        pytest.param(Side.BLUE, 11, marks=pytest.mark.soak),
        pytest.param(Side.BLUE, 14, marks=pytest.mark.soak),
        pytest.param(Side.GREEN, 16, marks=pytest.mark.soak),
    ],
)
def test_each_grants_something_and_is_taken_back(database: DatabaseFactory, side: Side, major: int) -> None:
    fresh = database(major)
    name = f"{fresh.roles['app'].name}_newcomer"
    admin = fresh.connect()
    stack: list[tuple[Grant, list[object]]] = []
    mine = [grant for grant in GRANTS if grant.is_for(side, major, tuple(Due))]
    assert {grant.due for grant in mine} == set(Due)
    for grant in mine:
        before = _has(admin, fresh, name)
        _run(admin, fresh, grant.statement, name)
        assert _has(admin, fresh, name) != before, grant.name
        stack.append((grant, before))
    for grant, before in reversed(stack):
        _run(admin, fresh, grant.take_back, name)
        assert _has(admin, fresh, name) == before, grant.name


def _has(admin: connection, fresh: Database, name: str) -> list[object]:
    return run_statement(admin, _HAS.format(parameters=_PARAMETERS if fresh.server.major >= 15 else ""), name)


def _run(admin: connection, fresh: Database, statement: str, name: str) -> None:
    names = {
        "migrator": sql.Identifier(name),
        "owner": sql.Identifier(fresh.roles["owner"].name),
        "database": sql.Identifier(fresh.name),
        "password": sql.Literal("a password of nobody"),
    }
    run_statement(admin, sql.SQL(statement).format(**names))
