# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sequences of every kind continue on the new side, and the switch exhausts none of them."""

from __future__ import annotations

import pytest
from psycopg2 import sql

from tests.fixtures.migrations import PairFactory

# A sequence that an extension has as its member is no object of the user's, and his table draws from it all the same.
_KINDS = """
CREATE SEQUENCE of_extension;
ALTER EXTENSION plpgsql ADD SEQUENCE of_extension;
GRANT ALL ON SEQUENCE of_extension TO PUBLIC;
SET ROLE {owner};
CREATE SEQUENCE short AS smallint;
CREATE {unlogged} SEQUENCE numbers;
CREATE TABLE numbered (id bigint PRIMARY KEY DEFAULT nextval('numbers'), more bigint DEFAULT nextval('of_extension'));
"""
_FIRST_UNLOGGED = 15


@pytest.mark.parametrize(
    ("blue", "green"),
    [pytest.param(14, 18, id="14-18", marks=pytest.mark.soak), pytest.param(17, 18, id="17-18")],
)
def test_every_sequence_that_a_default_draws_from_goes_on_and_a_short_one_is_not_used_up(
    pair: PairFactory, blue: int, green: int
) -> None:
    made = pair(blue, green)
    for side, major in ((made.blue, blue), (made.green, green)):
        unlogged = sql.SQL("UNLOGGED" if major >= _FIRST_UNLOGGED else "")
        side.query(sql.SQL(_KINDS).format(owner=sql.Identifier(side.roles["owner"].name), unlogged=unlogged))
    made.blue.query("SELECT setval('short', 32700)")
    made.blue.query("INSERT INTO numbered SELECT FROM generate_series(1, 5)")
    made.replicate()
    made.succeed("cutover", target="green")
    made.green.query("INSERT INTO numbered DEFAULT VALUES")
    [(identity, more)] = made.green.query("SELECT max(id), max(more) FROM numbered")
    assert identity > 5
    assert more > 5
    [(short,)] = made.green.query("SELECT nextval('short')")
    assert 32_700 < short <= 32_707


# Set and not drawn from since: by a loader of rows that have their numbers, by an owner, and downwards.
_SET = """
SET ROLE {owner};
CREATE TABLE loaded (id serial PRIMARY KEY);
INSERT INTO loaded SELECT generate_series(1, 100);
SELECT setval('loaded_id_seq', 101, false);
CREATE SEQUENCE restarted;
ALTER SEQUENCE restarted RESTART WITH 500;
CREATE SEQUENCE falling INCREMENT -1 MAXVALUE 1000 MINVALUE 1;
ALTER SEQUENCE falling RESTART WITH 700;
CREATE SEQUENCE fresh START 7;
"""
_EMPTY = """
SET ROLE {owner};
CREATE TABLE loaded (id serial PRIMARY KEY);
CREATE SEQUENCE restarted;
ALTER SEQUENCE restarted RESTART WITH 9000;
CREATE SEQUENCE falling INCREMENT -1 MAXVALUE 1000 MINVALUE 1;
CREATE SEQUENCE fresh START 7;
"""


@pytest.mark.parametrize(
    "blue", [pytest.param(14, marks=pytest.mark.soak), 17, pytest.param(18, marks=pytest.mark.soak)]
)
def test_a_sequence_that_was_set_and_not_drawn_from_since_goes_on_from_there(pair: PairFactory, blue: int) -> None:
    made = pair(blue, 18)
    for side, statements in ((made.blue, _SET), (made.green, _EMPTY)):
        side.query(sql.SQL(statements).format(owner=sql.Identifier(side.roles["owner"].name)))
    made.replicate()
    made.succeed("cutover", target="green")
    made.green.query("INSERT INTO loaded DEFAULT VALUES")
    [(loaded, restarted, falling, fresh)] = made.green.query(
        "SELECT (SELECT max(id) FROM loaded), nextval('restarted'), nextval('falling'), nextval('fresh')"
    )
    assert loaded > 100
    assert restarted >= 9000, "never backwards"
    assert falling < 701
    assert fresh == 7
