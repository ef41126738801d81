# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that stand in each other's way are mended all the same, and one that cannot be stops no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.consistency import Replicated, ReplicatedFactory, replicated
from tests.integration.comparison.test_repair import allow_repair, repair

__all__ = ["replicated"]

SCHEMA = """
CREATE TABLE a_first (id int PRIMARY KEY, v text);
CREATE TABLE swapped (id int PRIMARY KEY, "co%de" text UNIQUE, t text, twice text GENERATED ALWAYS AS ("co%de") STORED);
CREATE UNIQUE INDEX ON swapped (lower("co%de")) WHERE id > 0;
CREATE TABLE late (id int PRIMARY KEY, pos int UNIQUE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE booked (id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&));
CREATE TABLE parents (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents ON DELETE CASCADE, n int UNIQUE);
CREATE TABLE z_last (id int PRIMARY KEY, v text);
"""
ROWS = """
INSERT INTO a_first VALUES (1, 'a'); INSERT INTO z_last VALUES (1, 'z');
INSERT INTO swapped SELECT g, 'c' || g, 'row ' || g FROM generate_series(1, 9) g;
INSERT INTO late SELECT g, g FROM generate_series(1, 9) g;
INSERT INTO booked SELECT g, int4range(g * 10, g * 10 + 10) FROM generate_series(1, 9) g;
INSERT INTO parents SELECT g, 'p' || g FROM generate_series(1, 9) g;
INSERT INTO children SELECT g, g, g FROM generate_series(1, 9) g;
"""
# Of each kind: two rows that exchanged their values, three in a circle, and an extra row with a missing one's value.
FAULTS = """
SET session_replication_role = replica;
UPDATE a_first SET v = 'x'; UPDATE z_last SET v = 'x';
UPDATE swapped SET "co%de" = 'tmp' || id WHERE id <= 5;
UPDATE swapped SET "co%de" = 'c' || CASE id WHEN 1 THEN 2 WHEN 2 THEN 1 WHEN 3 THEN 4 WHEN 4 THEN 5 ELSE 3 END
WHERE id <= 5;
DELETE FROM swapped WHERE id = 6; INSERT INTO swapped VALUES (60, 'c6', 'extra');
BEGIN; UPDATE late SET pos = 3 - pos WHERE id <= 2; DELETE FROM late WHERE id = 6; INSERT INTO late VALUES (60, 6);
COMMIT;
UPDATE booked SET during = int4range(during) * int4range(900 + id, 901 + id) WHERE id <= 2;
UPDATE booked SET during = int4range((3 - id) * 10, (3 - id) * 10 + 10) WHERE id <= 2;
DELETE FROM booked WHERE id = 6; INSERT INTO booked VALUES (60, '[61,62)');
DELETE FROM parents WHERE id = 6; INSERT INTO parents VALUES (60, 'p6'); UPDATE parents SET name = 'q' WHERE id = 7;
DELETE FROM children WHERE id = 6; INSERT INTO children VALUES (60, 60, 6);
"""


@pytest.fixture
def pair(replicated: ReplicatedFactory) -> Replicated:
    """Give a pair whose green has rows that stand in each other's way, and a column that blue lacks."""
    made = replicated(SCHEMA, ROWS)
    allow_repair(made.green)
    made.plant("ALTER TABLE swapped ADD COLUMN own text DEFAULT 'kept'; UPDATE swapped SET own = 'of ' || id")
    return made


def _counts(result: dict[str, Any]) -> dict[str, int]:
    return {table["table"]: table["repaired"] for table in result["tables"] if table["repaired"]}


def test_rows_that_exchanged_unique_values_are_mended(pair: Replicated) -> None:
    pair.plant(FAULTS)
    shown = repair(pair, check=True)
    deletes = [text.startswith("DELETE") for text in shown["statements"] if '"swapped"' in text]
    assert deletes == [True, *[False] * 6], "rows that go make room first"
    result = repair(pair)
    assert (result["consistent"], result["not_repaired"]) == (True, []), result
    assert _counts(result) == {
        "public.a_first": 1, "public.booked": 4, "public.children": 2, "public.late": 4, "public.parents": 3,
        "public.swapped": 7, "public.z_last": 1,
    }  # fmt: skip
    assert result["repaired"] == 22
    own = pair.green.query("SELECT id, own, twice FROM swapped WHERE id IN (1, 5) ORDER BY 1")
    assert own == [(1, "of 1", "c1"), (5, "of 5", "c5")], "what only green has stays"
    assert repair(pair)["changed"] is False
    pair.blue.query("UPDATE swapped SET t = 'again'; DELETE FROM parents WHERE id = 6; UPDATE late SET pos = pos + 100")
    assert pair.compare()["consistent"] is True


def test_a_row_that_the_server_refuses_is_reported_and_the_rest_mended(pair: Replicated) -> None:
    pair.plant(f"{FAULTS} ALTER TABLE swapped ADD CONSTRAINT no_c3 CHECK (\"co%de\" <> 'c3' OR id <> 3) NOT VALID")
    result = repair(pair)
    assert result["consistent"] is False
    refused = {one["key"]["id"]: one["reason"] for one in result["not_repaired"]}
    assert 'violates check constraint "no_c3" (SQLSTATE 23514)' in refused["3"]
    # The other rows of its circle cannot have their values while it has kept its own.
    assert set(refused) == {"3", "4", "5"}
    assert _counts(result)["public.swapped"] == 4
    assert _counts(result)["public.z_last"] == 1
    assert pair.green.query('SELECT id, "co%de" FROM swapped WHERE id <= 6 ORDER BY 1') == [
        (1, "c1"), (2, "c2"), (3, "c4"), (4, "c5"), (5, "c3"), (6, "c6"),
    ]  # fmt: skip
    pair.plant("ALTER TABLE swapped DROP CONSTRAINT no_c3")
    assert repair(pair)["consistent"] is True


def test_a_table_that_is_locked_keeps_no_other_one_waiting(pair: Replicated) -> None:
    pair.plant(FAULTS)
    holder = pair.green.connect("superuser", autocommit=False)
    holder.cursor().execute("LOCK TABLE late IN SHARE ROW EXCLUSIVE MODE")
    result = repair(pair)
    assert {one["table"] for one in result["not_repaired"]} == {"public.late"}
    assert "kept us waiting too long" in result["not_repaired"][0]["reason"]
    assert (result["repaired"], _counts(result)["public.z_last"]) == (18, 1)
    holder.rollback()
    assert (repair(pair)["repaired"], repair(pair)["consistent"]) == (4, True)
