# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal's writer has kept, and how long its writes had to wait in each phase."""

from __future__ import annotations

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.rehearsal.writes import Ledger, longest_gaps


def test_a_ledger_begins_empty_and_counts_what_is_missing_and_what_has_come_back() -> None:
    fresh = Ledger()
    assert (fresh.unknown, fresh.acknowledged, fresh.missing([]), fresh.returned([])) == (0, 0, 0, 0)
    ledger = Ledger(kept={("1",), ("2",)}, deleted={("3",), ("4",)})
    assert (ledger.missing([("1",), ("3",)]), ledger.returned([("1",), ("3",)])) == (1, 1)
    assert (ledger.missing([]), ledger.returned([])) == (2, 0)


def test_a_gap_belongs_to_the_phase_in_which_it_ended() -> None:
    moments = [0.0, 1.0, 1.25, 3.0, 3.5006]
    phases = [
        {"name": "a", "began": 0.0, "ended": 1.0},
        {"name": "b", "began": 1.0, "ended": 3.0},
        {"name": "c", "began": 3.0, "ended": 9.0},
        {"name": "d", "began": 3.6, "ended": 9.0},
    ]
    assert longest_gaps(moments, phases) == {"a": 1000.0, "b": 1750.0, "c": 500.6, "d": None}
    assert longest_gaps([0.0, 0.10005], [{"name": "a", "began": -1, "ended": 9}]) == {"a": 100.0}, "to a tenth"
    assert longest_gaps([], phases)["a"] is None
