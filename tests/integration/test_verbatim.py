# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL of the user's own goes to an older server as it was written: only ours is spelled for it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.clock import Deadline
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.versions import majors_of
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.driver import Verbatim
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sql.older import spelled_for
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.users_query import first_value, is_true
from tests.fixtures.chosen import chosen
from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner

# Columns of the user's that are named as the catalog's, which an older server lacks.
_NAMESAKES = "trusted text, wal_status text, attcompression text"
_TABLE = f"""
CREATE TABLE public.t (id int PRIMARY KEY, {_NAMESAKES}, filled text);
INSERT INTO public.t SELECT g, 'trusted', 'status', 'own % {{way}}' FROM generate_series(1, 20) g
"""
_EXPRESSION = "t.trusted || t.wal_status || t.attcompression"
_VALUE = "trustedstatusown % {way}"


@pytest.fixture(params=chosen([one for one in majors_of(Side.BLUE) if one < 14], 11))
def old(request: pytest.FixtureRequest, database: DatabaseFactory) -> Database:
    """Give an old blue with a table whose columns are named as the catalog's."""
    made = database(request.param, "blue")
    made.query(_TABLE, role="owner")
    assert spelled_for(_EXPRESSION, request.param) != _EXPRESSION
    return made


def _session(side: Database) -> Session:
    keywords = {name: str(value) for name, value in side.endpoint("superuser").items()}
    return Session(Endpoint(Side.BLUE, keywords, {}), "verbatim")


def test_a_query_of_the_user_s_is_asked_as_it_was_written(old: Database) -> None:
    query = f"SELECT pg_catalog.bool_and({_EXPRESSION} = '{_VALUE}') FROM public.t"
    with closing(_session(old)) as session:
        assert is_true(session, query)
        assert first_value(session, query, Deadline(5.0, "The check")) is True


def test_an_expression_in_a_statement_of_ours_stays_as_it_was_written(old: Database) -> None:
    with closing(_session(old)) as session:
        text = session.text_of(
            "SELECT {e} = %(value)s AS same FROM public.t AS t", {"value": _VALUE}, e=Verbatim(_EXPRESSION)
        )
        assert _EXPRESSION in text
        assert session.value(text) is True


def test_columns_are_filled_with_what_the_user_wrote(
    old: Database, database: DatabaseFactory, run_module: ModuleRunner
) -> None:
    green = database(18, "green")
    arguments: dict[str, Any] = {"migration": "shop", "side": "blue"}
    arguments |= {"blue": old.endpoint("superuser"), "green": green.endpoint("superuser")}
    condition = f"t.filled IS NULL AND {_EXPRESSION} = '{_VALUE}' -- all of them"

    made = run_module(
        "backfill", {**arguments, "table": "public.t", "columns": {"filled": _EXPRESSION}, "where": condition}
    )

    assert not made.get("failed"), made["msg"]
    assert (made["seen"], made["written"]) == (20, 20)
    assert old.query("SELECT DISTINCT filled FROM public.t") == [(_VALUE,)]
    again = run_module(
        "backfill", {**arguments, "table": "public.t", "columns": {"filled": _EXPRESSION}, "where": condition}
    )
    assert not again["changed"]
