# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a phase leaves for whatever runs it: AWX shows it as the job's artifacts, and hands it to the next job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUTCOME = "bluegreen_outcome"


def outcome(migration: str, told: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``ansible_stats``, which no task of its own has to set: an entry for each migration of the run.

    :param told: the parameters of ``closing_info``
    :param result: its result; a failed one leaves nothing
    """
    if result.get("failed"):
        return {}
    switched = told.get("switched")
    switched = switched if isinstance(switched, Mapping) else {}
    entry = {
        "phase": told["phase"],
        "standing": result.get("standing"),
        "in_service": result.get("in_service"),
        "next": (result.get("row") or {}).get("next"),
        "switch_milliseconds": switched.get("milliseconds"),
        "client": switched.get("client"),
        "report": told.get("report"),
    }
    known = {name: value for name, value in entry.items() if value not in (None, "")}
    return {"ansible_stats": {"data": {OUTCOME: {migration: known}}, "aggregate": True, "per_host": False}}
