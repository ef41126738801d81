# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A comparison that needs a link through which nothing flows ends within 30 s, with the reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.consistency import Replicated, ReplicatedFactory, replicated

__all__ = ["replicated"]

SCHEMA = "CREATE TABLE t (id int PRIMARY KEY, v int);"
ROWS = "INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;"


def _ended(pair: Replicated, **arguments: Any) -> dict[str, Any]:
    begun = time.monotonic()
    result = pair.compare(timeout=60, **arguments)
    assert time.monotonic() - begun < 30, result
    assert result["code"] == "BG404", result
    return result


def _stop_at_a_conflict(pair: Replicated) -> None:
    pair.plant("INSERT INTO t VALUES (99, 0)")
    pair.blue.query("INSERT INTO t VALUES (99, 99)")


@pytest.mark.parametrize(("blue", "green"), [(17, 18), (14, 14), pytest.param(14, 17, marks=pytest.mark.soak)])
def test_a_worker_that_fails_again_and_again(replicated: ReplicatedFactory, blue: int, green: int) -> None:
    pair = replicated(SCHEMA, ROWS, blue=blue, green=green)
    _stop_at_a_conflict(pair)
    assert pair.link in _ended(pair)["msg"]


def test_a_comparison_that_pauses_because_of_lag_does_not_wait_for_a_dead_link(replicated: ReplicatedFactory) -> None:
    pair = replicated(SCHEMA, ROWS)
    _stop_at_a_conflict(pair)
    pair.blue.query("INSERT INTO t SELECT g, g FROM generate_series(100, 40000) g")
    _ended(pair, max_lag_megabytes=1)


def _lose_the_slot(pair: Replicated) -> None:
    pair.green.query(f"ALTER SUBSCRIPTION {pair.link} DISABLE")
    gone = f"SELECT count(pg_terminate_backend(active_pid)) FROM pg_replication_slots WHERE slot_name = '{pair.link}'"
    pair.blue.query(gone)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if pair.blue.query(f"SELECT active FROM pg_replication_slots WHERE slot_name = '{pair.link}'") == [(False,)]:
            break
    pair.blue.query(f"SELECT pg_drop_replication_slot('{pair.link}')")


def _disable(pair: Replicated) -> None:
    pair.green.query(f"ALTER SUBSCRIPTION {pair.link} DISABLE")


def _put_out_of_reach(pair: Replicated) -> None:
    pair.green.query(f"ALTER SUBSCRIPTION {pair.link} CONNECTION 'host=127.0.0.1 port=1 dbname=x'")


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (_disable, "disabled"),
        (_put_out_of_reach, "no apply worker"),
        pytest.param(_lose_the_slot, "No link brings", marks=pytest.mark.soak),
    ],
)
def test_a_link_through_which_nothing_can_flow(
    replicated: ReplicatedFactory, stop: Callable[[Replicated], None], words: str
) -> None:
    pair = replicated(SCHEMA, ROWS)
    stop(pair)
    pair.blue.query("UPDATE t SET v = 0 WHERE id = 1")
    if words.startswith("No link"):
        assert pair.compare()["code"] == "BG403"
        return
    assert words in _ended(pair)["msg"]
