# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries while the application writes: counters prove that there is no conflict and no echo, and find both if
planted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fixtures.migrations import Pair, PairFactory


@contextmanager
def writing(made: Pair) -> Iterator[None]:
    """Write on blue until the block ends."""
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            assert made.write(made.blue) is None

    writer = threading.Thread(target=write)
    writer.start()
    yield
    done.set()
    writer.join()


@pytest.mark.parametrize("seconds", [2.0, pytest.param(60.0, marks=pytest.mark.soak)])
def test_writes_neither_conflict_nor_come_back_and_an_echo_is_found(pair: PairFactory, seconds: float) -> None:
    made = pair()
    made.replicate()
    with writing(made):
        seen = made.succeed("canary", duration=seconds, interval=0.5)
    assert seen["traffic"]["written"] > 20
    assert seen["traffic"]["come_back"] <= seen["traffic"]["written"] // 2
    assert {name: one["sent"] >= seconds for name, one in seen["canaries"].items()} == {
        "forward": True,
        "reverse": True,
    }
    assert seen["waits_for_switch"] == []
    kept = "SELECT side FROM bluegreen.marker_1 ORDER BY 1"
    assert made.blue.query(kept) == made.green.query(kept) == [("blue",), ("green",)], "one of each side stays"
    assert made.succeed("canary", check=True)["traffic"] is None
    made.blue.query(f'ALTER SUBSCRIPTION "{made.lane("reverse")}" SET (origin = any)')
    with writing(made):
        assert made.run("canary", duration=seconds, interval=0.5, timeout=5.0)["code"] in ("BG311", "BG312", "BG315")


@pytest.mark.soak
def test_below_16_it_says_what_waits_for_the_switch(pair: PairFactory) -> None:
    made = pair(15, 18)
    made.replicate()
    seen = made.succeed("canary")
    assert (list(seen["canaries"]), seen["traffic"]) == (["forward"], None)
    assert "since blue is 15" in seen["waits_for_switch"][0]
