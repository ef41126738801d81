# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the buffers of the side in service is read on the other one: seen by pg_buffercache."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.databases import Database
from tests.fixtures.migrations import Pair, PairFactory
from tests.fixtures.servers import restart

TABLES = """
CREATE TABLE used (id int PRIMARY KEY, note text);
CREATE TABLE unused (id int PRIMARY KEY, note text);
"""
ROWS = """
INSERT INTO used SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n;
INSERT INTO unused SELECT n, repeat('x', 200) FROM generate_series(1, 20000) n;
VACUUM ANALYZE used, unused
"""
_HELD = """
SELECT c.relname, count(*) FROM pg_buffercache b JOIN pg_class c ON pg_relation_filenode(c.oid) = b.relfilenode
WHERE b.reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND b.relforknumber = 0
  AND c.relname IN ('used', 'used_pkey', 'unused', 'unused_pkey') GROUP BY 1
"""


def held(side: Database) -> dict[str, int]:
    """Return how many blocks of each relation lie in a side's buffers."""
    return dict(side.query(_HELD))


@pytest.fixture
def stage(pair: PairFactory) -> Any:
    """Give `stage(blue, green)`: the same rows on both sides, in buffers that are empty but for one table of blue."""

    def make(blue: int, green: int) -> Pair:
        made = pair(blue, green, alone=True)
        for side in (made.blue, made.green):
            side.query(TABLES, role="owner")
            for statement in ROWS.split(";"):
                side.query(statement, role="owner")
            side.query("CREATE EXTENSION pg_buffercache; CREATE EXTENSION pg_prewarm")
        made.succeed("write_gate")
        for side in (made.blue, made.green):
            restart(side.server.embedded, "fast")
        made.blue.query("SELECT sum(length(note)) FROM used", role="owner")
        made.blue.query("SET enable_seqscan = off; SELECT count(id) FROM used", role="owner")
        return made

    return make


@pytest.mark.parametrize(("blue", "green"), [(17, 18), (11, 18)])
def test_what_blue_uses_lies_in_greens_buffers_afterwards(stage: Any, blue: int, green: int) -> None:
    made = stage(blue, green)
    assert held(made.blue)["used"] > 500
    assert "used" not in held(made.green)
    told = made.succeed("warm_cache", check=True)
    assert "used" not in held(made.green)
    assert told["read_bytes"] == 0
    assert told["left_bytes"] > 500 * 8192
    assert told["lines"][0].startswith("would read ")
    done = made.succeed("warm_cache")
    assert (done["read_bytes"], done["left_bytes"], done["changed"]) == (told["left_bytes"], 0, False)
    there = held(made.green)
    assert there["used"] >= held(made.blue)["used"]
    assert there["used_pkey"] > 0
    assert "unused" not in there


def test_limits_and_slices_and_what_is_missing(stage: Any) -> None:
    made = stage(17, 18)
    assert made.succeed("warm_cache", max_bytes=8192 * 20)["read_bytes"] == 8192 * 20
    first = made.succeed("warm_cache", slice=0.000001)
    assert first["resume"]["ranges"]
    assert first["progress"][0].startswith("read ")
    last = made.succeed("warm_cache", resume=first["resume"])
    assert "resume" not in last
    assert last["read_bytes"] == first["read_bytes"] + first["left_bytes"]
    late = made.succeed("warm_cache", timeout=0.000001)
    assert late["left_bytes"] > 0
    assert "are over" in late["lines"][0]
    made.blue.query("DROP EXTENSION pg_buffercache")
    assert "BG249: the cache of green is not warmed: blue has no extension pg_buffercache" in _lines(made)
    made.green.query("DROP EXTENSION pg_prewarm")
    assert "BG249: the cache of green is not warmed: green has no extension pg_prewarm" in _lines(made)


def _lines(made: Pair) -> list[str]:
    return list(made.succeed("warm_cache")["lines"])
