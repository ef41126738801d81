# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that one major quotes and the other does not are the same names: copied, compared and excluded as such."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import Pair, load

# PostgreSQL 14 and 15 write these without quotes; 17 and 18 put them in quotes.
_EVERY_KIND = """
CREATE SCHEMA json AUTHORIZATION {owner};
SET ROLE {owner};
CREATE TYPE json.json_array AS ENUM ('json', 'a');
CREATE TYPE json.json_object AS (json text, json_value json.json_array);
CREATE DOMAIN json.json_value AS json.json_array DEFAULT 'json'
    CONSTRAINT json_query CHECK (VALUE <> 'a'::json.json_array);
CREATE SEQUENCE json.json_scalar;
CREATE FUNCTION json.json_exists(json_value json.json_array, system_user text DEFAULT 'x') RETURNS json.json_array
    LANGUAGE sql IMMUTABLE AS 'SELECT json_value';
CREATE FUNCTION json.merge_action() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE json.json (
    json integer CONSTRAINT json_serialize PRIMARY KEY, json_value json.json_array DEFAULT 'json'::json.json_array,
    json_scalar bigint DEFAULT nextval('json.json_scalar'), json_object text, system_user text,
    json_table integer GENERATED ALWAYS AS (json * 2) STORED, CONSTRAINT json_table CHECK (json > 0)
);
ALTER SEQUENCE json.json_scalar OWNED BY json.json.json_scalar;
CREATE TABLE json.json_table (json integer REFERENCES json.json (json), json_exists json.json_value)
    PARTITION BY LIST (json);
CREATE TABLE json.json_arrayagg PARTITION OF json.json_table FOR VALUES IN (1);
CREATE UNIQUE INDEX json_objectagg ON json.json (lower(json_object)) WHERE system_user <> '';
CREATE STATISTICS json.json_query ON json, json_value FROM json.json;
CREATE TRIGGER merge_action BEFORE UPDATE OF json ON json.json FOR EACH ROW WHEN (old.json IS DISTINCT FROM new.json)
    EXECUTE FUNCTION json.merge_action();
CREATE RULE json_exists AS ON DELETE TO json.json WHERE json = 0 DO INSTEAD NOTHING;
CREATE POLICY json_scalar ON json.json USING (system_user = 'x');
CREATE VIEW json.json_query AS SELECT json.json, json.json_value FROM json.json;
CREATE AGGREGATE json.json_objectagg (integer) (SFUNC = int4pl, STYPE = integer);
CREATE TABLE public.json_value (json integer PRIMARY KEY);
RESET ROLE;
"""
_ASIDE = """
CREATE SCHEMA json_serialize AUTHORIZATION {owner};
SET ROLE {owner};
CREATE TABLE json_serialize.kept (id integer PRIMARY KEY);
CREATE TABLE public.json_scalar (id serial PRIMARY KEY);
RESET ROLE;
"""
_LATER = """
ALTER TABLE json.json ADD COLUMN merge_action "json"."json_array";
CREATE TYPE json.merge_action AS ("json" text);
"""
_OF_BOTH_SCHEMAS = {
    "BG181", "BG182", "BG183", "BG186", "BG187", "BG191", "BG192", "BG193", "BG194", "BG195", "BG196", "BG197", "BG906",
    "BG908", "BG909",
}  # fmt: skip
_EXCLUDED = {"schemas": ["json_serialize"], "tables": ["public.json_scalar"]}


def _settled(result: dict[str, Any]) -> None:
    assert not result.get("failed"), result["msg"]
    assert (result["missing"], result["different"], result["extra"]) == ([], [], [])
    assert result["drift"] == {"unmet": [], "dropped": []}


@pytest.fixture(params=[(15, 17), pytest.param((14, 18), marks=pytest.mark.soak)], ids=str)
def pair(request: pytest.FixtureRequest, database: DatabaseFactory, run_module: ModuleRunner) -> Pair:
    """Give a blue with a name of every kind that only green quotes."""
    blue, green = map(database, request.param)
    load(blue, _EVERY_KIND + _ASIDE)
    return Pair(blue, green, run_module)


def test_a_name_that_only_green_quotes_is_neither_missing_nor_extra(pair: Pair) -> None:
    _settled(pair.copy(exclude=_EXCLUDED))
    again = pair.copy(exclude=_EXCLUDED)
    _settled(again)
    assert (again["changed"], again["left_aside"]["tables"][0]) == (False, "public.json_scalar")


def test_a_change_that_both_sides_have_is_no_drift(pair: Pair) -> None:
    _settled(pair.copy(exclude=_EXCLUDED))
    for side in (pair.blue, pair.green):
        load(side, _LATER)
    _settled(pair.copy(exclude=_EXCLUDED))


def test_a_role_that_only_green_quotes_is_copied_once(pair: Pair) -> None:
    try:
        load(pair.blue, "CREATE ROLE json; GRANT json TO {app}; GRANT SELECT ON public.json_value TO json")
        _settled(pair.copy(green=pair.green.endpoint("superuser")))
        again = pair.copy(green=pair.green.endpoint("superuser"))
        _settled(again)
        assert again["changed"] is False
    finally:
        for side in (pair.green, pair.blue):
            load(side, 'DROP OWNED BY "json"; DROP ROLE "json"')


def test_preflight_sees_the_same_rules_on_both_sides(pair: Pair) -> None:
    _settled(pair.copy())
    facts = pair.run(
        "preflight_info", {"migration": "shop", "blue": pair.blue.endpoint(), "green": pair.green.endpoint()}
    )
    assert [one for one in facts["findings"] if one["code"] in _OF_BOTH_SCHEMAS] == []
