# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Preflight names the code of table owners that would run as the migrator, and no other code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.databases import DatabaseFactory, RoleName
from tests.fixtures.modules import ModuleRunner

_FUNCTIONS = """
CREATE FUNCTION mine(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN x; END $$;
CREATE FUNCTION plain(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(x) $$;
CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION less(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN true; END $$;
CREATE OPERATOR <<| (LEFTARG = int, RIGHTARG = int, FUNCTION = less);
CREATE DOMAIN inner_d AS int CHECK (public.mine(VALUE) > 0);
CREATE DOMAIN outer_d AS inner_d;
CREATE TYPE pair AS (one outer_d, two int);
CREATE TABLE checks (id int PRIMARY KEY, a int CHECK (public.mine(a) > 0), b int CHECK (b OPERATOR(public.<<|) 7),
    c int CHECK ((c::public.outer_d) IS NOT NULL), e text CHECK (pg_catalog.pg_read_file(e) IS NOT NULL),
    x xml CHECK (pg_catalog.table_to_xml('checks', true, true, '') IS NOT NULL));
CREATE TABLE columns (id int PRIMARY KEY, g int GENERATED ALWAYS AS (public.mine(id)) STORED, d outer_d[], p pair[]);
CREATE TABLE keyed (id int, at int) PARTITION BY RANGE (public.mine(id));
CREATE TABLE keyed_1 PARTITION OF keyed FOR VALUES FROM (1) TO (9);
CREATE TABLE fired (id int PRIMARY KEY, by_default int DEFAULT public.mine(1));
CREATE TRIGGER always AFTER INSERT ON fired EXECUTE FUNCTION act();
ALTER TABLE fired ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER usual AFTER INSERT ON fired EXECUTE FUNCTION act();
CREATE TABLE indexed (id int PRIMARY KEY, name text);
CREATE INDEX by_column ON indexed (public.mine(id));
CREATE INDEX by_constant ON indexed (id) WHERE public.mine(length('x')) > 0;
CREATE INDEX by_sql ON indexed (public.plain(name));
CREATE TYPE mood AS ENUM ('calm');
CREATE FUNCTION number(mood) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
CREATE CAST (mood AS int) WITH FUNCTION number(mood) AS IMPLICIT;
CREATE TABLE refers (id int PRIMARY KEY REFERENCES fired, m mood REFERENCES fired);
CREATE TABLE harmless (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n serial, at timestamptz DEFAULT now(),
    price int CHECK (price > 0 AND price < random()), low text GENERATED ALWAYS AS (md5('x')) STORED);
"""
_APPLIED = {
    "checks constraint checks_a_check: mine(integer)", "checks constraint checks_b_check: less(integer,integer)",
    "checks constraint checks_c_check: mine(integer)", "checks constraint checks_e_check: pg_read_file(text)",
    "checks constraint checks_check: table_to_xml(regclass,boolean,boolean,text)",
    "columns generated column g: mine(integer)", "columns domain d: mine(integer)", "columns domain p: mine(integer)",
    "keyed partition key keyed: mine(integer)", "keyed_1 partition key keyed: mine(integer)",
    "fired trigger always: act()",
    "indexed index by_column: mine(integer)", "indexed index by_constant: mine(integer)",
    "indexed index by_sql: plain(text)",
}  # fmt: skip
_PLANNED = {
    "checks constraint checks_check: table_to_xml(regclass,boolean,boolean,text)",
    "indexed index by_constant: mine(integer)", "indexed index by_sql: plain(text)",
    "refers foreign key refers_m_fkey: number(mood)",
}  # fmt: skip


def _named(result: dict[str, Any], code_and_side: str) -> set[str]:
    """Return the finding's objects without schemas and owners."""
    assert not result.get("failed"), result
    found = [one for one in result["findings"] if f"{one['code']} {one['side']}" == code_and_side]
    names = [name for one in found for name in one["objects"]]
    return {name.rpartition(" of ")[0].replace("public.", "") for name in names}


@pytest.mark.parametrize(
    ("blue", "green", "role"),
    [(15, 17, "superuser"), pytest.param(14, 18, "superuser", marks=pytest.mark.soak)],
)
def test_a_superuser_is_told_what_would_run_as_one(
    database: DatabaseFactory, run_module: ModuleRunner, blue: int, green: int, role: RoleName
) -> None:
    old, new = database(blue), database(green)
    old.query(_FUNCTIONS, role="owner")
    result = run_module(
        "preflight_info",
        {
            "migration": "shop",
            "trial_restore": False,
            "blue": old.endpoint(role),
            "green": new.endpoint(role),
        },
    )
    assert _named(result, "BG238 blue") == _APPLIED
    assert _named(result, "BG238 green") == set()
    assert _named(result, "BG239 blue") == _PLANNED
    assert _named(result, "BG240 blue") == set()
    assert result["blocked"]


def test_who_is_no_superuser_is_warned(database: DatabaseFactory, run_module: ModuleRunner) -> None:
    old, new = database(17), database(18)
    old.query(_FUNCTIONS, role="owner")
    result = run_module(
        "preflight_info",
        {
            "migration": "shop",
            "trial_restore": False,
            "blue": old.endpoint(),
            "green": new.endpoint(),
        },
    )
    assert (_named(result, "BG238 blue"), _named(result, "BG239 blue")) == (set(), set())
    assert _named(result, "BG240 blue") == _PLANNED
