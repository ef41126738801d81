# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What schema_copy refuses: nothing is changed, and every obstacle is named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from psycopg2 import sql

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import Pair, relations, shop_pair

MakePair = Callable[..., Pair]


@pytest.fixture
def make_pair(database: DatabaseFactory, run_module: ModuleRunner) -> MakePair:
    """Give `make_pair(blue_major=17, green_major=18)`."""
    return partial(shop_pair, database, run_module)


def test_a_green_that_lacks_something_is_refused(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.green.query("CREATE TABLE public.somebody (id integer)")

    result = pair.copy()

    assert (result["failed"], result["code"]) == (True, "BG207")
    assert "table shop.users" in result["details"]["missing"]
    assert relations(pair.green) == ["somebody"]


def test_an_extension_that_green_cannot_have_is_named(make_pair: MakePair) -> None:
    pair = make_pair(15)
    pair.blue.query("CREATE EXTENSION adminpack")  # gone since 17

    result = pair.copy(check=True)

    assert (result["failed"], result["code"], result["details"]["names"]) == (True, "BG211", ["adminpack"])


def test_roles_that_green_lacks_are_all_named(make_pair: MakePair) -> None:
    pair = make_pair()
    token = pair.blue.roles["app"].name
    for suffix in ("reader", "Writer"):
        role = sql.Identifier(f"{token}_{suffix}")
        pair.blue.query(sql.SQL("CREATE ROLE {}").format(role))
        pair.blue.query(sql.SQL("GRANT SELECT ON shop.users TO {}").format(role))

    result = pair.copy()

    assert (result["failed"], result["code"]) == (True, "BG204")
    assert result["details"]["names"] == [f"{token}_Writer", f"{token}_reader"]
    assert relations(pair.green) == []


def test_an_owner_that_our_role_may_not_act_for_is_named(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.blue.query("CREATE TABLE shop.private (id integer)")
    pair.blue.query(
        sql.SQL("GRANT SELECT ON shop.private TO {}").format(sql.Identifier(pair.blue.roles["migrator"].name))
    )

    result = pair.copy()

    assert (result["failed"], result["code"]) == (True, "BG205")
    assert result["details"]["names"] == ["table shop.private of postgres"]


def test_programs_that_are_missing_or_of_another_major(make_pair: MakePair, tmp_path: Path) -> None:
    pair = make_pair()

    assert pair.copy(pg_bindir=str(tmp_path))["code"] == "BG201"
    other = pair.copy(pg_bindir=str(pair.blue.server.pg_bin), check=True)
    assert (other["failed"], other["code"]) == (True, "BG202")
    assert relations(pair.green) == []


def test_impossible_pairs_are_refused(make_pair: MakePair, database: DatabaseFactory, run_module: ModuleRunner) -> None:
    pair = make_pair(17, 18)

    exchanged = Pair(pair.green, pair.blue, run_module)
    assert exchanged.copy()["code"] == "BG210"
    assert Pair(pair.blue, pair.blue, run_module).copy()["code"] == "BG006"
