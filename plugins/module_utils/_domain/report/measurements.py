# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured on the way and is in no journal: kept as lines of JSON beside the runbook. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable

READING, COPY, COMPARISON, CANARY = "reading", "copy", "comparison", "canary"
PLANS, UNTOLD = "plans", "untold"
FILE = "measurements.jsonl"
_OF_A_TABLE = ("table", "other_table", "agrees", "reason", "rows", "bytes", "difference_count", "columns_ignored")


def measured(module: str, result: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a module's result says that is worth keeping, ``None`` if there is nothing.

    :param module: the module's name without its collection
    """
    of = _OF_MODULES.get(module)
    return of(result) if of is not None else None


def _reading(result: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"kind": READING, **result["reading"]} if result.get("reading") else None


def _copy(result: Mapping[str, Any]) -> dict[str, Any] | None:
    copy = result.get("first_copy")
    return {"kind": COPY, **copy} if copy else None


def _comparison(result: Mapping[str, Any]) -> dict[str, Any] | None:
    if "resume" in result or not result.get("tables"):
        return None
    tables = [{key: table.get(key) for key in _OF_A_TABLE} for table in result["tables"]]
    return {"kind": COMPARISON, "mode": result["mode"], "reference": result["reference"], "tables": tables}


def _canary(result: Mapping[str, Any]) -> dict[str, Any] | None:
    if "resume" in result or not result.get("canaries"):
        return None
    return {"kind": CANARY, "canaries": result["canaries"], "traffic": result.get("traffic")}


def _plans(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": PLANS, **{key: result[key] for key in ("side", "statements", "findings", "differences")}}


def _untold(result: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"kind": UNTOLD, "lines": result["lines"]} if result.get("lines") else None


_OF_MODULES: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any] | None]] = {
    "replication_watch": _reading,
    "replication_catchup": _copy,
    "consistency_check": _comparison,
    "canary": _canary,
    "plan_comparison_info": _plans,
    "notify": _untold,
}


def line_of(measurement: Mapping[str, Any], at: float) -> str:
    """Return the line that keeps it."""
    return json.dumps({"at": round(at, 3), **measurement})


def read_lines(lines: str) -> tuple[list[dict[str, Any]], int]:
    """Return what lines keep, oldest first, and how many lines a killed run has left incomplete."""
    rows = [_read(row) for row in lines.splitlines() if row]
    return [row for row in rows if row is not None], rows.count(None)


def _read(row: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(row)
    except json.JSONDecodeError:
        return None
    return found
