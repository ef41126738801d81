# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ranges of numbers, as an error tells them to the user."""

from __future__ import annotations

import math

import pytest

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.ranges import ANY, RANGES, Range

_LIMIT = "from 0.000001 to 2147483"
_WAIT = "from 0 to 2147483"
_HOURS = "from 0 to 876000"
_AT_ONCE = "from 1 to 1000"
_NUMBER = "from 0 to 2147483647"
_BYTES = "from 0 to 9223372036854775807"
_MEGABYTES = "from 0 to 1099511627776"

_TOLD = {
    **dict.fromkeys(("timeout", "range_timeout", "row_timeout", "slice", "deadline", "interval"), _LIMIT),
    **dict.fromkeys(("hold_limit", "pause_limit", "postpone_limit", "at_cutover_limit"), _WAIT),
    **dict.fromkeys(("rest", "duration", "patience", "settle", "warning_seconds", "watch"), _WAIT),
    **dict.fromkeys(("max_seconds", "max_lag_seconds", "max_transaction_seconds", "max_age"), _WAIT),
    **dict.fromkeys(("backup_max_age_hours", "comparison_max_age_hours"), _HOURS),
    **dict.fromkeys(("lanes", "copy_streams", "jobs", "migrations_at_once"), _AT_ONCE),
    **dict.fromkeys(("max_rows", "max_differences", "max_active_sessions", "failures_allowed", "forks"), _NUMBER),
    **dict.fromkeys(("max_bytes", "max_lag_bytes", "retained_wal", "free_disk", "accept_one_way"), _BYTES),
    **dict.fromkeys(("max_lag_megabytes", "max_megabytes_per_second"), _MEGABYTES),
    "after_days": "from 0 to 36500",
    "gap_warning_ms": "from 0 to 86400000",
    "limit": "from 0.000001 to 86400",
    "rate": "from 0.1 to 1000",
    "batch_size": "from 1 to 2147483647",
    "buckets": "from 1 to 65536",
    "busy_percent": "from 0.000001 to 100",
    "log_check_timeout": _LIMIT,
    "major": "from 1 to 99",
    "milliseconds": "from 0 to 3153600000000",
    "cost_factor": "from 1 to 1000000",
    "port": "from 0 to 65535",
    "range_megabytes": "from 0.000001 to 1099511627776",
    "resume_within": "from 0 to 3153600000",
    **dict.fromkeys(("sessions", "ended"), _NUMBER),
    "seconds": "from 0 to 3153600000",
    "sample_percent": "from 0.000001 to 100",
    "sequence_headroom": "from 0 to 1000000000000",
    "status": "from 100 to 599",
    "top": "from 1 to 5000",
}


def test_each_range_is_told_as_it_is() -> None:
    assert {name: str(one) for name, one in RANGES.items()} == _TOLD


def test_a_number_without_a_range_is_one_of_postgresqls_largest_integers() -> None:
    assert (ANY.lowest, ANY.highest) == (-9223372036854775808, 9223372036854775807)


@pytest.mark.parametrize(
    ("number", "within"), [(0.9, False), (1, True), (2, True), (3, True), (3.1, False), (math.nan, False)]
)
def test_both_ends_belong_to_a_range_and_nan_to_none(number: float, within: bool) -> None:
    assert (number in Range(1, 3)) is within
