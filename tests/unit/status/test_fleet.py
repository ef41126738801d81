# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several migrations on one terminal."""

from __future__ import annotations

from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.status.fleet import COLUMNS, table, told


def _ending(migration: str, phase: str = "sync", failed: bool = False, row: bool = True) -> dict[str, Any]:
    return {
        "migration": migration,
        "phase": phase,
        "failed": failed,
        "lines": [f"{phase} is done"],
        "outlook": ["  next"],
        "row": {**dict.fromkeys(COLUMNS, "-"), "migration": migration} if row else None,
    }


def test_one_migration_needs_no_name_and_its_last_phase_says_what_comes_next() -> None:
    endings = [_ending("shop", "prepare"), _ending("shop", "setup")]
    assert told(endings) == ["prepare is done", "", "setup is done", "  next"]
    assert told([_ending("shop", "status")]) == ["status is done", "  next"]
    assert told([]) == []


def test_each_line_of_several_begins_with_the_migration() -> None:
    assert told([_ending("a", "prepare"), _ending("a"), _ending("b")]) == [
        "a: prepare is done",
        "",
        "a: sync is done",
        "a:   next",
        "",
        "b: sync is done",
        "b:   next",
    ]


def test_the_status_of_several_is_one_table_and_what_failed_stands_below() -> None:
    assert told([_ending("a", "status"), _ending("b", "status", row=False), _ending("long", "status")]) == [
        "migration  in service  behind  way back  next  stands",
        "a          -           -       -         -     -",
        "long       -           -       -         -     -",
        "",
        "b: status is done",
        "b:   next",
    ]


def test_a_table_is_as_wide_as_its_longest_cell() -> None:
    rows = [dict.fromkeys(COLUMNS, "x"), {**dict.fromkeys(COLUMNS, "y"), "behind": "1,024.0 MB"}]
    assert table(rows) == [
        "migration  in service  behind      way back  next  stands",
        "x          x           x           x         x     x",
        "y          y           1,024.0 MB  y         y     y",
    ]
