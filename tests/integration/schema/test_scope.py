# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_copy of a part of the schema, and with extensions in chosen versions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.sides import Sides
from ansible_collections.bluegreen.postgresql.plugins.module_utils._workflows.schema.drift import unmet_drift
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import Pair, load, relations, shop_pair

MakePair = Callable[..., Pair]
_MORE = """
SET ROLE {owner};
CREATE SCHEMA legacy;
CREATE TABLE legacy.old (id serial PRIMARY KEY);
CREATE TABLE shop."Scratch ""x"" pad" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n serial,
    t text CHECK (t <> ''));
CREATE INDEX scratch_t ON shop."Scratch ""x"" pad" (t);
CREATE STATISTICS shop.scratch_s ON id, n FROM shop."Scratch ""x"" pad";
CREATE TABLE shop.logs (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE shop.logs_2026 PARTITION OF shop.logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE SCHEMA tools;
CREATE EXTENSION citext SCHEMA tools;
CREATE EXTENSION pg_trgm SCHEMA public;
"""
_OURS = ["bluegreen.copied_schema", "bluegreen.lock", "bluegreen.lock_pkey"]
_EXCLUDED = {"schemas": ["legacy"], "tables": ['shop."Scratch ""x"" pad"', "shop.logs"], "extensions": ["pg_trgm"]}


@pytest.fixture
def make_pair(database: DatabaseFactory, run_module: ModuleRunner) -> MakePair:
    """Give `make_pair(blue_major=17, green_major=18)`."""
    return partial(shop_pair, database, run_module)


def test_what_is_excluded_stays_and_is_no_drift(make_pair: MakePair) -> None:
    pair = make_pair()
    load(pair.blue, _MORE)

    made = pair.copy(exclude=_EXCLUDED)

    assert not made.get("failed"), made["msg"]
    assert (made["missing"], made["different"], made["extra"]) == ([], [], [])
    assert made["left_aside"]["tables"] == [
        'shop."Scratch ""x"" pad"', 'shop."Scratch ""x"" pad_id_seq"', 'shop."Scratch ""x"" pad_n_seq"', "shop.logs",
        "shop.logs_2026",
    ]  # fmt: skip
    there = relations(pair.green)
    assert not [name for name in there if "legacy" in name or "cratch" in name or "logs" in name]
    assert "shop.users" in there
    assert made["extensions"]["citext"]["green"] is not None
    assert made["extensions"]["pg_trgm"]["green"] is None
    assert not pair.copy(exclude=_EXCLUDED)["changed"]
    pair.blue.query("ALTER TABLE legacy.old ADD note text")
    sides = Sides.from_parameters("shop", pair.blue.endpoint(), pair.green.endpoint())
    assert unmet_drift(sides) == ()
    pair.blue.query("ALTER TABLE shop.users ADD note text")
    assert unmet_drift(sides) == ("column shop.users.note",)
    sides.close()


def test_what_is_included_comes_alone(make_pair: MakePair) -> None:
    pair = make_pair()
    load(pair.blue, _MORE)

    made = pair.copy(include={"schemas": ["legacy", "public"]})
    assert not made.get("failed"), made["msg"]
    assert relations(pair.green) == [*_OURS, "legacy.old", "legacy.old_id_seq", "legacy.old_pkey"]
    assert {"shop", "tools"} <= set(made["left_aside"]["schemas"])
    assert "citext" in made["left_aside"]["extensions"]


def test_tables_that_are_included_bring_their_partitions(make_pair: MakePair) -> None:
    pair = make_pair()
    load(pair.blue, _MORE)

    pair.blue.query("CREATE TABLE legacy.parts (n integer) PARTITION BY LIST (n)")
    pair.blue.query("CREATE TABLE legacy.part PARTITION OF legacy.parts DEFAULT")
    owner = sql.Identifier(pair.blue.roles["owner"].name)
    for table in ("parts", "part"):
        pair.blue.query(sql.SQL("ALTER TABLE legacy.{} OWNER TO {}").format(sql.Identifier(table), owner))

    made = pair.copy(include={"schemas": ["legacy"], "tables": ["legacy.parts"]})

    assert not made.get("failed"), made["msg"]
    assert relations(pair.green) == [*_OURS, "legacy.part", "legacy.parts"]
    assert "legacy.old" in made["left_aside"]["tables"]


def test_names_that_are_not_there_are_an_error(make_pair: MakePair) -> None:
    refused = make_pair().copy(exclude={"schemas": ["nowhere"], "tables": ["shop.nothing"], "extensions": ["x"]})

    assert (refused["code"], len(refused["details"]["names"])) == ("BG214", 3)


def test_an_extension_in_another_version(make_pair: MakePair) -> None:
    pair = make_pair()
    load(pair.blue, _MORE)
    assert pair.copy(extension_versions={"citext": "0.1"})["code"] == "BG215"

    made = pair.copy(extension_versions={"citext": "1.5", "pg_trgm": "1.5"})

    assert not made.get("failed"), made["msg"]
    assert (made["missing"], made["different"]) == ([], [])
    assert made["extensions"]["citext"]["green"] == "1.5"
    assert made["extensions"]["citext"]["blue"] != "1.5"
    assert not pair.copy(extension_versions={"citext": "1.5", "pg_trgm": "1.5"})["changed"]
