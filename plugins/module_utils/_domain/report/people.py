# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who was not told, who follows the changes, and which plans changed: what people look into themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..findings import Finding
from .measurements import PLANS, UNTOLD
from .words import UNKNOWN, amount, count, day_and_time, plural

Measurements = Sequence[Mapping[str, Any]]
_STATES = {"worse": "bad", "fails": "bad", "changed": "care", "unknown": "unknown"}
_VERDICTS = {
    "worse": "worse",
    "changed": "another plan, not dearer than the limit",
    "fails": "refused there",
    "unknown": "not compared",
}


def untold(kept: Measurements) -> Iterator[dict[str, str]]:
    """Yield each channel that was not told, with the time and the reason."""
    for one in kept:
        if one["kind"] == UNTOLD:
            for line in one["lines"]:
                yield {"when": day_and_time(one["at"]), "line": str(line)}


def consumers(seen: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return each consumer of changes with what becomes of it.

    :param seen: what migration_info returned about them
    """
    return [
        {
            "slot": str(one["slot"]),
            "side": str(one["side"]),
            "plugin": str(one["plugin"]),
            "reader": _reader(one["reader"]),
            "behind": amount(one["behind"]),
            "becomes": _becomes(one["leave"]),
        }
        for one in seen
    ]


def _reader(reader: Mapping[str, Any] | None) -> str:
    if reader is None:
        return "nobody"
    return f"{reader['application'] or UNKNOWN}, as {reader['role'] or UNKNOWN}"


def _becomes(leave: str | None) -> str:
    if leave is None:
        return UNKNOWN
    return f"it stays: {leave}" if leave else "it is to move before cleanup"


def plans(kept: Measurements) -> dict[str, Any] | None:
    """Return the newest comparison of plans, ``None`` if none is kept; statements by their ids, never their texts."""
    newest = next((one for one in reversed(kept) if one["kind"] == PLANS), None)
    if newest is None:
        return None
    statements = newest["statements"]
    changed = [one for one in statements if one["verdict"] != "same"]
    return {
        "when": day_and_time(newest["at"]),
        "side": str(newest["side"]),
        "said": _said(len(statements), len(changed)),
        "changed": [_statement(one) for one in changed],
        "findings": [Finding(**{**row, "objects": tuple(row["objects"])}).as_line() for row in newest["findings"]],
        "differences": [_difference(one) for one in newest["differences"]],
    }


def _said(statements: int, changed: int) -> str:
    if not statements:
        return "No plan was compared"
    return f"{plural(statements, 'statement')}, {count(statements - changed)} with the same plan"


def _statement(one: Mapping[str, Any]) -> dict[str, str]:
    tables, why = ", ".join(one["sequential"]), one["why"]
    words = _VERDICTS[one["verdict"]] + (f": {why}" if why else "")
    return {
        "id": str(one["queryid"]),
        "role": str(one["role"]),
        "calls": count(one["calls"]),
        "before": _cost(one["cost_before"]),
        "after": _cost(one["cost_after"]),
        "state": _STATES[one["verdict"]],
        "words": words + (f"; {tables} read from end to end" if tables else ""),
    }


def _cost(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _difference(one: Mapping[str, Any]) -> str:
    sides = ", ".join(f"{side} {value}" for side, value in sorted(one.items()) if side not in ("kind", "name"))
    return f"{one['kind']} {one['name']}: {sides}"
