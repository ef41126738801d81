# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight says about types, roles and standbys is what the servers themselves do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from tests.fixtures.databases import Database, DatabaseFactory
from tests.fixtures.modules import ModuleRunner
from tests.fixtures.schema_pairs import Pair, load
from tests.fixtures.servers import ServerFactory, with_icu

Look = Callable[..., dict[str, list[str]]]

_TYPES = """
SET ROLE {owner};
CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p');
CREATE DOMAIN humour AS mood;
CREATE DOMAIN temper AS humour;
CREATE TYPE both_of_them AS (n int, m temper);
CREATE TYPE numbered AS (n int, t text);
CREATE TYPE moods AS RANGE (SUBTYPE = mood);
CREATE DOMAIN document AS json;
CREATE DOMAIN letter AS document;
CREATE TYPE parcel AS (n int, j letter);
CREATE DOMAIN place AS point;
CREATE FUNCTION as_mood(text) RETURNS mood LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1::mood; END';
CREATE FUNCTION by_label(mood, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT pg_catalog.hashtextextended($1::text, $2)';
RESET ROLE;
CREATE OPERATOR CLASS by_label FOR TYPE mood USING hash AS OPERATOR 1 = (anyenum, anyenum),
    FUNCTION 2 by_label(mood, bigint);
ALTER OPERATOR CLASS by_label USING hash OWNER TO {owner};
"""
# What a table is partitioned by, its value for each label, and what of it is hashed by an oid.
_BY_HASH = {
    "m mood": ("(m)", "%s::mood", "mood"),
    "m temper": ("(m)", "%s::temper", "mood"),
    "m mood[]": ("(m)", "ARRAY[%s::mood]", "mood"),
    "m both_of_them": ("(m)", "ROW(1, %s)::both_of_them", "mood"),
    "m both_of_them[]": ("(m)", "ARRAY[ROW(1, %s)::both_of_them]", "mood"),
    "m moods": ("(m)", "moods(%s, 'p')", "mood"),
    "m mood, n int DEFAULT 1": ("(n, m)", "%s::mood", "mood"),
    "m text": ("(as_mood(m))", "%s", "anyenum"),
    "m mood ": ("(m by_label)", "%s::mood", ""),
    "m text ": ("(m)", "%s", ""),
    "m text[]": ("(m)", "ARRAY[%s]", ""),
    "m numbered": ("(m)", "ROW(1, %s)::numbered", ""),
}
_LABELS = "abcdefghijklmnop"
_COMPARED = (
    "json", "json[]", "document", "letter", "letter[]", "parcel", "parcel[]", "xml", "point", "place", "polygon",
    "circle", "box", "path", "line", "lseg", "jsonpath", "txid_snapshot", "pg_snapshot", "pg_lsn", "jsonb", "int",
    "int[]", "text", "varchar(3)", "char(3)", '"char"', "name", "mood", "mood[]", "temper", "both_of_them", "moods",
    "int4range", "inet", "cidr", "macaddr", "bit(3)", "varbit", "money", "numeric", "float8", "bytea", "uuid",
    "interval", "date", "timetz", "tsvector", "tsquery", "regclass", "oid", "oidvector", "xid", "xid8", "cid",
    "tid", "numbered", "hstore", "citext", "aclitem", "refcursor", "int4multirange",
)  # fmt: skip


@pytest.fixture
def look(run_module: ModuleRunner) -> Look:
    """Give `look(blue, green)`: the objects of preflight's findings by code and side."""

    def run(blue: Database, green: Database, **parameters: Any) -> dict[str, list[str]]:
        arguments = {"migration": "shop", "blue": blue.endpoint(), "green": green.endpoint(), "trial_restore": False}
        result = run_module("preflight_info", {**arguments, **parameters})
        assert not result.get("failed"), result["msg"]
        found: dict[str, list[str]] = {}
        for one in result["findings"]:
            found.setdefault(f"{one['code']} {one['side']}", []).extend(one["objects"])
        return found

    return run


def _leaves(side: Database, table: str) -> list[tuple[str, str]]:
    return list(side.query(f"SELECT m::text, tableoid::regclass::text FROM {table} ORDER BY 1"))


@pytest.mark.parametrize(("blue", "green"), [(17, 18), pytest.param(14, 17, marks=pytest.mark.soak)])
def test_what_is_hashed_by_oids_is_named(database: DatabaseFactory, look: Look, blue: int, green: int) -> None:
    sides = database(blue), database(green)
    unlike = set()
    # Servers give their oids in turn: those of two fresh ones would be the same.
    load(sides[1], "CREATE TYPE earlier AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm')")
    for side in sides:
        load(side, _TYPES)
    for number, (column, (key, value, _type)) in enumerate(_BY_HASH.items()):
        name = f"t{number}"
        for side in sides:
            made = f"SET ROLE {{owner}}; CREATE TABLE {name} ({column}) PARTITION BY HASH {key}; " + "".join(
                f"CREATE TABLE {name}_{part} PARTITION OF {name} FOR VALUES WITH (MODULUS 4, REMAINDER {part});"
                f"ALTER TABLE {name}_{part} REPLICA IDENTITY FULL;"
                for part in range(4)
            )
            load(side, made)
            for label in _LABELS:
                side.query(f"INSERT INTO {name} (m) SELECT {value}", label)
        if _leaves(sides[0], name) != _leaves(sides[1], name):
            unlike.add(f"public.{name}")
    assert unlike == {f"public.t{number}" for number, (_key, _value, kind) in enumerate(_BY_HASH.values()) if kind}
    assert set(look(*sides).get("BG257 blue", [])) == unlike
    assert "BG257 blue" not in look(*sides, exclude_tables=sorted(unlike)), "what is left out follows nobody"


@pytest.mark.parametrize(
    "major", [17, pytest.param(14, marks=pytest.mark.soak), pytest.param(18, marks=pytest.mark.soak)]
)
def test_what_has_no_equality_is_what_the_server_cannot_compare(
    database: DatabaseFactory, look: Look, major: int
) -> None:
    blue, green = database(major), database(18, "green")
    load(blue, "CREATE EXTENSION hstore; CREATE EXTENSION citext;" + _TYPES)
    refused = set()
    for number, kind in enumerate(_COMPARED):
        load(
            blue, f"SET ROLE {{owner}}; CREATE TABLE c{number} (c {kind}); ALTER TABLE c{number} REPLICA IDENTITY FULL"
        )
        try:
            blue.query(f"SELECT DISTINCT c FROM c{number}")
        except psycopg2.errors.UndefinedFunction:
            refused.add(f"public.c{number}")
    assert {"public.c0", "public.c5", "public.c6", "public.c9"} < refused
    found = look(blue, green)
    assert set(found["BG149 blue"]) == refused
    assert set(found["BG148 blue"]) == {f"public.c{number}" for number in range(len(_COMPARED))} - refused


_ALIKE = {
    "numeric": ("0.1", "0.10"),
    "numeric[]": ("{0.1}", "{0.10}"),
    "numrange": ("[0.1,1]", "[0.10,1]"),
    "price": ("0.1", "0.10"),
    "line_item": ("(0.1)", "(0.10)"),
    "float8": ("0", "-0"),
    "interval": ("1 day", "24 hours"),
    "jsonb": ('{"a": 0.1}', '{"a": 0.10}'),
    "citext": ("a", "A"),
    "int": ("1", "01"),
    "text": ("a", "a"),
    "char(3)": ("a", "a "),
    "timestamptz": ("2026-11-30 12:00+00", "2026-11-30 13:00+01"),
    "uuid": ("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    "bool": ("t", "true"),
}


_BY_COLLATION = {
    "text COLLATE no_case": "'%s'",
    "varchar(9) COLLATE with_case": "'%s'",
    "text": "'%s'",
    "word": "'%s'",
    "text[] COLLATE no_case": "ARRAY['%s']",
    "named": "ROW(1, '%s')",
}


@pytest.mark.parametrize("major", [18, pytest.param(14, marks=pytest.mark.soak)])
def test_rows_that_are_equal_and_not_the_same_are_told(database: DatabaseFactory, look: Look, major: int) -> None:
    blue, green = database(major), database(18, "green")
    load(
        blue,
        "CREATE EXTENSION citext; CREATE DOMAIN price AS numeric; CREATE TYPE line_item AS (amount numeric)",
    )
    unlike = set()
    for number, (kind, values) in enumerate(_ALIKE.items()):
        load(
            blue, f"SET ROLE {{owner}}; CREATE TABLE e{number} (e {kind}); ALTER TABLE e{number} REPLICA IDENTITY FULL"
        )
        blue.query(f"INSERT INTO e{number} VALUES (%s), (%s)", *values)
        [(equal, texts)] = blue.query(
            f'SELECT count(DISTINCT e) = 1, count(DISTINCT e::text COLLATE "C") FROM e{number}'
        )
        assert equal, kind
        unlike |= {f"public.e{number}"} if texts == 2 else set()
    assert set(look(blue, green)["BG280 blue"]) == unlike
    blue.query("ALTER TABLE e0 ADD COLUMN id serial NOT NULL UNIQUE")
    assert set(look(blue, green)["BG280 blue"]) == unlike - {"public.e0"}


@pytest.mark.soak
def test_texts_that_a_collation_takes_for_equal_are_told(
    database: DatabaseFactory, own_server: ServerFactory, look: Look
) -> None:
    major, installation = with_icu()
    blue, green = database(server=own_server(major, installation=installation)), database(18, "green")
    load(
        blue,
        "CREATE COLLATION no_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);"
        "CREATE COLLATION with_case (PROVIDER = icu, LOCALE = 'und');"
        "CREATE DOMAIN word AS text COLLATE no_case; CREATE TYPE named AS (n int, w text COLLATE no_case)",
    )
    unlike = set()
    for number, (kind, value) in enumerate(_BY_COLLATION.items()):
        load(
            blue, f"SET ROLE {{owner}}; CREATE TABLE e{number} (e {kind}); ALTER TABLE e{number} REPLICA IDENTITY FULL"
        )
        blue.query(f"INSERT INTO e{number} VALUES ({value % 'a'}), ({value % 'A'})")
        [(equal,)] = blue.query(f"SELECT count(DISTINCT e) = 1 FROM e{number}")
        unlike |= {f"public.e{number}"} if equal else set()
    assert len(unlike) == 4
    assert set(look(blue, green)["BG280 blue"]) == unlike


@contextmanager
def _named_like_a_service(side: Database, *roles: str) -> Iterator[None]:
    member = side.roles["migrator"].name
    for role in roles:
        side.query(sql.SQL("CREATE ROLE {}; GRANT {} TO {}").format(*map(sql.Identifier, (role, role, member))))
    try:
        yield
    finally:
        for role in roles:
            side.query(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize("major", [15, 18])
def test_a_role_that_is_only_named_like_a_managed_services_gives_nothing(
    database: DatabaseFactory, look: Look, major: int
) -> None:
    blue, green = database(min(major, 17), "blue"), database(major)
    load(blue, "ALTER ROLE {migrator} NOREPLICATION")
    if major >= 16:
        load(green, "REVOKE pg_create_subscription FROM {migrator}")
    with (
        _named_like_a_service(blue, "rds_replication", "cloudsqlreplica"),
        _named_like_a_service(green, "rds_superuser", "azure_pg_admin"),
    ):
        found = look(blue, green)
    assert {"BG131 green", "BG130 blue"} <= set(found)


def test_commits_that_no_standby_confirms(
    database: DatabaseFactory, own_server: ServerFactory, run_module: ModuleRunner, look: Look
) -> None:
    server = own_server(18)
    blue, green = database(17), database(18, server=server)
    load(blue, "SET ROLE {owner}; CREATE TABLE users (id int PRIMARY KEY)")
    for statement in ("ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (nobody)'", "SELECT pg_reload_conf()"):
        green.query(statement)
    pair = Pair(blue, green, run_module)
    try:
        assert look(blue, green)["BG258 green"] == ["synchronous_standby_names"]
        assert look(green, blue)["BG258 blue"] == ["synchronous_standby_names"]
        refused = pair.copy(blue=blue.endpoint(), green=green.endpoint())
        assert refused["code"] == "BG258", refused["msg"]
        assert "nobody" in refused["what"]
    finally:
        opened = green.connect()
        with opened.cursor() as cursor:
            cursor.execute("SET synchronous_commit = local")
            cursor.execute("ALTER SYSTEM RESET synchronous_standby_names")
            cursor.execute("SELECT pg_reload_conf()")
    assert "BG258 green" not in look(blue, green)
