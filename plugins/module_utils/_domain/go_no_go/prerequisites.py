# Copyright (c) 2026 bluegreen contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true before a cutover, shown by facts or by a person's signature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..backup import Backup
from ..consumers.consumer import Consumer
from ..consumers.said import Consumers
from ..window import window_of

PEOPLE = "a signed confirmation"
SIGNED = re.compile(r"\S.*, \d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Prerequisite:
    """One line of the checklist. ``fulfilled`` is ``None`` if unknown, which counts as no."""

    name: str
    fulfilled: bool | None
    known_by: str
    detail: str

    def as_result(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {"name": self.name, "fulfilled": self.fulfilled, "known_by": self.known_by, "detail": self.detail}

    def as_line(self) -> str:
        """Return it for a person to read."""
        return f"{self.name}: {_ANSWERS[self.fulfilled]} ({self.known_by}): {self.detail}"


_ANSWERS = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True)
class Facts:
    """Everything that the checklist depends on; times are seconds since the epoch.

    ``access``: by side, why it cannot be reached, or nothing. ``way_back``: what is wrong with the way back, ``None``
    if it could not be read. ``rehearsal``: the result that ``rehearse`` wrote, empty if there is none. ``following``:
    the consumers that follow blue, ``None`` if they could not be read; ``consumers``: what the user says about them.
    """

    now: float
    access: Mapping[str, str]
    way_back: tuple[str, ...] | None
    backup: Backup | None
    backup_max_age_hours: float
    backup_waived: str
    rehearsal: Mapping[str, Any]
    window: Mapping[str, str | None]
    confirmed: Mapping[str, str]
    following: tuple[Consumer, ...] | None
    consumers: Consumers


def checklist(facts: Facts) -> list[Prerequisite]:
    """Return every prerequisite of a cutover."""
    return [
        _access(facts),
        _backup(facts),
        _rehearsal(facts),
        _rollback(facts),
        _consumers(facts),
        _confirmed(facts, "dashboards", "are all the dashboards open that you will watch?"),
        _confirmed(facts, "team", "does everybody know, and is somebody on call?"),
        _window(facts),
    ]


def _access(facts: Facts) -> Prerequisite:
    problems = [f"{side}: {problem}" for side, problem in facts.access.items() if problem]
    return Prerequisite("access", not problems, "connecting", "; ".join(problems) or "both sides answer")


def _backup(facts: Facts) -> Prerequisite:
    if facts.backup is None:
        if facts.backup_waived.strip():
            return Prerequisite(
                "backup", fulfilled=True, known_by="bluegreen_backup_waived", detail=facts.backup_waived
            )
        return Prerequisite("backup", None, "nothing", "set bluegreen_backup_proof, or waive it with a reason")
    fulfilled, detail = facts.backup.judged(facts.now, facts.backup_max_age_hours)
    return Prerequisite("backup", fulfilled, facts.backup.proof, detail)


def _rehearsal(facts: Facts) -> Prerequisite:
    if not facts.rehearsal:
        return _confirmed(facts, "rehearsal", "run rehearse, or say who has tested the migration in staging")
    ended = facts.rehearsal.get("finished_at") or "at an unknown time"
    if facts.rehearsal.get("succeeded") is not True:
        return Prerequisite(
            "rehearsal", fulfilled=False, known_by="rehearsal.json", detail=f"it did not succeed: {ended}"
        )
    return Prerequisite("rehearsal", fulfilled=True, known_by="rehearsal.json", detail=f"succeeded: {ended}")


def _rollback(facts: Facts) -> Prerequisite:
    if facts.way_back is None:
        return Prerequisite("rollback", None, "the way back", "it could not be read")
    return Prerequisite(
        "rollback", not facts.way_back, "the way back", "; ".join(facts.way_back) or "it works, or is prepared"
    )


def _consumers(facts: Facts) -> Prerequisite:
    if facts.following is None:
        return Prerequisite("consumers", None, "the logical slots of blue", "they could not be read")
    lines = [facts.consumers.in_words(one) for one in facts.following]
    return Prerequisite(
        "consumers",
        not facts.consumers.unsaid(facts.following),
        "the logical slots of blue",
        "; ".join(lines) or "nobody else follows blue",
    )


def _window(facts: Facts) -> Prerequisite:
    asked = window_of(facts.window)
    if asked is None:
        return _confirmed(facts, "window", "set bluegreen_window, or confirm that none is needed")
    return Prerequisite("window", asked.holds(facts.now), "bluegreen_window", asked.fault or asked.words)


def _confirmed(facts: Facts, name: str, question: str) -> Prerequisite:
    word = str(facts.confirmed.get(name) or "").strip()
    if SIGNED.fullmatch(word):
        return Prerequisite(name, fulfilled=True, known_by=PEOPLE, detail=word)
    unsigned = f"{word!r} lacks a name or a date; " if word else ""
    hint = f'{unsigned}set bluegreen_confirmed: {{{name}: "name, YYYY-MM-DD"}}; {question}'
    return Prerequisite(name, None, PEOPLE if word else "nothing", hint)
