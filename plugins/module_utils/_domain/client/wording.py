# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe saw, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .events import DIED, LIMIT

_ENDED = {
    LIMIT: "the probe reached its limit before it was stopped, and saw nothing after it",
    DIED: "the probe's process ended before it was stopped, and saw nothing after it",
}


def short_line(seen: Mapping[str, Any]) -> str:
    """Return what matters most, in one line."""
    lost = "how many were lost is not known" if seen["lost"] is None else f"{seen['lost']} lost"
    doubled = f", {seen['doubled']} doubled" if seen["doubled"] else ""
    unknown = f", {seen['unknown']} of unknown outcome" if seen["unknown"] else ""
    return (
        f"longest gap {seen['longest_gap_ms']:.0f} ms, {seen['failed']} of {seen['writes']} writes failed"
        f"{unknown}, {lost}{doubled}"
    )


def lines_of(seen: Mapping[str, Any]) -> list[str]:
    """Return all of it, for runbook and messages."""
    lines = [f"a client saw: {short_line(seen)}"]
    if seen["p50_ms"] is not None:
        lines.append(f"its writes took {seen['p50_ms']} ms, and {seen['p99_ms']} ms at the 99th percentile")
    lines += [
        f"{span['writes']} of its writes were on {span['side']}, from {_time(span['began'])} to {_time(span['ended'])}"
        for span in seen["sides"]
    ]
    if seen["errors"]:
        counted = ", ".join(f"{times} {name}" for name, times in seen["errors"].items())
        lines.append(f"its errors by SQLSTATE: {counted}")
    if seen["settled"]:
        lines.append(f"{seen['settled']} of its writes had no answer, and were committed")
    return [*lines, *([_ENDED[seen["ended_by"]]] if seen["ended_by"] in _ENDED else [])]


def alarm_of(seen: Mapping[str, Any], gap_warning_ms: float) -> str:
    """Return why a person should look, nothing if there is no reason.

    :param gap_warning_ms: the longest gap that is no reason; 0 for any
    """
    reasons = []
    if 0 < gap_warning_ms < seen["longest_gap_ms"]:
        reasons.append(f"a client waited {seen['longest_gap_ms']:.0f} ms, more than {gap_warning_ms:.0f} ms")
    if seen["lost"]:
        reasons.append(f"{seen['lost']} acknowledged writes are not on the side in service")
    if seen["doubled"]:
        reasons.append(f"{seen['doubled']} writes are there more than once")
    return f"BG757: {'; '.join(reasons)}" if reasons else ""


def _time(moment: str) -> str:
    return moment[11:23]
