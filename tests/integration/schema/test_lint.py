# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of schema change: the lint's verdict for each direction, and what replication really does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.fixtures.conditions import wait_for
from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory

_ERRORS = """
SELECT COALESCE(sum(apply_error_count), 0)::int FROM pg_stat_subscription_stats JOIN pg_subscription s ON s.oid = subid
JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()"""
_NAME = "SELECT name FROM items WHERE id = %s"
_BOTH = (
    "CREATE TYPE mood AS ENUM ('calm', 'hasty')",
    "CREATE TABLE items (id int PRIMARY KEY, name text, amount int, code bigint NOT NULL DEFAULT 1, mood mood)",
    "INSERT INTO items SELECT n, 'item ' || n, n FROM generate_series(1, 3) n",
)


@dataclass(frozen=True)
class Change:
    """A change of green. Each write belongs to a direction: `good` must arrive, and at `bad` the link must stop."""

    title: str
    on_green: str
    forward: str
    reverse: str
    good_forward: str = "INSERT INTO items (id, name, amount) VALUES (10, 'good', 1)"
    bad_forward: str = ""
    good_reverse: str = "INSERT INTO items (id, name, amount) VALUES (20, 'good', 1)"
    bad_reverse: str = ""


_UPDATE = "UPDATE items SET name = 'bad' WHERE id = 1"
CHANGES = (
    Change("nullable column", "ALTER TABLE items ADD note text", "flows", "left_behind"),
    Change("column with default", "ALTER TABLE items ADD n int NOT NULL DEFAULT 7", "flows", "left_behind"),
    Change(
        "column that demands a value",
        "TRUNCATE items; ALTER TABLE items ADD n int NOT NULL",
        "stops",
        "left_behind",
        good_forward="",
        bad_forward="INSERT INTO items (id) VALUES (11)",
        good_reverse="INSERT INTO items (id, name, n) VALUES (20, 'good', 1)",
    ),
    Change(
        "dropped column",
        "ALTER TABLE items DROP amount",
        "left_behind",
        "flows",
        good_reverse="INSERT INTO items (id, name) VALUES (20, 'good')",
    ),
    Change(
        "wider type",
        "ALTER TABLE items ALTER amount TYPE bigint",
        "flows",
        "value_dependent",
        bad_reverse="INSERT INTO items (id, amount) VALUES (21, 5000000000)",
    ),
    Change(
        "narrower type",
        "ALTER TABLE items ALTER code TYPE int",
        "value_dependent",
        "flows",
        bad_forward="INSERT INTO items (id, code) VALUES (11, 5000000000)",
    ),
    Change(
        "other type",
        "ALTER TABLE items ALTER name TYPE varchar(8)",
        "value_dependent",
        "flows",
        bad_forward="INSERT INTO items (id, name) VALUES (11, 'much too long')",
    ),
    Change(
        "NOT NULL",
        "ALTER TABLE items ALTER name SET NOT NULL",
        "value_dependent",
        "flows",
        bad_forward="INSERT INTO items (id) VALUES (11)",
    ),
    Change(
        "uniqueness",
        "ALTER TABLE items ADD UNIQUE (amount)",
        "value_dependent",
        "flows",
        good_forward="INSERT INTO items (id, name, amount) VALUES (10, 'good', 100)",
        bad_forward="INSERT INTO items (id, amount) VALUES (11, 100)",
        good_reverse="INSERT INTO items (id, name, amount) VALUES (20, 'good', 200)",
    ),
    Change(
        "check",
        "ALTER TABLE items ADD CHECK (amount >= 0)",
        "value_dependent",
        "flows",
        bad_forward="INSERT INTO items (id, amount) VALUES (11, -1)",
    ),
    Change(
        "renamed column",
        "ALTER TABLE items RENAME amount TO quantity",
        "left_behind",
        "left_behind",
        good_reverse="INSERT INTO items (id, name, quantity) VALUES (20, 'good', 1)",
    ),
    Change(
        "label of an enum",
        "ALTER TYPE mood ADD VALUE 'angry'",
        "flows",
        "value_dependent",
        bad_reverse="INSERT INTO items (id, mood) VALUES (21, 'angry')",
    ),
    Change(
        "generated on one side",
        "ALTER TABLE items DROP amount, ADD amount int GENERATED ALWAYS AS (id * 2) STORED",
        "left_behind",
        "left_behind",
        good_reverse="INSERT INTO items (id, name) VALUES (20, 'good')",
    ),
    Change(
        "other key",
        "ALTER TABLE items DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (code, id)",
        "stops",
        "value_dependent",
        bad_forward=_UPDATE,
        bad_reverse="INSERT INTO items (id, code) VALUES (20, 5)",
    ),
)


def _make(pair: PairFactory, change: Change) -> Pair:
    made = pair()
    for side in (made.blue, made.green):
        for statement in _BOTH:
            side.query(f"SET ROLE {side.roles['owner'].name}; {statement}")
        side.query(f"GRANT ALL ON items TO {side.roles['app'].name}")
    made.green.query("DELETE FROM items")
    made.green.query(change.on_green)
    return made


def _arrives(made: Pair, source: Database, target: Database, statement: str, row: int) -> None:
    source.query(statement)
    assert source.query(_NAME, row) == [("good",)]
    wait_for(lambda: target.query(_NAME, row) == [("good",)])


def _stops(source: Database, target: Database, statement: str) -> None:
    assert target.query(_ERRORS) == [(0,)]
    source.query(statement)
    wait_for(lambda: target.query(_ERRORS) != [(0,)])


_ALWAYS_RUN = ("dropped column", "label of an enum", "other key")


def _parameters() -> list[Any]:
    return [
        pytest.param(one, id=one.title, marks=() if one.title in _ALWAYS_RUN else (pytest.mark.soak,))
        for one in CHANGES
    ]


@pytest.mark.parametrize("change", _parameters())
def test_the_verdict_is_what_replication_does(pair: PairFactory, change: Change) -> None:
    made = _make(pair, change)
    if change.title == "column that demands a value":
        made.blue.query("TRUNCATE items")

    result = made.succeed("schema_lint_info")

    assert not result["changed"]
    assert {one["table"] for one in result["differences"]} == {"public.items"}
    assert result["verdicts"] == {"forward": change.forward, "reverse": change.reverse}
    made.replicate()
    made.green.query("DROP TABLE bluegreen.fenced")
    if change.good_forward:
        _arrives(made, made.blue, made.green, change.good_forward, 10)
    if change.good_reverse:
        _arrives(made, made.green, made.blue, change.good_reverse, 20)
    if change.bad_forward:
        _stops(made.blue, made.green, change.bad_forward)
    if change.bad_reverse:
        _stops(made.green, made.blue, change.bad_reverse)


def test_equal_schemas_differ_in_nothing(pair: PairFactory) -> None:
    result = pair().succeed("schema_lint_info")
    assert (result["differences"], result["verdicts"]) == ([], {"forward": "flows", "reverse": "flows"})


def test_a_renamed_table_cannot_flow_and_the_link_refuses_it(pair: PairFactory) -> None:
    made = pair(green_ddl="ALTER TABLE users RENAME TO customers")

    result = made.succeed("schema_lint_info")
    assert result["verdicts"] == {"forward": "stops", "reverse": "left_behind"}

    made.succeed("write_gate")
    refused = made.run("replication_link", direction="forward")
    assert (refused["failed"], refused["code"]) == (True, "BG301")


def test_a_source_without_a_key_is_not_published(pair: PairFactory) -> None:
    made = pair(green_ddl="ALTER TABLE users DROP CONSTRAINT users_pkey")

    assert made.succeed("schema_lint_info")["verdicts"]["reverse"] == "stops"

    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    refused = made.run("replication_link", direction="reverse")
    assert (refused["failed"], refused["code"]) == (True, "BG245")
