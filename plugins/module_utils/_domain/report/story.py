# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration as the journals tell it: phases, switches step by step, who commanded what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..client.wording import short_line
from ..service.journal import PHASE, SWITCH, UNDONE
from ..switch.longest_gap import longest_gap
from .bars import Bar, Bars
from .verdict import first_line
from .words import UNKNOWN, day_and_time, milliseconds, moment_of, seconds

_OTHER = (
    "guarded", "fenced", "opened", "withdrawn", "broken", "archived", "taken", "reconciled",
    "decommissioned",
)  # fmt: skip
_MEANS = {
    "guarded": "was fenced by setup",
    "fenced": "refuses writes: the point of no return",
    "opened": "was opened",
    "withdrawn": "took its fence back",
    "broken": "lost its slots to the circuit breaker",
    "archived": "tells of a proven archive",
    "taken": "tells which rights are about to be taken",
    "reconciled": "has what green took before the emergency",
    "decommissioned": "tells that the other side's service has ended",
}
_GAP = "longest wait of a client"
_MEASURED = "measured by a client"


def phases(journal: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each run of a playbook that the journals know: when it began, how long it took, how it ended, by whom."""
    return [_phase(row) for row in journal if row["event"] == PHASE]


def _phase(row: Mapping[str, Any]) -> dict[str, Any]:
    details, ended = row["details"], moment_of(row["at"])
    took = details.get("seconds")
    error = details.get("error")
    return {
        "phase": str(details.get("phase")),
        "state": str(details.get("state")),
        "failed": details.get("state") == "failed",
        "began": None if took is None else ended - float(took),
        "ended": ended,
        "when": day_and_time(ended if took is None else ended - float(took)),
        "took": seconds(None if took is None else float(took)),
        "operator": str(details.get("operator") or UNKNOWN),
        "role": str(row.get("by_role") or UNKNOWN),
        "observations": [str(line) for line in details.get("observations") or ()],
        "task": str(details.get("task") or ""),
        "error": "" if error is None else str(error),
    }


def timeline(runs: Sequence[Mapping[str, Any]]) -> Bars | None:
    """Return the phases as bars, ``None`` if there are none."""
    if not runs:
        return None
    rows = [_bar(run) for run in runs]
    told = "; ".join(f"{row.label}: {run['when']} UTC, {row.value}" for row, run in zip(rows, runs))
    return Bars("phases", "Phases over time", rows, told, times=True)


def _bar(run: Mapping[str, Any]) -> Bar:
    start = run["ended"] if run["began"] is None else run["began"]
    label = f"{run['phase']}, failed" if run["failed"] else run["phase"]
    return Bar(label, start, run["ended"], run["took"], "failed" if run["failed"] else "done")


def switches(journal: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each switch with its steps, also those that were undone."""
    rows = [row for row in journal if row["event"] in (SWITCH, UNDONE)]
    clients = [row["details"]["client"] for row in journal if row["event"] == PHASE and row["details"].get("client")]
    return [_switch(number, row, _who_was_there(clients, row)) for number, row in enumerate(rows, 1)]


def _who_was_there(clients: Iterable[Mapping[str, Any]], row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what the probe saw that ran when the switch ended, ``None`` if none did."""
    at = moment_of(row["at"])
    return next((one for one in clients if moment_of(one["began"]) <= at <= moment_of(one["ended"])), None)


def _switch(number: int, row: Mapping[str, Any], client: Mapping[str, Any] | None) -> dict[str, Any]:
    details, undone = row["details"], row["event"] == UNDONE
    steps, whole = details.get("steps") or [], details.get("milliseconds")
    gap = None if undone or whole is None else longest_gap(steps, whole)
    return {
        "title": f"Switch {row['epoch']} to {row['target']}{', undone' if undone else ''}",
        "number": number,
        "undone": undone,
        "ended": moment_of(row["at"]),
        "target": str(row["target"]),
        "when": day_and_time(moment_of(row["at"])),
        "took": milliseconds(whole),
        "gap": milliseconds(gap),
        "client": short_line(client) if client else "",
        "why": first_line(str(details.get("why") or "")),
        "step": str(details.get("step") or ""),
        "steps": [
            {
                "title": str(step["title"]),
                "began": milliseconds(step.get("began")),
                "took": milliseconds(step["milliseconds"]),
                "waits": not step.get("changed", True),
            }
            for step in steps
        ],
        "drawing": _waterfall(number, row, steps, gap, client["longest_gap_ms"] if client else None),
    }


def _waterfall(
    number: int,
    row: Mapping[str, Any],
    steps: Sequence[Mapping[str, Any]],
    gap: float | None,
    measured: float | None,
) -> Bars | None:
    """Return the steps one below the other; ``None`` if it is not kept when they began."""
    if not steps or any(step.get("began") is None or step["milliseconds"] is None for step in steps):
        return None
    waits = ((_MEASURED, measured), (_GAP, gap))
    bars = [Bar(label, 0.0, wait, milliseconds(wait), "gap") for label, wait in waits if wait is not None]
    bars += [
        Bar(str(step["title"]), step["began"], step["began"] + step["milliseconds"], milliseconds(step["milliseconds"]),
            _kind(step, str(row["details"].get("step"))))
        for step in sorted(steps, key=lambda one: one["began"])
    ]  # fmt: skip
    told = "; ".join(f"{one.label}: {one.value}" for one in bars)
    return Bars(f"switch-{number}", f"Steps of switch {row['epoch']} to {row['target']}", bars, told)


def _kind(step: Mapping[str, Any], stopped_at: str) -> str:
    if step["title"] == stopped_at:
        return "failed"
    if str(step["title"]).startswith("undo: "):
        return "undo"
    return "done" if step.get("changed", True) else "waits"


def others(journal: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return what the journals tell besides phases and steps."""
    return [
        {
            "when": day_and_time(moment_of(row["at"])),
            "what": f"{row['side']} {_MEANS[row['event']]}",
            "lsn": row["lsn"] or "",
        }
        for row in journal
        if row["event"] in _OTHER
    ]


def evidence(journal: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Yield what people accepted, confirmed and approved, with the run that used it."""
    for row in journal:
        for kind, lines in (row["details"].get("evidence") or {}).items():
            for line in lines:
                when = day_and_time(moment_of(row["at"]))
                yield {"when": when, "phase": str(row["details"].get("phase")), "kind": str(kind), "line": str(line)}


def marks_of(journal: Iterable[Mapping[str, Any]]) -> Iterator[tuple[float, str]]:
    """Yield moments that explain a line over time."""
    for row in journal:
        if row["event"] == SWITCH:
            yield moment_of(row["at"]), f"to {row['target']}"
        elif row["event"] == UNDONE:
            yield moment_of(row["at"]), "undone"
