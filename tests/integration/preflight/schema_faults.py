# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two schemas that do not fit, by what preflight has to find."""

from __future__ import annotations

from tests.integration.preflight.faults import USERS, Fault, on_both

SCHEMAS = [
    on_both("BG180 green", USERS, (USERS, "INSERT INTO users VALUES (1)", "ANALYZE users"), ("public.users",)),
    on_both(
        "BG181 green", (USERS, "CREATE TABLE t (id int PRIMARY KEY)", "CREATE SEQUENCE s"), USERS,
        ("public.s", "public.t"),
    ),
    on_both("BG182 green", USERS, "CREATE TABLE users (id int PRIMARY KEY)", ('public.users."name"',)),
    on_both("BG183 green", USERS, (USERS, "ALTER TABLE users ADD phone text NOT NULL"), ('public.users."phone"',)),
    on_both("BG184 green", USERS, (USERS, "ALTER TABLE users ADD phone text"), ('public.users."phone"',)),
    on_both("BG186 green", USERS, "CREATE TABLE users (id int PRIMARY KEY, name varchar(10))"),
    on_both("BG187 green", USERS, "CREATE TABLE users (id bigint PRIMARY KEY, name text)"),
    on_both(
        "BG188 green", USERS, "CREATE TABLE users (id int PRIMARY KEY, name text GENERATED ALWAYS AS ('x') STORED)"
    ),
    on_both("BG189 green", USERS, "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL)"),
    on_both("BG190 green", (USERS, "ALTER TABLE users ALTER name SET DEFAULT 'x'"), USERS),
    on_both(
        "BG190 green", "CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s) PRIMARY KEY)",
        ("CREATE TABLE users (id int PRIMARY KEY)", "CREATE SEQUENCE s"),
    ),
    on_both(
        "BG191 green", "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL UNIQUE)",
        "CREATE TABLE users (id int NOT NULL UNIQUE, name text NOT NULL PRIMARY KEY)", ("public.users",),
    ),
    on_both("BG192 green", USERS, (USERS, "CREATE UNIQUE INDEX ON users (name)"), ('public.users ("name")',)),
    on_both("BG192 green", USERS, (USERS, "ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0)"), ('public.users "c"',)),
    on_both(
        "BG192 green", "CREATE TABLE users (id int PRIMARY KEY, name text)",
        (USERS, "CREATE UNIQUE INDEX ON users (name) WHERE id > 7"), ("public.users btree (name) WHERE (id > 7)",),
    ),
    on_both(
        "BG192 green", "CREATE TABLE spans (id int PRIMARY KEY, span int4range)",
        "CREATE TABLE spans (id int PRIMARY KEY, span int4range, CONSTRAINT once EXCLUDE USING gist (span WITH &&))",
        ('public.spans "once"',),
    ),
    Fault(
        ("BG192 green", "BG909 green"), ('public.users "c"',),
        blue=(USERS, "ALTER TABLE users ADD CONSTRAINT c CHECK (id > 0)"),
        green=(USERS, "ALTER TABLE users ADD CONSTRAINT c CHECK (id > 7)"),
    ),
    on_both("BG909 green", (USERS, "CREATE UNIQUE INDEX ON users (lower(name))"), USERS,
            ("public.users btree (lower(name))",)),
    on_both("BG909 green", "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL)", USERS,
            ('public.users."name"',)),
    Fault(
        ("BG906 green", "BG159 blue"), ("public.leaf",),
        blue=("CREATE TABLE root (id int PRIMARY KEY) PARTITION BY RANGE (id)",
              "CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (1) TO (10)"),
        green=("CREATE TABLE root (id int PRIMARY KEY) PARTITION BY RANGE (id)",
               "CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (1) TO (9)"),
    ),
    on_both(
        "BG908 green", "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)",
        "CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id + id) STORED)", ('public.t."twice"',),
    ),
    on_both("BG193 green", "CREATE TYPE mood AS ENUM ('good', 'bad')", "CREATE TYPE mood AS ENUM ('good')"),
    on_both("BG194 green", "CREATE TYPE mood AS ENUM ('good')", "CREATE TYPE mood AS ENUM ('good', 'bad')"),
    on_both("BG195 green", "CREATE DOMAIN short AS text", "CREATE DOMAIN short AS text CHECK (VALUE <> '')"),
    on_both("BG197 green", 'CREATE TABLE users (id int PRIMARY KEY, name text COLLATE "C")', USERS),
    Fault(
        ("BG150 green", "BG184 green"),
        blue=(USERS,), green=(USERS, "ALTER TABLE users ADD phone text", "ALTER TABLE users REPLICA IDENTITY FULL"),
    ),
    Fault(
        ("BG196 green", "BG159 blue"),
        blue=("CREATE TABLE users (id int PRIMARY KEY, name text) PARTITION BY RANGE (id)",), green=(USERS,),
    ),
]  # fmt: skip
