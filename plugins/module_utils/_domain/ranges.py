# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The range of each numeric parameter; a parameter of one name has the same range in every module."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """All numbers from ``lowest`` to ``highest``, both included."""

    lowest: float
    highest: float

    def __contains__(self, number: float) -> bool:
        return self.lowest <= number <= self.highest  # false for NaN

    def __str__(self) -> str:
        return f"from {_plain(self.lowest)} to {_plain(self.highest)}"


def _plain(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.6f}".rstrip("0").rstrip(".")


ANY = Range(-(2**63), 2**63 - 1)  # PostgreSQL's largest integer, for numbers without a range of their own
_LONGEST_TIMEOUT = 2_147_483  # the maximum of PostgreSQL's own time limits, in seconds: 24 days
_CENTURY = 100 * 365  # days
_ABOVE_ZERO = 0.000001
_WAIT = Range(0, _LONGEST_TIMEOUT)
_LIMIT = Range(_ABOVE_ZERO, _LONGEST_TIMEOUT)
_HOURS = Range(0, _CENTURY * 24)
_AT_ONCE = Range(1, 1000)
_NUMBER = Range(0, 2**31 - 1)
_BYTES = Range(0, ANY.highest)
_MEGABYTES = Range(0, 2**40)

RANGES: dict[str, Range] = {
    **dict.fromkeys(("timeout", "range_timeout", "row_timeout", "slice", "deadline", "interval"), _LIMIT),
    **dict.fromkeys(("hold_limit", "pause_limit", "postpone_limit", "at_cutover_limit"), _WAIT),
    **dict.fromkeys(("rest", "duration", "patience", "settle", "warning_seconds", "watch"), _WAIT),
    **dict.fromkeys(("max_seconds", "max_lag_seconds", "max_transaction_seconds", "max_age"), _WAIT),
    **dict.fromkeys(("backup_max_age_hours", "comparison_max_age_hours"), _HOURS),
    **dict.fromkeys(("lanes", "copy_streams", "jobs", "migrations_at_once"), _AT_ONCE),
    **dict.fromkeys(("max_rows", "max_differences", "max_active_sessions", "failures_allowed", "forks"), _NUMBER),
    **dict.fromkeys(("max_bytes", "max_lag_bytes", "retained_wal", "free_disk", "accept_one_way"), _BYTES),
    **dict.fromkeys(("max_lag_megabytes", "max_megabytes_per_second"), _MEGABYTES),
    "gap_warning_ms": Range(0, 86400 * 1000),
    "rate": Range(0.1, 1000),
    "limit": Range(_ABOVE_ZERO, 86400),
    "after_days": Range(0, _CENTURY),
    "batch_size": Range(1, _NUMBER.highest),
    "buckets": Range(1, 2**16),
    "busy_percent": Range(_ABOVE_ZERO, 100),
    "log_check_timeout": _LIMIT,
    "major": Range(1, 99),
    "milliseconds": Range(0, _CENTURY * 86400 * 1000),
    "cost_factor": Range(1, 1_000_000),
    "port": Range(0, 65535),
    "range_megabytes": Range(_ABOVE_ZERO, _MEGABYTES.highest),
    "resume_within": Range(0, _CENTURY * 86400),
    "seconds": Range(0, _CENTURY * 86400),
    **dict.fromkeys(("sessions", "ended"), _NUMBER),
    "sample_percent": Range(_ABOVE_ZERO, 100),
    "sequence_headroom": Range(0, 10**12),
    "status": Range(100, 599),
    "top": Range(1, 5000),
}
