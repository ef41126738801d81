# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a status, the dry run of a switch and a switch ask the servers: the servers' own logs count."""

from __future__ import annotations

from operator import gt

import pytest
from psycopg2 import sql

from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.statements import Listener, Statement, repeats, sessions, while_writers_wait

MORE_TABLES = """
SET ROLE {owner};
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int NOT NULL);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL);
CREATE TABLE prices (item bigint PRIMARY KEY, cents int NOT NULL);
CREATE TABLE stock (item bigint PRIMARY KEY, pieces int NOT NULL);
CREATE TABLE carts (id serial PRIMARY KEY, note text);
CREATE TABLE "Odd ""Name".returns (id bigint PRIMARY KEY, note text);
CREATE TABLE "Odd ""Name".claims (id bigint PRIMARY KEY, note text);
CREATE TABLE "Odd ""Name".visits (id bigint PRIMARY KEY, at timestamptz);
CREATE TABLE "Odd ""Name".addresses (id bigint PRIMARY KEY, street text);
"""
CUTOVER = {"target": "green", "routes": [], "comparison_max_age_hours": 1.0}
ROLLBACK = {"target": "blue", "routes": []}
# Statements and sessions of both sides together. A wait asks again and again: there is some room above what was seen.
MOST = {
    "status": (57, 4),
    "dry run": (44, 4),
    "cutover": (204, 9),
    "cutover, while writers wait": (22, 5),
    "rollback": (190, 9),
    "rollback, while writers wait": (22, 5),
}
PROGRESS = "confirmed_flush_lsn"  # read twice, for its speed
BEGINNING = "SET client_connection_check_interval"  # of each session


@pytest.fixture
def counted(pair: PairFactory) -> tuple[Pair, Listener]:
    """Give twelve tables in two schemas, linked both ways and compared, on servers that log every statement."""
    made = pair(alone=True)
    for side in (made.blue, made.green):
        side.query(sql.SQL(MORE_TABLES).format(owner=sql.Identifier(side.roles["owner"].name)))
    listener = Listener(made)
    made.replicate()
    made.succeed("consistency_check")
    listener.heard()
    return made, listener


@pytest.mark.soak
def test_one_observation_is_handed_down(counted: tuple[Pair, Listener]) -> None:
    made, listener = counted
    asked: dict[str, list[Statement]] = {}
    made.succeed("migration_info", routes=[])
    made.succeed("prerequisites_info", backup_waived="its rows are made by a test")
    asked["status"] = listener.heard()
    made.succeed("cutover", check=True, **CUTOVER)
    asked["dry run"] = listener.heard()
    for name, parameters in (("cutover", CUTOVER), ("rollback", ROLLBACK)):
        made.succeed("cutover", **parameters)
        asked[name] = listener.heard()
        asked[f"{name}, while writers wait"] = while_writers_wait(asked[name])
    counts = {name: (len(statements), sessions(statements)) for name, statements in asked.items()}
    assert not {name: seen for name, seen in counts.items() if any(map(gt, seen, MOST[name]))}, counts
    asked_twice = [text for _times, _side, text in repeats(asked["dry run"])]
    assert [text for text in asked_twice if PROGRESS not in text and not text.startswith(BEGINNING)] == []
