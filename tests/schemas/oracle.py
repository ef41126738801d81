# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both sides hold, read with SQL and pg_dump of the tests' own, not with the collection's comparison."""

from __future__ import annotations

import re
from collections import Counter

from psycopg2 import sql

from demo.commands import run_command
from tests.fixtures.databases import Database, run_statement

_PINS = (
    "SET search_path = pg_catalog; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';"
    " SET bytea_output = 'hex'; SET extra_float_digits = 3; SET xmloption = 'content'; SET lc_monetary = 'C';"
    " SET row_security = off; SET statement_timeout = '60s'"
)
# Each leaf of its own: a row in another partition is another row.
_TABLES = """
SELECT n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'bluegreen' AND c.oid >= 16384
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
_ROWS = """SELECT count(*), md5(coalesce(string_agg(md5(x::text), ',' ORDER BY md5(x::text) COLLATE "C"), ''))
FROM ONLY {}.{} AS x"""
_SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), increment_by, last_value FROM pg_sequences
WHERE schemaname <> 'bluegreen'
"""

Rows = dict[str, tuple[int, str]]


def rows_of(side: Database) -> Rows:
    """Return number and digest of the rows of each table."""
    found: Rows = {}
    opened = side.connect()
    run_statement(opened, _PINS)
    for schema, name in run_statement(opened, _TABLES):
        title = sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(name)).as_string(opened)
        statement = sql.SQL(_ROWS).format(sql.Identifier(schema), sql.Identifier(name))
        found[title] = run_statement(opened, statement)[0]
    opened.close()
    return found


def unlike(blue: Rows, green: Rows) -> list[str]:
    """Return what differs, in words."""
    return [
        f"{name}: {blue.get(name)} on blue, {green.get(name)} on green"
        for name in sorted(blue.keys() | green.keys())
        if blue.get(name) != green.get(name)
    ]


def behind(old: Database, new: Database) -> list[str]:
    """Return the sequences that would hand out a value of the old side's again."""
    values = {name: (step, value) for name, step, value in new.query(_SEQUENCES)}
    found = []
    for name, step, value in old.query(_SEQUENCES):
        there = values.get(name, (step, None))[1]
        if value is not None and (there is None or (there - value) * step < 0):
            found.append(f"{name}: {value} on the old side, {there} on the new one")
    return found


_HEAD = re.compile(r"^-- (?:Data for )?Name: ", re.MULTILINE)
_NOISE = re.compile(
    r"^(--.*|SET default_table_access_method.*|SET default_tablespace.*|\\(un)?restrict .*)?\n", re.MULTILINE
)
_OURS = re.compile(r"CREATE TRIGGER bluegreen_gate|(SCHEMA|ON SCHEMA) bluegreen\b|CREATE EVENT TRIGGER bluegreen_")
# What PostgreSQL itself writes differently after a dump and a restore, or in another major.
_QUALIFIER = re.compile(r'(?:"(?:[^"]|"")+"|\b\w+)\.(?=[\w"])')
_NAME_OF_NOT_NULL = re.compile(r'CONSTRAINT (?:"(?:[^"]|"")*_not_null\d*"|\w+_not_null\d*) (?=NOT NULL)')
_CAST_ARRAY = re.compile(r"\((ARRAY\[[^\]]*\])\)::text\[\]")
_CAST_ELEMENT = re.compile(r"\(('(?:[^']|'')*'::character varying)\)::text")
_KEYWORD = re.compile(r'"([a-z_][a-z0-9_]*)"')
SPELLINGS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    # in which statements (a part of their heading), what, by what it is replaced
    ("; Type: VIEW;", _QUALIFIER, ""),  # from 16 on needless qualifiers are left out
    ("; Type: MATERIALIZED VIEW;", _QUALIFIER, ""),
    ("; Type: RULE;", _QUALIFIER, ""),
    ("; Type: TABLE;", _NAME_OF_NOT_NULL, ""),  # 18 keeps the names that it made up, and writes those that it cut
    ("", _CAST_ARRAY, r"\1"),  # IN over varchar is written in one way and, once restored, in the other
    ("", _CAST_ELEMENT, r"\1"),
    ("", _KEYWORD, r"\1"),  # each major quotes its own keywords
)
# Schema public belongs to pg_database_owner from 15 on; a new database spells out its privileges.
_OF_EVERY_DATABASE = ("public; Type: SCHEMA;", "SCHEMA public; Type: ACL;", "SCHEMA public; Type: COMMENT;")


def schema_of(side: Database, pg_dump: str) -> Counter[str]:
    """Return the statements that make its schema, without ours. `pg_dump`: the same program for both sides."""
    place = side.endpoint("superuser")
    argv = [pg_dump, "--schema-only", "--no-publications", "--no-subscriptions", "--exclude-schema=bluegreen",
            "-h", place["host"], "-p", str(place["port"]), "-U", place["user"], side.name]  # fmt: skip
    status, output, error = run_command(argv, environ_update={"PGPASSWORD": place["password"]})
    assert status == 0, error
    return Counter(spelled(part) for part in _HEAD.split(output)[1:] if _counts(part))


def _counts(part: str) -> bool:
    return not (_OURS.search(part) or part.startswith(_OF_EVERY_DATABASE))


def spelled(part: str) -> str:
    """Return a statement with its heading, without what PostgreSQL itself writes differently."""
    head, _break, body = part.partition("\n")
    body = _NOISE.sub("", body)
    for heading, pattern, instead in SPELLINGS:
        if heading in head:
            body = pattern.sub(instead, body)
    return f"{head}\n{body}"


def unlike_schemas(blue: Counter[str], green: Counter[str]) -> list[str]:
    """Return the statements that only one side has."""
    return [f"only blue: {one}" for one in blue - green] + [f"only green: {one}" for one in green - blue]
