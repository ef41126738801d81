# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up migration: what modules return about it."""

from __future__ import annotations

from typing import Any

from ansible_collections.bluegreen.postgresql.plugins.module_utils._domain.switch.longest_gap import LEAD_THE_ROUTES

BEGIN = 1796000000.0  # 2026-11-30 00:53:20 UTC
STEPS = (
    ("hold the routes", 0.0, 1.2, True),
    ("fence blue", 1.2, 3.0, True),
    ("carry the sequences over", 4.2, 6.1, True),
    ("prove that blue refuses writes", 4.2, 2.0, False),
    ("drain into green", 10.4, 4.8, False),
    ("commit the fence", 15.2, 0.9, True),
    (LEAD_THE_ROUTES, 16.1, 3.9, True),
    ("complete the way back", 20.0, 11.0, True),
)


def phase(name: str, at: str, seconds: float | None, **details: Any) -> dict[str, Any]:
    """Return a phase's row."""
    told = {"phase": name, "state": "done", "run": f"{name}-{at}", "seconds": seconds, **details}
    return _row("phase", at, None, {key: value for key, value in told.items() if key != "seconds" or value is not None})


def switch(epoch: int, target: str, at: str, **details: Any) -> dict[str, Any]:
    """Return a switch's row with the steps of above."""
    steps = [{"title": one[0], "began": one[1], "milliseconds": one[2], "changed": one[3]} for one in STEPS]
    return {**_row("switch", at, target, {"steps": steps, "milliseconds": 31.0, **details}), "epoch": epoch}


def _row(event: str, at: str, target: str | None, details: dict[str, Any]) -> dict[str, Any]:
    time = f"2026-11-30T{at}.000000Z"
    return {
        "side": "blue", "epoch": 0, "event": event, "target": target, "lsn": None, "at": time, "by_role": "migrator",
        "details": details,
    }  # fmt: skip


def reading(at: float, lag: float | None, in_service: str | None = "blue", **facts: Any) -> dict[str, Any]:
    """Return a measurement of monitor's, so many seconds after the beginning."""
    lane = {"enabled": True, "working": True, "lag_bytes": 0, "retained_bytes": 1024, "apply_errors": 0, **facts}
    return {
        "kind": "reading", "at": BEGIN + at, "in_service": in_service, "fenced": {}, "lag": {"forward": lag},
        "lanes": {"forward": {"one": lane}}, "free_disk": None,
    }  # fmt: skip


def table(name: str, *, agrees: bool | None = True, differences: int = 0, reason: str = "") -> dict[str, Any]:
    """Return a table of a comparison."""
    rows, size = {"blue": 1200, "green": 1200 - differences}, {"blue": 4210688, "green": None}
    return {
        "table": name,
        "agrees": agrees,
        "difference_count": differences,
        "reason": reason,
        "rows": rows,
        "bytes": size,
    }


def comparison(*tables: dict[str, Any], at: float = 100.0, mode: str = "full") -> dict[str, Any]:
    """Return a measurement of verify's."""
    return {"kind": "comparison", "at": BEGIN + at, "mode": mode, "reference": "blue", "tables": list(tables)}


def plans(*statements: dict[str, Any], at: float = 200.0, **facts: Any) -> dict[str, Any]:
    """Return a measurement of sync's."""
    empty: dict[str, Any] = {"findings": [], "differences": []}
    return {"kind": "plans", "at": BEGIN + at, "side": "green", "statements": list(statements), **empty, **facts}


def statement(queryid: str, verdict: str, **facts: Any) -> dict[str, Any]:
    """Return a statement whose plans were compared."""
    known = {"role": "shop", "calls": 48122, "total_milliseconds": 91.5, "cost_before": 8.3, "cost_after": 1733.0}
    return {"queryid": queryid, "verdict": verdict, "why": "", "sequential": [], **known, **facts}


def seen(**facts: Any) -> dict[str, Any]:
    """Return what migration_info returned."""
    where = {
        "name": "synced",
        "where": "rows flow to green, and the way back exists; blue is in service",
        "no_rollback": "",
    }
    return {"in_service": "blue", "standing": where, "rollback": None, "versions": {"blue": 17, "green": 18}, **facts}
