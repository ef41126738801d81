# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Floats arrive bit by bit, both ways, whatever digits a server prints by itself."""

from __future__ import annotations

import pytest

from tests.fixtures.chosen import chosen
from tests.fixtures.migrations import PairFactory

_PAIRS = [(11, 14), (11, 18), (12, 14), (13, 14), (14, 14)]
_TABLE = "CREATE TABLE floats (id int PRIMARY KEY, f double precision, r real, a double precision[])"
_ROWS = """
INSERT INTO floats SELECT n, sqrt(n::float8) / 3, (sqrt(n::float8) / 3)::real, ARRAY[sqrt(n::float8) / 7, 'NaN', '-0']
FROM generate_series({}, {}) n
"""
_BITS = "SELECT id, float8send(f)::text, float4send(r)::text, array_send(a)::text FROM floats ORDER BY id"


@pytest.mark.parametrize(("blue", "green"), chosen(_PAIRS, (11, 18)))
def test_floats_arrive_as_they_are(pair: PairFactory, blue: int, green: int) -> None:
    made = pair(blue, green, green_ddl=_TABLE)
    made.blue.query(_TABLE)
    made.blue.query(_ROWS.format(1, 50))
    made.replicate()
    made.blue.query(_ROWS.format(51, 100))
    made.succeed("replication_catchup", direction="forward", timeout=60)
    assert made.green.query(_BITS) == made.blue.query(_BITS)
    assert made.succeed("consistency_check", timeout=60)["consistent"]
    made.succeed("cutover", target="green")
    made.green.query(_ROWS.format(101, 150))
    made.succeed("replication_catchup", direction="reverse", timeout=60)
    assert len(made.blue.query(_BITS)) == 150
    assert made.blue.query(_BITS) == made.green.query(_BITS)
