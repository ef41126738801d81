# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page says first: who is in service, the way back, equal rows, and what needs a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..findings import Finding
from ..service.journal import PHASE
from .measurements import COMPARISON
from .words import day_and_time, plural

_OVER = ("aborted", "cleaned_up", "archived", "revoked", "dropped")
GOOD, CARE, BAD, NOT_KNOWN, CALM = "good", "care", "bad", "unknown", "calm"
_MODES = {
    "full": "every row was compared",
    "sample": "a sample was compared, which proves nothing",
    "count": "rows were counted, which proves nothing",
}


def verdict(seen: Mapping[str, Any], in_service: str | None, kept: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return four answers, each with a label, a state, a value, and lines that explain it.

    :param seen: what migration_info returned; empty if the sides could not be read
    :param in_service: the side, as read last
    :param kept: measurements, oldest first
    """
    needs = list(needs_a_person(seen))
    return [
        _service(seen, in_service),
        _way_back(seen, in_service),
        _rows(kept),
        _answer("Needs a person", BAD if needs else GOOD if seen else NOT_KNOWN, _how_many(seen, needs), needs),
    ]


def _answer(label: str, state: str, value: str, lines: Sequence[str] = ()) -> dict[str, Any]:
    return {"label": label, "state": state, "value": value, "lines": list(lines)}


def _service(seen: Mapping[str, Any], in_service: str | None) -> dict[str, Any]:
    where = (seen.get("standing") or {}).get("where")
    lines = [where] if where and in_service == seen.get("in_service") else []
    if in_service is None:
        return _answer("In service", NOT_KNOWN, "Not known", lines)
    return _answer("In service", CALM, in_service.capitalize(), lines)


def _way_back(seen: Mapping[str, Any], in_service: str | None) -> dict[str, Any]:
    label, standing = "Way back", seen.get("standing") or {}
    if standing.get("name") in _OVER:
        return _answer(label, CALM, "Ended", ["the migration is over"])
    if in_service == "blue":
        return _answer(label, CALM, "Not needed", ["blue is in service"])
    way = seen.get("rollback") if in_service == seen.get("in_service") else None
    if not way:
        refused = standing.get("no_rollback")
        return _answer(label, NOT_KNOWN, "Not known", [refused] if refused else [])
    lines = [*way["reasons"], *way["unknown"], *way["notes"]]
    if way["safe"] is None:
        return _answer(label, CARE, "Not known to be safe", lines)
    return _answer(label, GOOD, "Safe", lines) if way["safe"] else _answer(label, BAD, "Not safe", lines)


def _rows(kept: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    label = "Rows equal"
    newest = next((one for one in reversed(kept) if one["kind"] == COMPARISON), None)
    if newest is None:
        return _answer(label, NOT_KNOWN, "Not compared", ["verify compares both sides"])
    tables = newest["tables"]
    equal = sum(table["agrees"] is True for table in tables)
    unlike = [table for table in tables if table["difference_count"]]
    state = BAD if unlike else GOOD if equal == len(tables) and newest["mode"] == "full" else CARE
    lines = [f"as of {day_and_time(newest['at'])} UTC; {_MODES[newest['mode']]}"]
    return _answer(label, state, f"{equal:,} of {plural(len(tables), 'table')}", lines)


def needs_a_person(seen: Mapping[str, Any]) -> Iterator[str]:
    """Yield what nobody but a person can settle, the most serious first."""
    if seen.get("lost"):
        yield from (seen["lost"]["why"], seen["lost"]["todo"])
    if seen.get("contradiction"):
        yield seen["contradiction"]
    if seen.get("pending_target"):
        yield f"a switch to {seen['pending_target']} has not ended: run it again"
    if seen.get("start_again"):
        yield f"the circuit breaker dropped slots: {seen['start_again']['reason']}"
    phases = [row for row in seen.get("journal") or () if row["event"] == PHASE]
    if phases and phases[-1]["details"].get("state") == "failed":
        details = phases[-1]["details"]
        yield f"{details.get('phase')} failed: {first_line(str(details.get('error', 'no reason is kept')))}"
    for row in seen.get("findings") or ():
        yield Finding(**{**row, "objects": tuple(row["objects"])}).as_line()


def first_line(text: str) -> str:
    """Return the first line of a text."""
    return next(iter(text.splitlines()), "")


def _how_many(seen: Mapping[str, Any], needs: Sequence[str]) -> str:
    if not seen:
        return "Not known"
    return plural(len(needs), "thing") if needs else "Nothing"
