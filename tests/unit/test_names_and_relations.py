# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our names, the user's names, and connection strings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint, conninfo
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.errors import MigrationError
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.names import (
    early_slot,
    link_name,
    slots_of,
    slug,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.relations import (
    TableName,
    parse_table_name,
    quoted,
    respelled,
    unquoted,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Direction, Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.driver import parse_dsn
from tests.fixtures.hostile_names import identifiers

names = st.text(min_size=1, max_size=80)


@given(names, st.sampled_from(list(Direction)), st.integers(1, 99))
def test_a_link_name_is_one_that_a_slot_may_bear(migration: str, direction: Direction, lane: int) -> None:
    name = link_name(migration, direction, lane)
    assert len(name.encode()) <= 63
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


@given(names, names)
def test_two_migrations_never_share_a_slug(one: str, other: str) -> None:
    assert (slug(one) == slug(other)) == (one == other)


def test_a_plain_name_stays_as_it_is() -> None:
    assert link_name("shop", Direction.FORWARD, 1) == "bluegreen_shop_forward_1"


@given(identifiers, identifiers)
def test_a_table_name_survives_being_written_and_read(schema: str, name: str) -> None:
    table = TableName(schema, name)
    assert parse_table_name(str(table)) == table


@given(identifiers)
def test_quotes_that_are_taken_off_come_back(identifier: str) -> None:
    assert unquoted(quoted(identifier)) == identifier


@pytest.mark.parametrize(
    ("identifier", "written"),
    [("users", "users"), ("order", '"order"'), ("system_user", '"system_user"'), ("json", "json"), ("1st", '"1st"')],
)
def test_a_word_that_any_major_reserves_is_quoted(identifier: str, written: str) -> None:
    assert quoted(identifier) == written


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("json.json_value", '"json"."json_value"'),
        ("public.system_user[]", 'public."system_user"[]'),
        ('fk on "Odd "" name".json', '"fk" on "Odd "" name"."json"'),
        ("f(x public.json, integer)", '"f"("x" "public"."json", integer)'),
    ],
)
def test_what_servers_quote_in_their_own_way_is_spelled_alike(older: str, newer: str) -> None:
    assert respelled(older) == respelled(newer) == older


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("public.users", TableName("public", "users")),
        ("Public.Users", TableName("public", "users")),
        ('"Weird ""Name""".users', TableName('Weird "Name"', "users")),
        ('public."a.b"', TableName("public", "a.b")),
    ],
)
def test_table_names_are_read_as_postgresql_reads_them(text: str, expected: TableName) -> None:
    assert parse_table_name(text) == expected


@pytest.mark.parametrize("text", ["users", "", "a.b.c", '"open.users', "public.", "public.us ers"])
def test_what_is_no_qualified_name_is_refused(text: str) -> None:
    with pytest.raises(MigrationError, match="BG020"):
        parse_table_name(text)


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40))
def test_a_conninfo_is_read_back_by_libpq_as_it_was_meant(password: str) -> None:
    assert parse_dsn(conninfo({"host": "h", "password": password})).get("password", "") == password


def test_the_other_server_gets_what_differs_for_it_and_no_file_of_ours() -> None:
    endpoint = Endpoint.from_parameters(
        Side.BLUE,
        {"host": "10.0.0.1", "user": "m", "passfile": "/x", "options": "-c a=b", "peer": {"host": "blue.internal"}},
        {"dbname": "shop", "host": "ignored"},
    )
    assert endpoint.keywords["host"] == "10.0.0.1"
    assert endpoint.peer == {"host": "blue.internal", "user": "m", "dbname": "shop"}


def test_an_empty_endpoint_is_refused() -> None:
    with pytest.raises(MigrationError, match=r"BG002.*bluegreen_green"):
        Endpoint.from_parameters(Side.GREEN, {"host": None}, {})


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("bluegreen_shop_forward_1", True),
        ("bluegreen_shop_forward_12", True),
        (early_slot("bluegreen_shop_reverse_3"), True),
        ("bluegreen_shop_forward_1_late", False),
        ("bluegreen_shop_forward_", False),
        ("bluegreen_shop_forward_1x", False),
        ("bluegreen_shops_forward_1", False),
        ("x_bluegreen_shop_forward_1", False),
    ],
)
def test_slots_are_those_of_lanes_and_the_early_ones(name: str, is_ours: bool) -> None:
    assert (re.search(slots_of("shop"), name) is not None) is is_ours
