# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows that come after a backfill: said, filled beside both links without flowing back, and asked for by go/no-go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.migrations import Pair, PairFactory
from tests.integration.comparison.test_repair import allow_repair

_FILL: dict[str, Any] = {
    "table": "public.users",
    "columns": {"folded": "lower(t.name)"},
    "where": "t.folded IS NULL",
    "batch_size": 30,
}
_LEFT = "SELECT count(*) FROM users WHERE folded IS NULL"
_NAMES = "SELECT md5(string_agg(id || name, ',' ORDER BY id)) FROM users"


@pytest.fixture
def pair(pair: PairFactory) -> Pair:
    """Give a pair with both links, and a column that only green has, filled before the way back came."""
    made = pair(green_ddl="ALTER TABLE users ADD COLUMN folded text")
    made.succeed("write_gate")
    made.succeed("replication_link", direction="forward")
    made.succeed("replication_catchup", timeout=60)
    assert made.succeed("backfill", **_FILL)["left_over"] is False
    made.succeed("replication_link", direction="reverse")
    return made


def _come(made: Pair, name: str) -> None:
    assert made.write(made.blue, f"INSERT INTO users (name) VALUES ('{name}')") is None
    made.succeed("replication_catchup", timeout=60)


def _reasons(made: Pair, *, check: bool = False, **more: Any) -> dict[str, str]:
    result = made.run("cutover", check=check, target="green", **more)
    assert result.get("code") in (None, "BG500"), result
    return {one["code"]: one["what"] for one in result.get("details", {}).get("reasons", [])}


def test_rows_that_came_later_are_said_filled_and_asked_for(pair: Pair) -> None:
    _come(pair, "Later")
    assert pair.green.query(_LEFT) == [(1,)]
    for check in (True, False):
        assert "rows still meet its condition (t.folded IS NULL)" in _reasons(pair, check=check)["BG255"]
    assert pair.run("backfill", check=True, **_FILL)["code"] == "BG008", "the role was not given the right to"
    allow_repair(pair.green)
    told = pair.succeed("backfill", check=True, **_FILL)
    assert (told["changed"], told["left_over"], pair.green.query(_LEFT)) == (True, False, [(1,)])

    done = pair.succeed("backfill", **_FILL)
    assert (done["written"], done["left_over"], pair.green.query(_LEFT)) == (1, False, [(0,)])
    assert pair.succeed("backfill", **_FILL)["changed"] is False
    assert pair.green.query("SELECT count(*) FROM pg_replication_origin WHERE roname LIKE 'bluegreen%%fill'") == [(0,)]
    assert _reasons(pair, check=True) == {}
    assert pair.succeed("cutover", target="green")["in_service"] == "green"


def test_what_is_filled_beside_both_links_does_not_flow_back(pair: Pair) -> None:
    allow_repair(pair.green)
    # Green has not got blue's newest names while it is filled: carried back, the old ones would overwrite them.
    pair.green.query(f"ALTER SUBSCRIPTION {pair.lane('forward')} DISABLE")
    pair.blue.query("UPDATE users SET name = 'Newer ' || id")
    done = pair.succeed("backfill", **{**_FILL, "columns": {"folded": "upper(t.name)"}, "where": ""})
    assert (done["written"], done["left_over"]) == (100, False)
    pair.green.query(f"ALTER SUBSCRIPTION {pair.lane('forward')} ENABLE")
    for direction in ("forward", "reverse"):
        pair.succeed("replication_catchup", direction=direction, timeout=60)
    assert pair.blue.query("SELECT count(*) FROM users WHERE name LIKE 'Newer%%'") == [(100,)]
    assert pair.blue.query(_NAMES) == pair.green.query(_NAMES)


def test_a_way_back_that_carries_everything_is_refused(pair: Pair) -> None:
    allow_repair(pair.green)
    _come(pair, "Later")
    pair.blue.query(f"ALTER SUBSCRIPTION {pair.lane('reverse')} SET (origin = any)")
    for check in (True, False):
        assert pair.run("backfill", check=check, **_FILL)["code"] == "BG234"
    assert pair.green.query(_LEFT) == [(1,)]


def test_rows_of_which_nothing_is_known_are_a_reason(pair: Pair) -> None:
    pair.green.query("UPDATE bluegreen.backfill SET condition = 'nothing IS NULL'", role=pair.role)
    told = _reasons(pair, check=True)["BG256"]
    assert 'column "nothing" does not exist' in told
    pair.green.query("UPDATE bluegreen.backfill SET condition = 'pg_sleep(60) IS NULL'", role=pair.role)
    assert "no answer within 10 s" in _reasons(pair, check=True)["BG256"]
    title = "folded of public.users"
    accepted = [{"code": "BG256", "object": title, "reason": "it sleeps"}]
    assert _reasons(pair, check=True, accepted=accepted) == {}
    pair.green.query("UPDATE bluegreen.backfill SET condition = '', finished = false", role=pair.role)
    assert _reasons(pair, check=True)["BG255"] == f"the backfill of {title}: it has not ended"
    before = pair.dump(pair.green)
    _reasons(pair, check=True)
    assert pair.dump(pair.green) == before


def test_a_batch_of_no_rows_is_refused(pair: Pair) -> None:
    refused = pair.run("backfill", **{**_FILL, "batch_size": 0})
    assert (refused["failed"], refused["code"]) == (True, "BG081"), refused["msg"]
