# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's ending: what makes it fail, and what its table says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._embedded.server import EmbeddedServer
from demo.commands import run_command
from demo.ledger import WriterError
from demo.ledger_check import Verdict
from demo.playbooks import PlaybookResult
from demo.shop import Passwords, ShopSide
from demo.story import Ending, Proof
from demo.table import render
from demo.writers import PROBE, WriterResults

GREEN = ShopSide(EmbeddedServer(Path("binaries"), Path("green"), 5433, run_command), Passwords(), Path("psql"))
SWITCH_ERROR = WriterError("run-0", 11.0, "statement", 1, "25006", fatal=False, message="fenced")
DOUBLED_KEY = WriterError("run-0", 11.0, "statement", 1, "23505", fatal=True, message="duplicate key")
GOOD = Ending(
    phases=[
        PlaybookResult("cutover", 0, 10.0, 14.5, Path("log")),
        PlaybookResult("monitor", 0, 15.0, 17.0, Path("log")),
    ],
    writers=WriterResults({PROBE: [9.0, 12.0, 14.0, 14.8, 15.5, 16.0, 17.5]}, [SWITCH_ERROR]),
    proof=Proof(GREEN, Verdict(acknowledged=1234, unknown=1), {"a row deleted by hand": True}),
)


def with_verdict(verdict: Verdict) -> Ending:
    return replace(GOOD, proof=replace(GOOD.proof, verdict=verdict))


def test_errors_that_a_driver_cures_and_unknown_outcomes_are_no_failure() -> None:
    assert GOOD.succeeded


@pytest.mark.parametrize(
    "ending",
    [
        with_verdict(Verdict(acknowledged=1, missing=1)),
        with_verdict(Verdict(acknowledged=1, doubled=1)),
        with_verdict(Verdict(acknowledged=1, unexpected=1)),
        with_verdict(Verdict(acknowledged=1, unbalanced=1)),
        replace(GOOD, proof=replace(GOOD.proof, self_tests={"a row deleted by hand": False})),
        replace(GOOD, phases=[*GOOD.phases, PlaybookResult("cleanup", 2, 17.0, 18.0, Path("log"))]),
        replace(GOOD, writers=replace(GOOD.writers, errors=[DOUBLED_KEY])),
    ],
)
def test_everything_else_is(ending: Ending) -> None:
    assert not ending.succeeded


def test_the_table_shows_each_phase_with_its_gap_and_its_errors() -> None:
    _header, cutover, monitor, *_rest = render(GOOD).splitlines()
    assert cutover.split() == ["cutover", "4.5", "3000", "ms", "1", "a", "switch"]
    assert monitor.split()[:5] == ["monitor", "2.0", "1500", "ms", "0"]


def test_the_table_names_what_is_missing_and_what_writers_failed_with() -> None:
    bad = with_verdict(Verdict(acknowledged=1234, missing=3, examples=["orders run-0-7: gone"]))
    text = render(replace(bad, writers=replace(bad.writers, errors=[DOUBLED_KEY])))
    assert "missing               3" in text
    assert "orders run-0-7: gone" in text
    assert "writers failed 1 times: 23505 duplicate key" in text
