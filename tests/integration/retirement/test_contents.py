# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checksums of a database's contents: the same on the oldest and the newest major, for every reader."""

from __future__ import annotations

from contextlib import closing

import pytest
from psycopg2 import sql

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.endpoint import Endpoint
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.retirement.contents import (
    Contents,
    differences,
)
from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.sides import Side
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.retirement.contents import read_contents
from ansible_collections.bluegreen.postgresql.plugins.module_utils._postgres.session import Session
from tests.fixtures.databases import Database, DatabaseFactory, RoleName

_ODD = """
SET ROLE {owner};
CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE computed (a int GENERATED ALWAYS AS (1 + 1) STORED);
INSERT INTO computed DEFAULT VALUES;
CREATE TABLE "50% off {{x}}" ("a%s" int, "{{b}}" text);
INSERT INTO "50% off {{x}}" VALUES (1, 'x'), (2, NULL);
CREATE SEQUENCE "s%s ""q";
CREATE UNLOGGED TABLE kinds (a point, b xml, c json, d tsvector, e inet, f money, g bit(3), h int4range, i interval,
    j float8, k jsonb, l "char", m oid);
INSERT INTO kinds VALUES ('(1,2)', '<a/>', '{{"a": 1}}', 'a b', '10.0.0.1', 12.5, '101', '[1,3)', '1 day 2h', 0.1,
    '{{"b": 2}}', 'x', 7);
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
INSERT INTO child VALUES (1, 2), (1, 2);
INSERT INTO parent VALUES (3);
"""


@pytest.mark.soak
def test_they_are_the_same_everywhere_and_another_row_makes_another_one(database: DatabaseFactory) -> None:
    found: list[Contents] = []
    for major in (14, 18):
        side = database(major)
        side.query(sql.SQL(_ODD).format(owner=sql.Identifier(side.roles["owner"].name)))
        found += [_read(side, "migrator"), _read(side, "superuser")]
        side.query("UPDATE child SET b = 3 WHERE ctid = '(0,1)'; SELECT nextval('\"s%s \"\"q\"')")
        assert differences(found[0], _read(side, "migrator")) == [
            "public.child: different contents in 2 rows",
            'sequence public."s%s ""q": stands at 1 and was drawn instead of 1',
        ]
    assert [differences(found[0], one) for one in found] == [[]] * 4


def _read(side: Database, role: RoleName) -> Contents:
    keywords = {key: str(value) for key, value in side.endpoint(role).items()}
    with closing(Session(Endpoint(Side.BLUE, keywords, {}), "test")) as session:
        return read_contents(session, session.major)
