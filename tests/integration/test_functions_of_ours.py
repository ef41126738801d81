# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of an application role run in none of our functions, whatever their names."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg2
import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.copy import first_copy
from tests.fixtures.databases import Database, run_statement
from tests.fixtures.migrations import Pair, PairFactory

# Found before pg_catalog where pg_temp is not last: a type that calls its maker's function.
_OWN_TYPE = """
CREATE FUNCTION pg_temp.climb(oid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE pg_catalog.format('ALTER ROLE %I SUPERUSER', session_user);
    RETURN true;
END $$;
CREATE DOMAIN pg_temp.regprocedure AS pg_catalog.regprocedure CHECK (pg_temp.climb(VALUE));
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.climb(0));
DISCARD PLANS;
CREATE TEMPORARY TABLE any_change (n int);
"""
# Found before pg_catalog's where the caller's search_path counts.
_OWN_OPERATORS = """
GRANT USAGE ON SCHEMA own TO PUBLIC;
CREATE FUNCTION own.told(name, text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ran as %', current_user USING ERRCODE = 'XX999';
END $$;
CREATE OPERATOR own.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = own.told);
CREATE OPERATOR own.= (LEFTARG = name, RIGHTARG = text, FUNCTION = own.told);
"""
_MAJORS = [
    pytest.param(15, 18, id="15-18", marks=pytest.mark.soak),
    pytest.param(17, 18, id="17-18"),
]


def _execute(side: Database, statement: str, **connection: Any) -> str | None:
    """Run statements as the application and return the SQLSTATE that refused them."""
    with closing(psycopg2.connect(**side.endpoint("app"), **connection)) as opened:
        opened.autocommit = True
        try:
            with opened.cursor() as cursor:
                cursor.execute(statement)
        except psycopg2.Error as error:
            return str(error.pgcode)
    return None


@pytest.mark.parametrize(("blue", "green"), _MAJORS)
def test_the_guard_of_the_schema_makes_nobody_a_superuser(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green)
    made.role = "superuser"
    made.succeed("write_gate", ddl_guard="warn")
    assert _execute(made.blue, _OWN_TYPE) is None
    is_super = "SELECT rolsuper FROM pg_roles WHERE rolname = %s"
    assert made.blue.query(is_super, made.blue.roles["app"].name) == [(False,)]


def test_nobody_passes_the_guard_of_the_schema_under_a_name_like_ours(pair: PairFactory) -> None:
    made = pair()
    made.role = "superuser"
    made.succeed("write_gate", ddl_guard="block")
    with closing(psycopg2.connect(**made.blue.endpoint("owner"), application_name="bluegreen x")) as opened:
        with pytest.raises(psycopg2.Error) as caught:
            run_statement(opened, "CREATE TABLE public.late (n int)")
        assert caught.value.pgcode == "BG267"


def _being_filled(made: Pair) -> None:
    """Give green the gate of a first copy, as its worker installs it."""
    migrator = made.green.roles[made.role].name
    made.succeed("write_gate")
    made.green.query(first_copy.CREATE, role=made.role)
    made.green.query("DROP TRIGGER bluegreen_gate ON users", role=made.role)
    made.green.query(
        "CREATE TRIGGER bluegreen_gate BEFORE INSERT ON users EXECUTE FUNCTION bluegreen.pass_first_copy(%s)",
        migrator,
        role=made.role,
    )


@pytest.mark.parametrize(("blue", "green"), [*_MAJORS, pytest.param(15, 15, id="15-15", marks=pytest.mark.soak)])
@pytest.mark.parametrize("role", ["migrator", "superuser"])
def test_no_operator_of_the_application_runs_during_the_first_copy(
    pair: PairFactory, blue: int, green: int, role: Any
) -> None:
    made = pair(blue, green)
    made.role = role
    made.green.query(f"CREATE SCHEMA own AUTHORIZATION {made.green.roles['app'].name}")
    _being_filled(made)
    path = {"options": "-c search_path=own,pg_catalog -c default_transaction_read_only=off"}
    assert _execute(made.green, _OWN_OPERATORS, **path) is None
    assert _execute(made.green, "INSERT INTO public.users (name) VALUES ('own')", **path) == "25006"
